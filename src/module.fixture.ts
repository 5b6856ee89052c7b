import type { DynamicModule, Type } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { pino } from 'pino';
import { configuration, parseSettings } from './app.settings.ts';
import { createAdapter } from './http/adapter.ts';
import { HttpServerModule } from './http/http-server.module.ts';
import { LoggingModule } from './logging/logging.module.ts';
import { MetricsModule } from './metrics/metrics.module.ts';
import type { Environment } from './settings/namespace.ts';
import { TracingModule } from './tracing/tracing.module.ts';

/** Builds a testing module of `modules` and the global modules, without the rest of the app. */
export function testingModule(
  modules: readonly (Type | DynamicModule)[],
  env: Environment = {},
): TestingModuleBuilder {
  const settings = parseSettings({ API_KEY: 'a-key-of-the-tests-1b7f', DRAIN_DELAY_MS: '0', ...env });
  const httpAdapter = createAdapter(settings.http, settings.document.deadlineMs);
  return Test.createTestingModule({
    imports: [
      configuration(settings),
      LoggingModule.with(pino({ level: 'silent' })),
      HttpServerModule,
      TracingModule,
      MetricsModule.forRoot(),
      ...modules,
    ],
  })
    .overrideProvider(HttpAdapterHost)
    .useValue({ httpAdapter });
}
