import { makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import { appMetric, gauge } from '../metrics/app-metric.ts';
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
  appMetric(makeCounterProvider, {
    name: 'breaker_transitions_total',
    help: 'Changes of the breaker, by the state it went to',
    labels: { state: Object.keys(BREAKER_STATES) },
  }),
  gauge('breaker_state', '0 closed, 1 half-open, 2 open', Breaker, ({ state }) => BREAKER_STATES[state]),
  gauge('bulkhead_in_flight', 'Attempts at the upstream under way', Bulkhead, ({ inFlight }) => inFlight),
  gauge(
    'bulkhead_capacity',
    'Attempts at the upstream that may be under way',
    Bulkhead,
    ({ capacity }) => capacity,
  ),
  gauge('bulkhead_queued', 'Attempts that wait for a place', Bulkhead, ({ queued }) => queued),
  gauge('buffered_bytes', 'Bytes that documents in flight hold', ByteBudget, ({ used }) => used),
  gauge('buffered_bytes_limit', 'Bytes that documents in flight may hold', ByteBudget, ({ limit }) => limit),
  gauge(
    'retry_budget_available',
    'Retries after failures of the upstream that may be made now',
    RetryBudget,
    ({ available }) => available,
  ),
  gauge(
    'event_loop_delay_mean_seconds',
    'Mean delay of the event loop over the last half second',
    EventLoopWatch,
    ({ delayMs }) => delayMs / 1000,
  ),
];
