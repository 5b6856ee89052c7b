import { afterRunning, unlessAborted } from './deadline.ts';
import { Overloaded } from './overloaded.ts';

export interface BulkheadOptions {
  /** How many may be inside at once. */
  readonly capacity: number;
  /** How many may wait; the next one is turned away at once. */
  readonly queueLength: number;
  /** Milliseconds that one may wait. */
  readonly queueTimeoutMs: number;
  /** Told how long each one waited that got in from the queue, in seconds. */
  readonly onQueued?: (seconds: number) => void;
}

/**
 * Bounds how much is done at once, so that a slow upstream fills this room and no other. Whoever waits
 * leaves its place at once when its signal aborts; places are given in the order of arrival.
 */
export class Bulkhead {
  readonly #options: BulkheadOptions;
  readonly #queue = new Set<() => void>();
  #inFlight = 0;

  constructor(options: BulkheadOptions) {
    this.#options = options;
  }

  get capacity(): number {
    return this.#options.capacity;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** Whether one could get in without waiting. */
  get hasRoom(): boolean {
    return this.#inFlight < this.capacity;
  }

  /**
   * Runs the work as soon as there is room for it.
   *
   * @throws Overloaded when the queue is full or the wait was too long
   * @throws the signal's reason when it aborts while waiting
   */
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
    // A place is handed over rather than freed, so that nobody who comes just now can take it.
    if (next === undefined) this.#inFlight -= 1;
    else next();
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const { queueLength, queueTimeoutMs, onQueued } = this.#options;
    if (this.#queue.size >= queueLength) throw new Overloaded('queue-full');
    const since = performance.now();
    const entered: Promise<void> = unlessAborted(signal, (enter, reject) => {
      this.#queue.add(enter);
      const cancelTimer = afterRunning(queueTimeoutMs, () => {
        reject(new Overloaded('queue-timeout'));
      });
      return () => {
        cancelTimer();
        this.#queue.delete(enter);
      };
    });
    await entered;
    onQueued?.((performance.now() - since) / 1000);
  }
}
