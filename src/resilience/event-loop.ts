import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Overloaded } from './overloaded.ts';

const RESOLUTION_MS = 10;
const SAMPLE_MS = 500;

/** Measures the delay of the event loop: the first sign of an overloaded process. */
export class EventLoopWatch implements OnApplicationShutdown {
  readonly #timer: NodeJS.Timeout;
  #delayMs = 0;
  #previousMs = 0;

  /**
   * @param maxDelayMs the mean delay above which the process is overloaded, in milliseconds
   * @param histogram the delays in nanoseconds, the interval of the measurement included
   */
  constructor(
    private readonly maxDelayMs: number,
    private readonly histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS }),
  ) {
    histogram.enable();
    this.#timer = setInterval(() => {
      this.#previousMs = this.#delayMs;
      this.#delayMs = Math.max(0, histogram.mean / 1e6 - RESOLUTION_MS) || 0;
      histogram.reset();
    }, SAMPLE_MS).unref();
  }

  /** The mean delay of the last half second in milliseconds. */
  get delayMs(): number {
    return this.#delayMs;
  }

  /** Requires two samples in a row: a single one may be a standstill of the process, which is not overload. */
  get overloaded(): boolean {
    return Math.min(this.#previousMs, this.#delayMs) > this.maxDelayMs;
  }

  /** @throws Overloaded while the process is overloaded */
  admit(): void {
    if (this.overloaded) throw new Overloaded('event-loop');
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
    this.histogram.disable();
  }
}
