import { Controller, Get, Header } from '@nestjs/common';
import { buildInfo } from './settings/build-info.ts';

/** `GET /`: the name and version of the service, and links. */
@Controller()
export class AppController {
  @Get()
  @Header('vary', 'Accept, X-API-KEY')
  @Header('cache-control', 'private, no-cache')
  index(): object {
    // The links are relative, so that they also work behind a path prefix of a proxy. The first is a URI Template
    // (RFC 6570).
    const links = {
      document: './{id}',
      health: './health',
      live: './health/live',
      ready: './health/ready',
      docs: './docs',
      openapi: './openapi.json',
    };
    return { ...buildInfo, links };
  }
}
