import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { AppController } from './app.controller.ts';
import { configuration, type Settings } from './app.settings.ts';
import { AuthModule } from './auth/auth.module.ts';
import { DocsModule } from './docs/docs.module.ts';
import { DocumentModule } from './document/document.module.ts';
import { HealthModule } from './health/health.module.ts';
import { HttpServerModule } from './http/http-server.module.ts';
import { LoggingModule } from './logging/logging.module.ts';
import { MetricsModule } from './metrics/metrics.module.ts';
import { OpenApiModule } from './openapi/openapi.module.ts';
import { RateLimitModule } from './rate-limit/rate-limit.module.ts';
import { canLimit } from './rate-limit/rate-limiter.ts';
import { ResilienceModule } from './resilience/resilience.module.ts';
import { TracingModule } from './tracing/tracing.module.ts';

@Module({})
export class AppModule {
  static with(settings: Settings, logger: Logger): DynamicModule {
    return {
      module: AppModule,
      imports: [
        configuration(settings),
        LoggingModule.with(logger),
        HttpServerModule,
        TracingModule,
        MetricsModule.forRoot(),
        // The order of the imports is the order of their guards.
        AuthModule,
        RateLimitModule.with(canLimit(settings['rate-limit'], settings.auth)),
        HealthModule,
        ResilienceModule,
        OpenApiModule,
        DocsModule,
        DocumentModule,
      ],
      controllers: [AppController],
    };
  }
}
