import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Settings } from '../settings/settings.ts';
import { RateLimitGuard } from './rate-limit.guard.ts';
import { canLimit, RateLimiter } from './rate-limiter.ts';

/** Rate limits of consumers. Where nobody can have one, no request passes the guard. */
@Module({})
export class RateLimitModule {
  static with(settings: Settings): DynamicModule {
    const guard: Provider = { provide: APP_GUARD, useClass: RateLimitGuard };
    return {
      module: RateLimitModule,
      global: true,
      providers: [RateLimiter, ...(canLimit(settings) ? [guard] : [])],
      exports: [RateLimiter],
    };
  }
}
