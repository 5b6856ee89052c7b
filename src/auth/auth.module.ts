import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Metrics } from '../metrics/metrics.ts';
import { SETTINGS } from '../settings/settings.module.ts';
import type { Settings } from '../settings/settings.ts';
import { ApiKeyGuard } from './api-key.guard.ts';
import { isExpired } from './consumer.ts';
import { FailureThrottle } from './failure-throttle.ts';
import { KeyFileWatch } from './key-file-watch.ts';
import { KeyStore } from './key-store.ts';

@Module({
  providers: [
    KeyStore,
    KeyFileWatch,
    {
      provide: FailureThrottle,
      inject: [SETTINGS],
      useFactory: (settings: Settings) => new FailureThrottle(settings.AUTH_FAILURES_PER_MINUTE),
    },
    { provide: APP_GUARD, useClass: ApiKeyGuard },
  ],
  exports: [KeyFileWatch],
})
export class AuthModule {
  constructor(keys: KeyStore, file: KeyFileWatch, metrics: Metrics) {
    metrics.gaugeBy('state', 'api_key_consumers', 'Consumers, by whether their keys are valid', () => {
      const expired = [...keys.consumers].filter((consumer) => isExpired(consumer)).length;
      return new Map([
        ['valid', keys.consumers.size - expired],
        ['expired', expired],
      ]);
    });
    metrics.gaugeBy(
      'consumer',
      'api_key_expiry_timestamp_seconds',
      'When the keys of a consumer end, for each whose keys do',
      () =>
        new Map(
          [...keys.consumers].flatMap(({ name, expiresAt }) =>
            expiresAt === undefined ? [] : [[name, expiresAt / 1000] as const],
          ),
        ),
    );
    metrics.gauge(
      'api_keys_file_broken',
      '1 while API_KEYS_FILE is invalid and the last good version of it in use',
      () => (file.isBroken ? 1 : 0),
    );
    metrics.gauge(
      'api_keys_file_read_timestamp_seconds',
      'When the version of API_KEYS_FILE that is in use was read; 0 without one',
      () => file.readAt / 1000,
    );
  }
}
