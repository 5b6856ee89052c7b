import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { getToken } from '@willsoto/nestjs-prometheus';
import { PinoLogger } from 'nestjs-pino';
import type { Counter, Histogram } from 'prom-client';
import { HealthModule } from '../health/health.module.ts';
import { Breaker, type BreakerOptions } from './breaker.ts';
import { Bulkhead } from './bulkhead.ts';
import { ByteBudget } from './byte-budget.ts';
import { EventLoopWatch } from './event-loop.ts';
import { ProtectionIndicator } from './protection.indicator.ts';
import { resilienceConfig } from './resilience.config.ts';
import { resilienceMetrics } from './resilience.metrics.ts';
import { RetryBudget } from './retry-budget.ts';

type Config = ConfigType<typeof resilienceConfig>;
/** How the breaker classifies errors. */
type Judgement = Pick<BreakerOptions, 'isFailure' | 'isAnswer'>;

/** Retries for 20 % of the requests, plus ten in ten seconds. */
const RETRY_BUDGET = { ratio: 0.2, floor: 10, windowMs: 10_000 };
/** The window in which the breaker counts failures, in milliseconds. */
const BREAKER_WINDOW_MS = 5_000;
/** The time from its opening to the first probe in milliseconds, varied at random by up to a quarter. */
const BREAKER_OPEN_MS = 1_000;

/** Builds the protections from the settings, for all modules. */
@Module({})
export class ResilienceModule implements OnApplicationShutdown {
  static with(judgement: Judgement): DynamicModule {
    const inject = [resilienceConfig.KEY];
    return {
      module: ResilienceModule,
      global: true,
      imports: [HealthModule],
      providers: [
        ProtectionIndicator,
        ...resilienceMetrics,
        { provide: RetryBudget, useFactory: () => new RetryBudget(RETRY_BUDGET) },
        {
          provide: ByteBudget,
          inject,
          useFactory: ({ maxBufferedBytes }: Config) => new ByteBudget(maxBufferedBytes),
        },
        {
          provide: EventLoopWatch,
          inject,
          useFactory: ({ maxEventLoopDelayMs }: Config) => new EventLoopWatch(maxEventLoopDelayMs),
        },
        {
          provide: Bulkhead,
          inject: [resilienceConfig.KEY, getToken('bulkhead_queue_wait_seconds')],
          useFactory: ({ maxInFlight, queueLength, queueTimeoutMs }: Config, wait: Histogram) =>
            new Bulkhead({
              capacity: maxInFlight,
              queueLength,
              queueTimeoutMs,
              onQueued: (seconds) => wait.observe(seconds),
            }),
        },
        {
          provide: Breaker,
          inject: [resilienceConfig.KEY, getToken('breaker_transitions_total'), PinoLogger],
          useFactory: (config: Config, transitions: Counter, logger: PinoLogger) =>
            buildBreaker(config, judgement, transitions, logger),
        },
      ],
      exports: [Breaker, Bulkhead, ByteBudget, EventLoopWatch, RetryBudget],
    };
  }

  constructor(private readonly eventLoop: EventLoopWatch) {}

  onApplicationShutdown(): void {
    this.eventLoop.stop();
  }
}

function buildBreaker(
  config: Config,
  judgement: Judgement,
  transitions: Counter,
  logger: PinoLogger,
): Breaker {
  let isClosed = true;
  logger.setContext(Breaker.name);
  return new Breaker({
    ...judgement,
    failureRatio: config.breakerFailureRatio,
    minSamples: config.breakerMinSamples,
    windowMs: BREAKER_WINDOW_MS,
    openMs: BREAKER_OPEN_MS,
    probeWaitMs: config.queueTimeoutMs,
    onStateChange: (state) => {
      transitions.labels(state).inc();
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
