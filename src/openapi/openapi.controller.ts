import { Controller, Get, Headers, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Describe } from '../http/description.ts';
import { namesWeakly } from '../http/entity-tags.ts';
import { Public } from '../http/public.decorator.ts';
import { OpenApiDocument } from './openapi-document.ts';
import { openApiDescription } from './openapi.description.ts';

/** `GET /openapi.json`: the description of the routes for programs. */
@Public()
@Controller('openapi.json')
export class OpenApiController {
  constructor(private readonly document: OpenApiDocument) {}

  @Get()
  @Describe(openApiDescription)
  openApi(@Headers('if-none-match') known: string | undefined, @Res() reply: FastifyReply): void {
    const { json, etag } = this.document.written;
    void reply.headers({ etag, 'cache-control': 'public, max-age=300' });
    if (known !== undefined && namesWeakly(known, etag)) void reply.code(304).send();
    else void reply.header('content-type', 'application/json; charset=utf-8').send(json);
  }
}
