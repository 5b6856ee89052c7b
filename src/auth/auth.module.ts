import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { HealthModule } from '../health/health.module.ts';
import { Readiness } from '../health/readiness.ts';
import { SETTINGS } from '../settings/settings.module.ts';
import type { Settings } from '../settings/settings.ts';
import { ApiKeyGuard } from './api-key.guard.ts';
import { authMetrics } from './auth.metrics.ts';
import { ConsumerRequests } from './consumer-requests.ts';
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
      inject: [SETTINGS],
      useFactory: (settings: Settings) => new FailureThrottle(settings.AUTH_FAILURES_PER_MINUTE),
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
