import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { InjectPinoLogger, type PinoLogger } from 'nestjs-pino';
import type { Counter, Histogram } from 'prom-client';
import type { RateLimiterMemory } from 'rate-limiter-flexible';
import { authConfig } from '../auth/auth.config.ts';
import type { Consumer } from '../auth/consumer.ts';
import type { Rate } from '../settings/rate.ts';
import { rateLimitConfig } from './rate-limit.config.ts';
import { type Count, SharedStore } from './shared-store.ts';

/** Whether a consumer can have a rate limit. */
export function canLimit(
  { rate }: Pick<ConfigType<typeof rateLimitConfig>, 'rate'>,
  { keysFile }: Pick<ConfigType<typeof authConfig>, 'keysFile'>,
): boolean {
  return rate !== undefined || keysFile !== undefined;
}

/**
 * Counts the requests of each consumer in fixed windows that start at its first request: in memory, or with REDIS_URL
 * in Redis for all replicas. While Redis does not answer, each replica counts alone.
 */
@Injectable()
export class RateLimiter implements OnModuleInit, OnApplicationShutdown {
  #memory: RateLimiterMemory | undefined;
  #store: SharedStore | undefined;

  constructor(
    @Inject(rateLimitConfig.KEY) private readonly config: ConfigType<typeof rateLimitConfig>,
    @Inject(authConfig.KEY) private readonly auth: ConfigType<typeof authConfig>,
    @InjectMetric('rate_limit_store_errors_total') private readonly errors: Counter,
    @InjectMetric('rate_limit_store_duration_seconds') private readonly duration: Histogram,
    @InjectMetric('rate_limit_fallbacks_total') private readonly fallbacks: Counter,
    @InjectPinoLogger('RateLimiter') private readonly logger: PinoLogger,
  ) {}

  get storeIsDown(): boolean {
    return this.#store?.usable === false;
  }

  /** Loads and connects nothing when no consumer can have a rate limit. */
  async onModuleInit(): Promise<void> {
    const { redisUrl } = this.config;
    if (!canLimit(this.config, this.auth)) return;
    // The bundle exposes the names of a CommonJS package only under default.
    const { RateLimiterMemory } = (await import('rate-limiter-flexible')).default;
    this.#memory = new RateLimiterMemory({ points: 1, duration: 1 });
    if (redisUrl !== undefined) this.#store = await SharedStore.open(redisUrl, this.logger);
  }

  onApplicationShutdown(): void {
    this.#store?.close();
  }

  /** The consumer's own rate, or RATE_LIMIT; undefined for none. */
  rateOf({ rate }: Consumer): Rate | undefined {
    return rate ?? this.config.rate;
  }

  /** Counts one request of the consumer in its window. Never rejects. */
  async count({ name }: Consumer, seconds: number): Promise<Count> {
    const key = `${seconds}:${name}`;
    if (this.#store?.usable === true) {
      const startedAt = performance.now();
      try {
        return await this.#store.count(key, seconds);
      } catch {
        this.errors.inc();
      } finally {
        this.duration.observe((performance.now() - startedAt) / 1000);
      }
    }
    if (this.#store !== undefined) this.fallbacks.inc();
    if (this.#memory === undefined) throw new Error('the limiter was used before its initialization');
    return this.#memory.penalty(key, 1, { customDuration: seconds });
  }
}
