import { Global, Module } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { getToken } from '@willsoto/nestjs-prometheus';
import { PinoLogger } from 'nestjs-pino';
import type { Counter, Histogram } from 'prom-client';
import { HealthModule } from '../health/health.module.ts';
import { Readiness } from '../health/readiness.ts';
import { Breaker } from './breaker.ts';
import { Bulkhead } from './bulkhead.ts';
import { ByteBudget } from './byte-budget.ts';
import { EventLoopWatch } from './event-loop.ts';
import { resilienceConfig } from './resilience.config.ts';
import { resilienceMetrics } from './resilience.metrics.ts';
import { RetryBudget } from './retry-budget.ts';

type Config = ConfigType<typeof resilienceConfig>;

/** Retries for 20 % of the requests, plus ten in ten seconds. */
const RETRY_BUDGET = { ratio: 0.2, floor: 10, windowMs: 10_000 };
/** The window in which the breaker counts failures, in milliseconds. */
const BREAKER_WINDOW_MS = 5_000;
/** The time from its opening to the first probe in milliseconds, varied at random by up to a quarter. */
const BREAKER_OPEN_MS = 1_000;

const inject = [resilienceConfig.KEY];
const queueWait = getToken('bulkhead_queue_wait_seconds');
const transitions = getToken('breaker_transitions_total');

/** Builds the protections from the settings, for all modules, and shows their state in the readiness. */
@Global()
@Module({
  imports: [HealthModule],
  providers: [
    ...resilienceMetrics,
    { provide: RetryBudget, useFactory: () => new RetryBudget(RETRY_BUDGET) },
    { provide: ByteBudget, inject, useFactory: (config: Config) => new ByteBudget(config.maxBufferedBytes) },
    {
      provide: EventLoopWatch,
      inject,
      useFactory: (config: Config) => new EventLoopWatch(config.maxEventLoopDelayMs),
    },
    { provide: Bulkhead, inject: [...inject, queueWait], useFactory: buildBulkhead },
    { provide: Breaker, inject: [...inject, transitions, PinoLogger], useFactory: buildBreaker },
  ],
  exports: [Breaker, Bulkhead, ByteBudget, EventLoopWatch, RetryBudget],
})
export class ResilienceModule {
  constructor(
    readiness: Readiness,
    eventLoop: EventLoopWatch,
    breaker: Breaker,
    bulkhead: Bulkhead,
    bytes: ByteBudget,
    retries: RetryBudget,
  ) {
    readiness.add('protection', (session) => {
      const state = {
        breaker: breaker.state,
        attemptsInFlight: bulkhead.inFlight,
        attemptsQueued: bulkhead.queued,
        bufferedBytes: bytes.used,
        retriesAvailable: retries.available,
        eventLoopDelayMs: Math.round(eventLoop.delayMs),
      };
      // Never down: rejecting requests is the purpose of the protections.
      return breaker.state === 'closed' && !eventLoop.overloaded
        ? session.up(state)
        : session.degraded(state);
    });
  }
}

function buildBulkhead(config: Config, wait: Histogram): Bulkhead {
  return new Bulkhead(config, (seconds) => wait.observe(seconds));
}

function buildBreaker(config: Config, changes: Counter, logger: PinoLogger): Breaker {
  let isClosed = true;
  logger.setContext(Breaker.name);
  return new Breaker({
    failureRatio: config.breakerFailureRatio,
    minSamples: config.breakerMinSamples,
    windowMs: BREAKER_WINDOW_MS,
    openMs: BREAKER_OPEN_MS,
    probeWaitMs: config.queueTimeoutMs,
    onStateChange: (state) => {
      changes.labels(state).inc();
      if (state === 'closed') {
        logger.info({ breaker: state }, 'the upstream answers again');
      } else if (isClosed) {
        logger.warn(
          { breaker: state },
          'too many attempts fail: the breaker is open; check the health of the upstream and the network',
        );
      } else {
        // During an outage, there is about one probe per second.
        logger.debug({ breaker: state }, 'the breaker changed');
      }
      isClosed = state === 'closed';
    },
  });
}
