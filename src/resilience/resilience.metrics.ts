import { makeCounterProvider, makeGaugeProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import { appMetric } from '../metrics/app-metric.ts';
import { Breaker } from './breaker.ts';
import { Bulkhead } from './bulkhead.ts';
import { ByteBudget } from './byte-budget.ts';
import { EventLoopWatch } from './event-loop.ts';
import { RetryBudget } from './retry-budget.ts';

const BREAKER_STATES = { closed: 0, 'half-open': 1, open: 2 };

export const resilienceMetrics = [
  appMetric(makeHistogramProvider, {
    name: 'bulkhead_queue_wait_seconds',
    help: 'Time that an attempt waited for its place',
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1],
  }),
  appMetric(
    makeCounterProvider,
    {
      name: 'breaker_transitions_total',
      help: 'Changes of the breaker, by the state it went to',
      labelNames: ['state'],
    },
    Object.keys(BREAKER_STATES).map((state) => ({ state })),
  ),
  appMetric(makeGaugeProvider, {
    name: 'breaker_state',
    help: '0 closed, 1 half-open, 2 open',
    inject: [Breaker],
    collect({ state }: Breaker) {
      this.set(BREAKER_STATES[state]);
    },
  }),
  appMetric(makeGaugeProvider, {
    name: 'bulkhead_in_flight',
    help: 'Attempts at the upstream under way',
    inject: [Bulkhead],
    collect({ inFlight }: Bulkhead) {
      this.set(inFlight);
    },
  }),
  appMetric(makeGaugeProvider, {
    name: 'bulkhead_capacity',
    help: 'Attempts at the upstream that may be under way',
    inject: [Bulkhead],
    collect({ capacity }: Bulkhead) {
      this.set(capacity);
    },
  }),
  appMetric(makeGaugeProvider, {
    name: 'bulkhead_queued',
    help: 'Attempts that wait for a place',
    inject: [Bulkhead],
    collect({ queued }: Bulkhead) {
      this.set(queued);
    },
  }),
  appMetric(makeGaugeProvider, {
    name: 'buffered_bytes',
    help: 'Bytes that documents in flight hold',
    inject: [ByteBudget],
    collect({ used }: ByteBudget) {
      this.set(used);
    },
  }),
  appMetric(makeGaugeProvider, {
    name: 'buffered_bytes_limit',
    help: 'Bytes that documents in flight may hold',
    inject: [ByteBudget],
    collect({ limit }: ByteBudget) {
      this.set(limit);
    },
  }),
  appMetric(makeGaugeProvider, {
    name: 'retry_budget_available',
    help: 'Retries after failures of the upstream that may be made now',
    inject: [RetryBudget],
    collect({ available }: RetryBudget) {
      this.set(available);
    },
  }),
  appMetric(makeGaugeProvider, {
    name: 'event_loop_delay_mean_seconds',
    help: 'Mean delay of the event loop over the last half second',
    inject: [EventLoopWatch],
    collect({ delayMs }: EventLoopWatch) {
      this.set(delayMs / 1000);
    },
  }),
];
