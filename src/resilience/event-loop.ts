import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Overloaded } from './overloaded.ts';

const RESOLUTION_MS = 10;
const SAMPLE_MS = 500;

/** Watches how late the event loop runs: the first sign that the process has more to do than it can. */
export class EventLoopWatch {
  readonly #maxDelayMs: number;
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #timer: NodeJS.Timeout;
  #delayMs = 0;
  #previousMs = 0;

  /** @param maxDelayMs milliseconds of mean delay, over each of two half seconds in a row, past which it counts as overloaded */
  constructor(maxDelayMs: number) {
    this.#maxDelayMs = maxDelayMs;
    this.#histogram.enable();
    this.#timer = setInterval(() => {
      this.#previousMs = this.#delayMs;
      this.#delayMs = Math.max(0, this.#histogram.mean / 1e6 - RESOLUTION_MS) || 0;
      this.#histogram.reset();
    }, SAMPLE_MS).unref();
  }

  /** Milliseconds of mean delay over the last half second. */
  get delayMs(): number {
    return this.#delayMs;
  }

  /** Twice in a row: once may be a standstill of the process, which is over and says nothing of what it has to do. */
  get overloaded(): boolean {
    return Math.min(this.#previousMs, this.#delayMs) > this.#maxDelayMs;
  }

  /** @throws Overloaded while the process has more to do than it can */
  admit(): void {
    if (this.overloaded) throw new Overloaded('event-loop');
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#histogram.disable();
  }
}
