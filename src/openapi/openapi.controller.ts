import { hash } from 'node:crypto';
import { Controller, Get, Headers, Inject, Res } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { FastifyReply } from 'fastify';
import { documentConfig } from '../document/document.config.ts';
import { entityTagOf, namesWeakly } from '../http/entity-tags.ts';
import { Public } from '../http/public.decorator.ts';
import document from './openapi.json' with { type: 'json' };

/** `GET /openapi.json`: the description of the routes for programs, with the pattern of ids of this service. */
@Public()
@Controller('openapi.json')
export class OpenApiController {
  readonly json: string;
  readonly #etag: string;

  constructor(@Inject(documentConfig.KEY) { idPattern }: ConfigType<typeof documentConfig>) {
    // A copy: other apps of the process have other settings. structuredClone is several times slower at the start.
    const served = JSON.parse(JSON.stringify(document)) as typeof document;
    for (const { parameters } of Object.values(served.paths['/{id}'])) {
      const id = parameters.find(({ name }) => name === 'id');
      Object.assign(id?.schema ?? {}, { pattern: idPattern.source });
    }
    this.json = JSON.stringify(served);
    this.#etag = entityTagOf(hash('sha256', this.json, 'base64url'));
  }

  @Get()
  openApi(@Headers('if-none-match') known: string | undefined, @Res() reply: FastifyReply): void {
    void reply.headers({ etag: this.#etag, 'cache-control': 'public, max-age=300' });
    if (known !== undefined && namesWeakly(known, this.#etag)) void reply.code(304).send();
    else void reply.header('content-type', 'application/json; charset=utf-8').send(this.json);
  }
}
