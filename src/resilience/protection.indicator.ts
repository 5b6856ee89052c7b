import { Injectable } from '@nestjs/common';
import { Readiness } from '../health/readiness.ts';
import { Breaker } from './breaker.ts';
import { Bulkhead } from './bulkhead.ts';
import { ByteBudget } from './byte-budget.ts';
import { EventLoopWatch } from './event-loop.ts';
import { RetryBudget } from './retry-budget.ts';

/** Shows the state of the protections. Never makes the replica unready: rejecting requests is their purpose. */
@Injectable()
export class ProtectionIndicator {
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
      return breaker.state === 'closed' && !eventLoop.overloaded
        ? session.up(state)
        : session.degraded(state);
    });
  }
}
