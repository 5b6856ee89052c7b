import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { PinoLogger } from 'nestjs-pino';
import { HealthModule } from '../health/health.module.ts';
import { Metrics } from '../metrics/metrics.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import { Breaker } from './breaker.ts';
import { Bulkhead } from './bulkhead.ts';
import { ByteBudget } from './byte-budget.ts';
import { EventLoopWatch } from './event-loop.ts';
import { ProtectionIndicator } from './protection.indicator.ts';
import { resilienceConfig } from './resilience.config.ts';
import { RetryBudget } from './retry-budget.ts';

type Config = ConfigType<typeof resilienceConfig>;

/** A fifth of the requests, and ten retries in ten seconds however few requests there are. */
const RETRY_BUDGET = { ratio: 0.2, floor: 10, windowMs: 10_000 };
/** Milliseconds over which the breaker counts the attempts that failed. */
const BREAKER_WINDOW_MS = 5_000;
const inject = [resilienceConfig.KEY, Metrics, PinoLogger];
const BREAKER_STATES = { closed: 0, 'half-open': 1, open: 2 };

/** Builds the protections from the settings, and makes their state visible as metrics. */
@Module({
  imports: [HealthModule],
  providers: [
    ProtectionIndicator,
    { provide: ByteBudget, inject, useFactory: buildByteBudget },
    { provide: RetryBudget, inject: [Metrics], useFactory: buildRetryBudget },
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

function buildByteBudget(config: Config, metrics: Metrics): ByteBudget {
  const budget = new ByteBudget(config.maxBufferedBytes);
  metrics.gauge('buffered_bytes', 'Bytes that documents in flight hold', () => budget.used);
  metrics.gauge('buffered_bytes_limit', 'Bytes that documents in flight may hold', () => budget.limit);
  return budget;
}

function buildRetryBudget(metrics: Metrics): RetryBudget {
  const budget = new RetryBudget(RETRY_BUDGET);
  const help = 'Retries after failures of the upstream that may be made now';
  metrics.gauge('retry_budget_available', help, () => budget.available);
  return budget;
}

function buildEventLoopWatch(config: Config, metrics: Metrics): EventLoopWatch {
  const eventLoop = new EventLoopWatch(config.maxEventLoopDelayMs);
  const help = 'Mean delay of the event loop over the last half second';
  metrics.gauge('event_loop_delay_mean_seconds', help, () => eventLoop.delayMs / 1000);
  return eventLoop;
}

function buildBulkhead(config: Config, metrics: Metrics): Bulkhead {
  const capacity = config.maxInFlight;
  const bulkhead = new Bulkhead({
    capacity,
    queueLength: config.queueLength,
    queueTimeoutMs: config.queueTimeoutMs,
    onQueued: (seconds) => {
      metrics.queueWait.observe(seconds);
    },
  });
  metrics.gauge('bulkhead_in_flight', 'Attempts at the upstream under way', () => bulkhead.inFlight);
  metrics.gauge('bulkhead_capacity', 'Attempts at the upstream that may be under way', () => capacity);
  metrics.gauge('bulkhead_queued', 'Attempts that wait for a place', () => bulkhead.queued);
  return bulkhead;
}

function buildBreaker(config: Config, metrics: Metrics, logger: PinoLogger): Breaker {
  let isClosed = true;
  const breaker = new Breaker({
    failureRatio: config.breakerFailureRatio,
    minSamples: config.breakerMinSamples,
    windowMs: BREAKER_WINDOW_MS,
    openMs: config.breakerOpenMs,
    probeWaitMs: config.queueTimeoutMs,
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
