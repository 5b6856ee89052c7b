import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { AppModule } from './app.module.ts';
import { createAdapter } from './http/adapter.ts';
import { ConnectionLimit } from './http/connection-limit.ts';
import { Drain } from './http/drain.ts';
import type { ExchangeObserver } from './http/exchange.ts';
import { FrameworkLogger } from './logging/framework-logger.ts';
import { RequestLog } from './logging/request-log.ts';
import { Metrics } from './metrics/metrics.ts';
import type { Settings } from './settings/settings.ts';

/** Builds the whole service, ready to listen. The one place that does: the process and the tests start here. */
export async function createApp(settings: Settings, logger: Logger): Promise<NestFastifyApplication> {
  const observers: ExchangeObserver[] = [];
  const adapter = createAdapter(settings, observers);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(settings, logger), adapter, {
    bodyParser: false,
    bufferLogs: true,
    abortOnError: false,
  });
  app.useLogger(app.get(FrameworkLogger));
  observers.push(app.get(RequestLog).observe, app.get(Metrics).observe);
  const limit = app.get(ConnectionLimit);
  limit.watch(app.getHttpServer());
  const drain = app.get(Drain);
  const fastify = adapter.getInstance();
  fastify.addHook('onRequest', limit.check);
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (drain.draining) reply.header('connection', 'close');
    done(null, payload);
  });
  return app;
}
