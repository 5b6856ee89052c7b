import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import { entityTagOf, namesWeakly } from '../http/entity-tags.ts';
import { Public } from '../http/public.decorator.ts';
import { Problem } from '../problem/problem.ts';

/** Allows the files of the page, requests to the service, and blobs to show a document. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
  "frame-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The media types of the files of the page, by name. */
const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  ['index.html', 'text/html; charset=utf-8'],
  ['page.css', 'text/css; charset=utf-8'],
  ['page.js', 'text/javascript; charset=utf-8'],
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
]);

/** The build puts the files into this folder, each also compressed. The path is the same from src and from dist. */
const folder = new URL('../../dist/docs-page/', import.meta.url);

const tagged = (bytes: Buffer) => ({ bytes, etag: entityTagOf(hash('sha256', bytes, 'base64url')) });

/** `GET /docs`: a page that documents the routes and sends requests to them. */
@Public()
@Controller('docs')
export class DocsController {
  /** The files by name. Each is read at its first request and kept in memory. */
  readonly #files = new Map<string, Promise<ReturnType<typeof tagged>>>();

  @Get()
  async index(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
    await this.file('index.html', request, reply);
  }

  /** @throws Problem `route-not-found` */
  @Get(':file')
  async file(
    @Param('file') name: string,
    @Req() { headers }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const mediaType = MEDIA_TYPES.get(name);
    if (mediaType === undefined) throw new Problem('route-not-found', 'This path does not exist.');
    const isCompressed = new Negotiator({ headers }).encoding(['gzip', 'identity']) === 'gzip';
    const file = isCompressed ? `${name}.gz` : name;
    const reading = this.#files.get(file) ?? readFile(new URL(file, folder)).then(tagged);
    this.#files.set(file, reading);
    const { bytes, etag } = await reading;
    reply.headers({
      etag,
      vary: 'Accept-Encoding',
      // The file changes under the same URL.
      'cache-control': 'public, no-cache',
    });
    const known = headers['if-none-match'];
    if (known !== undefined && namesWeakly(known, etag)) void reply.code(304).send();
    else {
      if (isCompressed) reply.header('content-encoding', 'gzip');
      void reply.header('content-type', mediaType).send(bytes);
    }
  }
}
