import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { Breaker } from '../resilience/breaker.ts';
import { Bulkhead } from '../resilience/bulkhead.ts';
import { ByteBudget } from '../resilience/byte-budget.ts';
import { EventLoopWatch } from '../resilience/event-loop.ts';
import { RetryBudget } from '../resilience/retry-budget.ts';

/** Shows what the protections are doing. It never makes a pod unready: shedding is what they are for. */
@Injectable()
export class ProtectionIndicator {
  constructor(
    private readonly health: HealthIndicatorService,
    private readonly eventLoop: EventLoopWatch,
    private readonly breaker: Breaker,
    private readonly bulkhead: Bulkhead,
    private readonly bytes: ByteBudget,
    private readonly retries: RetryBudget,
  ) {}

  check(): HealthIndicatorResult<'protection'> {
    const { breaker, bulkhead, eventLoop } = this;
    const state = {
      breaker: breaker.state,
      attemptsInFlight: bulkhead.inFlight,
      attemptsQueued: bulkhead.queued,
      bufferedBytes: this.bytes.used,
      retriesAvailable: this.retries.available,
      eventLoopDelayMs: Math.round(eventLoop.delayMs),
    };
    const session = this.health.check('protection');
    return breaker.state === 'closed' && !eventLoop.overloaded ? session.up(state) : session.degraded(state);
  }
}
