import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DocumentIdPipe } from './document-id.pipe.ts';
import { DocumentResponder } from './document-responder.ts';

/** `GET|HEAD /{id}` */
@Controller()
export class DocumentController {
  constructor(private readonly responder: DocumentResponder) {}

  @Get(':id')
  document(
    @Param('id', DocumentIdPipe) id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.responder.respond(id, request, reply);
  }
}
