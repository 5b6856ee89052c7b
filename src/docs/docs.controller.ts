import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import { namesWeakly } from '../http/entity-tags.ts';
import { Public } from '../http/public.decorator.ts';
import { DocsPage } from './docs-page.ts';

/** Allows the files of the page, requests to the service, and blobs to show a document. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  'frame-src blob:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** `GET /docs`: a page that documents the routes and sends requests to them. */
@Public()
@Controller('docs')
export class DocsController {
  constructor(private readonly page: DocsPage) {}

  @Get()
  async index(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
    await this.#send('index.html', request, reply);
  }

  @Get(':file')
  async file(
    @Param('file') name: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.#send(name, request, reply);
  }

  async #send(name: string, { headers }: FastifyRequest, reply: FastifyReply): Promise<void> {
    const asset = await this.page.find(name);
    const isCompressed = new Negotiator({ headers }).encoding(['gzip', 'identity']) === 'gzip';
    const etag = isCompressed ? asset.etag : asset.etag.replace(/"$/, '-identity"');
    reply.headers({
      etag,
      vary: 'Accept-Encoding',
      // The file changes under the same URL.
      'cache-control': 'public, no-cache',
    });
    const known = headers['if-none-match'];
    if (known !== undefined && namesWeakly(known, etag)) {
      void reply.code(304).send();
      return;
    }
    if (isCompressed) reply.header('content-encoding', 'gzip');
    void reply.header('content-type', asset.mediaType).send(isCompressed ? asset.gzip : await asset.plain());
  }
}
