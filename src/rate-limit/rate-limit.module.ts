import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthModule } from '../auth/auth.module.ts';
import { HealthModule } from '../health/health.module.ts';
import { Readiness } from '../health/readiness.ts';
import { RateLimitGuard } from './rate-limit.guard.ts';
import { rateLimitMetrics } from './rate-limit.metrics.ts';
import { RateLimiter } from './rate-limiter.ts';

/** The rate limits of consumers. The guard is left out when no consumer can have one. */
@Module({})
export class RateLimitModule {
  static with(limits: boolean): DynamicModule {
    const guard: Provider = { provide: APP_GUARD, useClass: RateLimitGuard };
    return {
      module: RateLimitModule,
      imports: [AuthModule, HealthModule],
      providers: [RateLimiter, ...rateLimitMetrics, ...(limits ? [guard] : [])],
    };
  }

  constructor(limiter: RateLimiter, readiness: Readiness) {
    readiness.add('rateLimits', (session) =>
      limiter.storeIsDown
        ? session.degraded('Redis does not answer: each replica counts on its own')
        : session.up(),
    );
  }
}
