import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { HealthModule } from '../health/health.module.ts';
import { Metrics } from '../metrics/metrics.ts';
import { SETTINGS } from '../settings/settings.module.ts';
import type { Settings } from '../settings/settings.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import { Breaker } from './breaker.ts';
import { Bulkhead } from './bulkhead.ts';
import { ByteBudget } from './byte-budget.ts';
import { EventLoopWatch } from './event-loop.ts';
import { ProtectionIndicator } from './protection.indicator.ts';
import { RetryBudget } from './retry-budget.ts';

const RETRY_BUDGET_WINDOW_MS = 10_000;
const inject = [SETTINGS, Metrics, PinoLogger];
const BREAKER_STATES = { closed: 0, 'half-open': 1, open: 2 };

/** Builds the protections from the settings, and makes their state visible as metrics. */
@Module({
  imports: [HealthModule],
  providers: [
    ProtectionIndicator,
    { provide: ByteBudget, inject, useFactory: buildByteBudget },
    { provide: RetryBudget, inject, useFactory: buildRetryBudget },
    { provide: EventLoopWatch, inject, useFactory: buildEventLoopWatch },
    { provide: Bulkhead, inject, useFactory: buildBulkhead },
    { provide: Breaker, inject, useFactory: buildBreaker },
  ],
  exports: [Breaker, Bulkhead, ByteBudget, EventLoopWatch, RetryBudget],
})
export class ResilienceModule implements OnApplicationShutdown {
  constructor(@Inject(EventLoopWatch) private readonly eventLoop: EventLoopWatch) {}

  onApplicationShutdown(): void {
    this.eventLoop.stop();
  }
}

function buildByteBudget(settings: Settings, metrics: Metrics): ByteBudget {
  const budget = new ByteBudget(settings.MAX_BUFFERED_BYTES);
  metrics.gauge('buffered_bytes', 'Bytes that documents in flight hold', () => budget.used);
  metrics.gauge('buffered_bytes_limit', 'Bytes that documents in flight may hold', () => budget.limit);
  return budget;
}

function buildRetryBudget(settings: Settings, metrics: Metrics): RetryBudget {
  const { RETRY_BUDGET_RATIO: ratio, RETRY_BUDGET_FLOOR: floor } = settings;
  const budget = new RetryBudget({ ratio, floor, windowMs: RETRY_BUDGET_WINDOW_MS });
  const help = 'Retries after failures of the upstream that may be made now';
  metrics.gauge('retry_budget_available', help, () => budget.available);
  return budget;
}

function buildEventLoopWatch(settings: Settings, metrics: Metrics): EventLoopWatch {
  const eventLoop = new EventLoopWatch(settings.MAX_EVENT_LOOP_DELAY_MS);
  const help = 'Mean delay of the event loop over the last half second';
  metrics.gauge('event_loop_delay_mean_seconds', help, () => eventLoop.delayMs / 1000);
  return eventLoop;
}

function buildBulkhead(settings: Settings, metrics: Metrics): Bulkhead {
  const capacity = settings.UPSTREAM_MAX_IN_FLIGHT;
  const bulkhead = new Bulkhead({
    capacity,
    queueLength: settings.UPSTREAM_QUEUE_LENGTH,
    queueTimeoutMs: settings.UPSTREAM_QUEUE_TIMEOUT_MS,
    onQueued: (seconds) => {
      metrics.queueWait.observe(seconds);
    },
  });
  metrics.gauge('bulkhead_in_flight', 'Attempts at the upstream under way', () => bulkhead.inFlight);
  metrics.gauge('bulkhead_capacity', 'Attempts at the upstream that may be under way', () => capacity);
  metrics.gauge('bulkhead_queued', 'Attempts that wait for a place', () => bulkhead.queued);
  return bulkhead;
}

function buildBreaker(settings: Settings, metrics: Metrics, logger: PinoLogger): Breaker {
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
          'too many attempts fail: the breaker is open; check the health of the upstream and the network',
        );
      } else {
        // A probe about once a second, for as long as the outage lasts.
        logger.debug({ breaker: state }, 'the breaker changed');
      }
      isClosed = state === 'closed';
    },
  });
  metrics.gauge('breaker_state', '0 closed, 1 half-open, 2 open', () => BREAKER_STATES[breaker.state]);
  return breaker;
}
