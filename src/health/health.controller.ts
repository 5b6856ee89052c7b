import { Controller, Get, Header, UseFilters } from '@nestjs/common';
import {
  HealthCheck,
  type HealthCheckResult,
  HealthCheckService,
  type HealthIndicatorResult,
  HealthIndicatorService,
} from '@nestjs/terminus';
import { Public } from '../auth/public.decorator.ts';
import { Drain } from '../http/drain.ts';
import { Describe } from '../openapi/description.ts';
import { HealthCheckFilter } from './health-check.filter.ts';
import { aliveDescription, liveDescription, readyDescription } from './health.description.ts';
import { KeysIndicator } from './keys.indicator.ts';
import { ProtectionIndicator } from './protection.indicator.ts';
import { RateLimitIndicator } from './rate-limit.indicator.ts';
import { Startup } from './startup.ts';
import { UpstreamIndicator } from './upstream.indicator.ts';

@Public()
@Controller('health')
@UseFilters(HealthCheckFilter)
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly upstream: UpstreamIndicator,
    private readonly protection: ProtectionIndicator,
    private readonly keys: KeysIndicator,
    private readonly rateLimits: RateLimitIndicator,
    private readonly drain: Drain,
    private readonly startup: Startup,
  ) {}

  /** The process is alive. It never asks anything else. */
  @Get()
  @Describe(aliveDescription)
  @Header('content-type', 'text/plain; charset=utf-8')
  @Header('cache-control', 'no-store')
  alive(): string {
    return "I'm healthy";
  }

  /** The same for a probe that reads JSON. A check by Terminus would fail while the service shuts down. */
  @Get('live')
  @Describe(liveDescription)
  @HealthCheck()
  live(): HealthCheckResult {
    return { status: 'ok', info: {}, error: {}, details: {} };
  }

  /** Whether requests should be sent here. */
  @Get('ready')
  @Describe(readyDescription)
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([
      () => this.#lifecycle(),
      () => this.upstream.check(),
      () => this.protection.check(),
      () => this.keys.check(),
      () => this.rateLimits.check(),
    ]);
  }

  #lifecycle(): HealthIndicatorResult<'lifecycle'> {
    const session = this.indicators.check('lifecycle');
    if (this.drain.draining) return session.down('shutting down');
    const { reason } = this.startup;
    return reason === undefined ? session.up() : session.down({ message: 'starting', reason });
  }
}
