import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Counter } from 'prom-client';
import type { Consumer } from '../auth/consumer.ts';
import { Problem } from '../problem/problem.ts';
import type { Rate } from '../settings/rate.ts';
import { RateLimiter } from './rate-limiter.ts';

/** Enforces the rate limits of consumers. A request without a valid API key has no consumer and is not counted. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(
    private readonly limiter: RateLimiter,
    @InjectMetric('rate_limited_total') private readonly limited: Counter,
  ) {}

  /** @throws Problem `rate-limited` when the rate limit is exceeded */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const http = context.switchToHttp();
    const { consumer } = http.getRequest<FastifyRequest>();
    if (consumer === undefined) return true;
    const rate = this.limiter.rateOf(consumer);
    return rate === undefined || this.#hold(consumer, rate, http.getResponse<FastifyReply>());
  }

  async #hold(consumer: Consumer, rate: Rate, reply: FastifyReply): Promise<boolean> {
    const { requests, seconds } = rate;
    const { consumedPoints, msBeforeNext } = await this.limiter.count(consumer, seconds);
    const remaining = Math.max(0, requests - consumedPoints);
    // Never more than a window, even if the system clock was set back or another client set the expiry in Redis.
    const resetSeconds = Math.min(seconds, Math.max(1, Math.ceil(msBeforeNext / 1000)));
    // draft-ietf-httpapi-ratelimit-headers-11 sections 3 and 4
    reply.headers({
      'ratelimit-policy': `"default";q=${requests};w=${seconds}`,
      ratelimit: `"default";r=${remaining};t=${resetSeconds}`,
    });
    if (consumedPoints <= requests) return true;
    this.limited.labels(consumer.name).inc();
    throw new Problem('rate-limited', `The rate of this API key is ${requests} requests in ${seconds} s.`, {
      headers: { 'retry-after': String(resetSeconds) },
    });
  }
}
