import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { Metrics } from '../metrics/metrics.ts';
import { SETTINGS } from '../settings/settings.module.ts';
import type { Settings } from '../settings/settings.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import { Breaker } from './breaker.ts';
import { Bulkhead } from './bulkhead.ts';
import { ByteBudget } from './byte-budget.ts';
import { EventLoopWatch } from './event-loop.ts';
import { RetryBudget } from './retry-budget.ts';
import { UpstreamProtection } from './upstream-protection.ts';

const RETRY_BUDGET_WINDOW_MS = 10_000;
const BREAKER_STATES = { closed: 0, 'half-open': 1, open: 2 };

/** Builds the protections from the settings, and makes their state visible as metrics. */
@Module({
  providers: [
    {
      provide: ByteBudget,
      inject: [SETTINGS, Metrics],
      useFactory: (settings: Settings, metrics: Metrics) => {
        const budget = new ByteBudget(settings.MAX_BUFFERED_BYTES);
        metrics.gauge('buffered_bytes', 'Bytes that documents in flight hold', () => budget.used);
        metrics.gauge('buffered_bytes_limit', 'Bytes that documents in flight may hold', () => budget.limit);
        return budget;
      },
    },
    {
      provide: RetryBudget,
      inject: [SETTINGS, Metrics],
      useFactory: (settings: Settings, metrics: Metrics) => {
        const budget = new RetryBudget({
          ratio: settings.RETRY_BUDGET_RATIO,
          floor: settings.RETRY_BUDGET_FLOOR,
          windowMs: RETRY_BUDGET_WINDOW_MS,
        });
        metrics.gauge(
          'retry_budget_available',
          'Retries after failures of the upstream that may be made now',
          () => budget.available,
        );
        return budget;
      },
    },
    {
      provide: UpstreamProtection,
      inject: [SETTINGS, Metrics, PinoLogger],
      useFactory: buildProtection,
    },
  ],
  exports: [ByteBudget, RetryBudget, UpstreamProtection],
})
export class ResilienceModule implements OnApplicationShutdown {
  constructor(@Inject(UpstreamProtection) private readonly protection: UpstreamProtection) {}

  onApplicationShutdown(): void {
    this.protection.eventLoop.stop();
  }
}

function buildProtection(settings: Settings, metrics: Metrics, logger: PinoLogger): UpstreamProtection {
  const eventLoop = new EventLoopWatch(settings.MAX_EVENT_LOOP_DELAY_MS);
  const bulkhead = new Bulkhead({
    capacity: settings.UPSTREAM_MAX_IN_FLIGHT,
    queueLength: settings.UPSTREAM_QUEUE_LENGTH,
    queueTimeoutMs: settings.UPSTREAM_QUEUE_TIMEOUT_MS,
    onQueued: (seconds) => {
      metrics.queueWait.observe(seconds);
    },
  });
  let isClosed = true;
  const breaker = new Breaker({
    failureRatio: settings.BREAKER_FAILURE_RATIO,
    minSamples: settings.BREAKER_MIN_SAMPLES,
    windowMs: settings.BREAKER_WINDOW_MS,
    openMs: settings.BREAKER_OPEN_MS,
    probeWaitMs: settings.UPSTREAM_QUEUE_TIMEOUT_MS,
    isFailure: (error) => error instanceof UpstreamFailure && error.isOutage,
    isAnswer: (error) => error instanceof UpstreamFailure && !error.isOutage,
    onStateChange: (state) => {
      metrics.breakerTransitions.labels(state).inc();
      if (state === 'closed') {
        logger.info({ breaker: state }, 'the upstream answers again');
      } else if (isClosed) {
        logger.warn(
          { breaker: state },
          'too many attempts fail: the upstream gets a pause; look at its health and at the network between',
        );
      } else {
        // A probe about once a second, for as long as the outage lasts.
        logger.debug({ breaker: state }, 'the breaker changed');
      }
      isClosed = state === 'closed';
    },
  });
  metrics.gauge('bulkhead_in_flight', 'Attempts at the upstream under way', () => bulkhead.inFlight);
  metrics.gauge(
    'bulkhead_capacity',
    'Attempts at the upstream that may be under way',
    () => settings.UPSTREAM_MAX_IN_FLIGHT,
  );
  metrics.gauge('bulkhead_queued', 'Attempts that wait for a place', () => bulkhead.queued);
  metrics.gauge('breaker_state', '0 closed, 1 half-open, 2 open', () => BREAKER_STATES[breaker.state]);
  metrics.gauge(
    'event_loop_delay_mean_seconds',
    'Mean delay of the event loop over the last half second',
    () => eventLoop.delayMs / 1000,
  );
  return new UpstreamProtection({ eventLoop, breaker, bulkhead });
}
