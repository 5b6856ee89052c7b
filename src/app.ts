import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { AppModule } from './app.module.ts';
import type { Settings } from './app.settings.ts';
import { createAdapter } from './http/adapter.ts';
import { FrameworkLogger } from './logging/logging.module.ts';

/** Builds the whole service, ready to listen. Used by the process and by the tests. */
export async function createApp(settings: Settings, logger: Logger): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(settings, logger),
    createAdapter(settings.http, settings.document.deadlineMs),
    { bodyParser: false, bufferLogs: true, abortOnError: false },
  );
  app.useLogger(app.get(FrameworkLogger));
  return app;
}
