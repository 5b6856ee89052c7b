import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Counter } from 'prom-client';
import { Exchanges } from '../http/exchange.ts';
import { appMetric, gauge } from '../metrics/app-metric.ts';
import { authenticationFailures } from './api-key.guard.ts';
import { isExpired } from './consumer.ts';
import { KeyFileWatch } from './key-file-watch.ts';
import { KeyStore } from './key-store.ts';

export const authMetrics = [
  appMetric(makeCounterProvider, {
    name: 'authentication_failures_total',
    help: 'Requests without a valid API key where one is needed, by what was wrong with it',
    labels: { reason: authenticationFailures },
  }),
  appMetric(makeCounterProvider, {
    name: 'consumer_requests_total',
    help: 'Requests by the consumer whose key they carried, or none, and by status',
    labels: { consumer: ['none'], status: ['401'] },
    source: KeyStore,
    // Creates the series with the usual statuses for each consumer, at 0.
    collect({ consumers }) {
      for (const { name: consumer } of consumers) {
        for (const status of ['200', '429']) this.inc({ consumer, status }, 0);
      }
    },
  }),
  appMetric(makeCounterProvider, {
    name: 'api_keys_file_failures_total',
    help: 'Versions of API_KEYS_FILE that were broken, and were not used',
  }),
  appMetric(makeGaugeProvider, {
    name: 'api_key_consumers',
    help: 'Consumers, by whether their keys are valid',
    labels: { state: [] },
    source: KeyStore,
    collect({ consumers }) {
      const expired = [...consumers].filter((consumer) => isExpired(consumer)).length;
      this.set({ state: 'valid' }, consumers.size - expired);
      this.set({ state: 'expired' }, expired);
    },
  }),
  appMetric(makeGaugeProvider, {
    name: 'api_key_expiry_timestamp_seconds',
    help: 'When the keys of a consumer end, for each whose keys do',
    labels: { consumer: [] },
    source: KeyStore,
    collect({ consumers }) {
      this.reset();
      for (const { name, expiresAt } of consumers) {
        if (expiresAt !== undefined) this.set({ consumer: name }, expiresAt / 1000);
      }
    },
  }),
  gauge(
    'api_keys_file_broken',
    '1 while API_KEYS_FILE is invalid and the last good version of it in use',
    KeyFileWatch,
    ({ isBroken }) => Number(isBroken),
  ),
  gauge(
    'api_keys_file_read_timestamp_seconds',
    'When the version of API_KEYS_FILE that is in use was read; 0 without one',
    KeyFileWatch,
    ({ readAt }) => readAt / 1000,
  ),
];

/** Counts the requests by consumer and status. */
@Injectable()
export class ConsumerRequests {
  constructor(@InjectMetric('consumer_requests_total') requests: Counter, exchanges: Exchanges) {
    exchanges.observe({
      end: ({ record, status }) =>
        requests.inc({ consumer: record.consumer ?? 'none', status: String(status) }),
    });
  }
}
