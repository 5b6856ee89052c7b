import type { Breaker } from './breaker.ts';
import type { Bulkhead } from './bulkhead.ts';
import type { EventLoopWatch } from './event-loop.ts';
import { Overloaded } from './overloaded.ts';

/** What stands between the requests and the upstream: load shedding, the breaker, the bulkhead, in this order. */
export class UpstreamProtection {
  readonly eventLoop: EventLoopWatch;
  readonly breaker: Breaker;
  readonly bulkhead: Bulkhead;

  constructor(parts: Pick<UpstreamProtection, 'eventLoop' | 'breaker' | 'bulkhead'>) {
    this.eventLoop = parts.eventLoop;
    this.breaker = parts.breaker;
    this.bulkhead = parts.bulkhead;
  }

  /**
   * Asks once for a request, before anything is done for it.
   *
   * @throws Overloaded when the process has more to do than it can
   */
  admit(): void {
    if (this.eventLoop.overloaded) throw new Overloaded('event-loop');
  }

  /**
   * Makes one attempt when it may be made.
   *
   * @throws Overloaded when it may not, at once or after the longest wait in the queue
   */
  async run<T>(signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
    // Before the queue as well: while the breaker is open nobody has anything to wait for.
    this.breaker.assertCallable();
    return this.bulkhead.run(signal, () => this.breaker.run(signal, attempt));
  }
}
