import { makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import { KeyStore } from '../auth/key-store.ts';
import { appMetric, gauge } from '../metrics/app-metric.ts';
import { RateLimiter } from './rate-limiter.ts';

export const rateLimitMetrics = [
  appMetric(makeCounterProvider, {
    name: 'rate_limited_total',
    help: 'Requests beyond the rate of their consumer',
    labels: { consumer: [] },
    source: KeyStore,
    collect({ consumers }) {
      for (const { name } of consumers) this.inc({ consumer: name }, 0);
    },
  }),
  appMetric(makeCounterProvider, {
    name: 'rate_limit_store_errors_total',
    help: 'Requests that Redis did not count in time',
  }),
  appMetric(makeHistogramProvider, {
    name: 'rate_limit_store_duration_seconds',
    help: 'Time that a request waited for Redis',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1],
  }),
  appMetric(makeCounterProvider, {
    name: 'rate_limit_fallbacks_total',
    help: 'Requests that the replica counted on its own because Redis did not answer',
  }),
  gauge(
    'rate_limit_store_down',
    '1 while Redis does not answer and each replica counts on its own',
    RateLimiter,
    ({ storeIsDown }) => Number(storeIsDown),
  ),
];
