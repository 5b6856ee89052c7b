import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  Header,
  ServiceUnavailableException,
  UseFilters,
} from '@nestjs/common';
import {
  HealthCheck,
  type HealthCheckResult,
  HealthCheckService,
  type HealthIndicatorResult,
  HealthIndicatorService,
} from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { Drain } from '../http/drain.ts';
import { Public } from '../http/public.decorator.ts';
import { Readiness } from './readiness.ts';

/** Answers a failed health check with the details of Terminus instead of a problem. */
@Catch(ServiceUnavailableException)
class HealthCheckFilter implements ExceptionFilter<ServiceUnavailableException> {
  catch(failed: ServiceUnavailableException, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    void reply.code(failed.getStatus()).header('cache-control', 'no-store').send(failed.getResponse());
  }
}

@Public()
@Controller('health')
@UseFilters(HealthCheckFilter)
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly readiness: Readiness,
    private readonly drain: Drain,
  ) {}

  /** Answers while the process is alive. Checks nothing else. */
  @Get()
  @Header('content-type', 'text/plain; charset=utf-8')
  @Header('cache-control', 'no-store')
  alive(): string {
    return "I'm healthy";
  }

  /** The same as JSON. A Terminus check would fail during shutdown. */
  @Get('live')
  @HealthCheck()
  live(): HealthCheckResult {
    return { status: 'ok', info: {}, error: {}, details: {} };
  }

  @Get('ready')
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    // A replica that stops says so at once: the ping of a slow upstream would keep balancers sending.
    const others = this.drain.draining ? [] : this.readiness.checks;
    return this.health.check([() => this.#lifecycle(), ...others]);
  }

  #lifecycle(): HealthIndicatorResult<'lifecycle'> {
    const session = this.indicators.check('lifecycle');
    if (this.drain.draining) return session.down('shutting down');
    const reason = this.readiness.heldBackBy;
    return reason === undefined ? session.up() : session.down({ message: 'starting', reason });
  }
}
