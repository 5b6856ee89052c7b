import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { RateLimiter } from '../rate-limit/rate-limiter.ts';

/** Shows whether the replicas count together. It never makes a pod unready: it counts on its own meanwhile. */
@Injectable()
export class RateLimitIndicator {
  constructor(
    private readonly health: HealthIndicatorService,
    private readonly limiter: RateLimiter,
  ) {}

  check(): HealthIndicatorResult<'rateLimits'> {
    const session = this.health.check('rateLimits');
    return this.limiter.storeIsDown
      ? session.degraded('Redis does not answer: each replica counts on its own')
      : session.up();
  }
}
