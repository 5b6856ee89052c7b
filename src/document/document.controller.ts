import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Describe } from '../http/description.ts';
import { DocumentIdPipe } from './document-id.pipe.ts';
import { DocumentResponder } from './document-responder.ts';
import { documentDescription } from './document.description.ts';

/** `GET|HEAD /{id}` */
@Controller()
export class DocumentController {
  constructor(private readonly responder: DocumentResponder) {}

  @Get(':id')
  @Describe(documentDescription)
  document(
    @Param('id', DocumentIdPipe) id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.responder.respond(id, request, reply);
  }
}
