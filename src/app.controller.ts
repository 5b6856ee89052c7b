import { Controller, Get } from '@nestjs/common';
import { buildInfo } from './settings/build-info.ts';

/** `GET /`: what this is, and where to go from here. */
@Controller()
export class AppController {
  @Get()
  index(): object {
    const links = { document: '/{id}', health: '/health', live: '/health/live', ready: '/health/ready' };
    return { ...buildInfo, links };
  }
}
