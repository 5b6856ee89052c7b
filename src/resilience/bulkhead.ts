import type { ConfigType } from '@nestjs/config';
import { afterRunning, unlessAborted } from './deadline.ts';
import { Overloaded } from './overloaded.ts';
import type { resilienceConfig } from './resilience.config.ts';

type BulkheadOptions = Pick<
  ConfigType<typeof resilienceConfig>,
  'maxInFlight' | 'queueLength' | 'queueTimeoutMs'
>;

/** Limits concurrent attempts: a slow upstream must not use up the service. Others wait, first in, first out. */
export class Bulkhead {
  readonly #queue = new Set<() => void>();
  #inFlight = 0;

  /** @param onQueued called with the wait in seconds of each attempt that leaves the queue to start */
  constructor(
    private readonly options: BulkheadOptions,
    private readonly onQueued?: (seconds: number) => void,
  ) {}

  get capacity(): number {
    return this.options.maxInFlight;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** Whether an attempt could start without waiting. */
  get hasRoom(): boolean {
    return this.#inFlight < this.capacity;
  }

  /** @throws Overloaded when the queue is full or the wait was too long, or the signal's reason if it aborts first */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.hasRoom) this.#inFlight += 1;
    else await this.#wait(signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  #leave(): void {
    const [next] = this.#queue;
    // The place passes directly to the next in the queue, so that a new attempt cannot take it.
    if (next === undefined) this.#inFlight -= 1;
    else next();
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const { queueLength, queueTimeoutMs } = this.options;
    if (this.#queue.size >= queueLength) throw new Overloaded('queue-full');
    const since = performance.now();
    const entered: Promise<void> = unlessAborted(signal, (enter, reject) => {
      this.#queue.add(enter);
      const cancelTimer = afterRunning(queueTimeoutMs, () => reject(new Overloaded('queue-timeout')));
      return () => {
        cancelTimer();
        this.#queue.delete(enter);
      };
    });
    await entered;
    this.onQueued?.((performance.now() - since) / 1000);
  }
}
