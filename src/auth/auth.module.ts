import { Module } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { APP_GUARD } from '@nestjs/core';
import { HealthModule } from '../health/health.module.ts';
import { Readiness } from '../health/readiness.ts';
import { ApiKeyGuard } from './api-key.guard.ts';
import { authConfig } from './auth.config.ts';
import { authMetrics, ConsumerRequests } from './auth.metrics.ts';
import { FailureThrottle } from './failure-throttle.ts';
import { KeyFileWatch } from './key-file-watch.ts';
import { KeyStore } from './key-store.ts';

@Module({
  imports: [HealthModule],
  providers: [
    KeyStore,
    KeyFileWatch,
    {
      provide: FailureThrottle,
      inject: [authConfig.KEY],
      useFactory: (config: ConfigType<typeof authConfig>) => new FailureThrottle(config.failuresPerMinute),
    },
    { provide: APP_GUARD, useClass: ApiKeyGuard },
    ConsumerRequests,
    ...authMetrics,
  ],
  exports: [KeyStore],
})
export class AuthModule {
  constructor(file: KeyFileWatch, readiness: Readiness) {
    readiness.add('keys', (session) =>
      file.isBroken
        ? session.degraded('API_KEYS_FILE is invalid: the last valid version is in use')
        : session.up(),
    );
  }
}
