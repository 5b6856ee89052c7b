import { Controller, Get, Header } from '@nestjs/common';
import { indexDescription } from './app.description.ts';
import { Describe } from './http/description.ts';
import { buildInfo } from './settings/build-info.ts';

/** `GET /`: what this is, and where to go from here. */
@Controller()
export class AppController {
  @Get()
  @Header('vary', 'Accept, X-API-KEY')
  @Header('cache-control', 'private, no-cache')
  @Describe(indexDescription)
  index(): object {
    // Relative to this address, so that they hold behind a path of a proxy too; the first is a URI Template (RFC 6570).
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
