const SLICES = 10;

export interface FailureWindowOptions {
  /** The share of failures in the window, between 0 and 1, past which there are too many. */
  readonly failureRatio: number;
  /** Calls that the window must hold before the share means anything. */
  readonly minSamples: number;
  /** Milliseconds that are looked back on. */
  readonly windowMs: number;
}

/** The share of failures in a rolling window. It moves on with the clock, so that successes of long ago count for nothing. */
export class FailureWindow {
  readonly #options: FailureWindowOptions;
  readonly #slices = Array.from({ length: SLICES }, () => ({ period: -1, calls: 0, failures: 0 }));

  constructor(options: FailureWindowOptions) {
    this.#options = options;
  }

  success(): void {
    this.#current().calls += 1;
  }

  /** Whether too many calls have failed. */
  failure(): boolean {
    const slice = this.#current();
    slice.calls += 1;
    slice.failures += 1;
    return this.#failsTooOften();
  }

  clear(): void {
    for (const slice of this.#slices) Object.assign(slice, { calls: 0, failures: 0 });
  }

  #failsTooOften(): boolean {
    const { failureRatio, minSamples } = this.#options;
    const oldest = this.#period() - SLICES;
    const recent = this.#slices.filter(({ period }) => period > oldest);
    const calls = recent.reduce((total, slice) => total + slice.calls, 0);
    const failures = recent.reduce((total, slice) => total + slice.failures, 0);
    return calls >= minSamples && failures > failureRatio * calls;
  }

  #period(): number {
    return Math.floor((performance.now() * SLICES) / this.#options.windowMs);
  }

  #current(): { calls: number; failures: number } {
    const period = this.#period();
    const slice = this.#slices[period % SLICES] as { period: number; calls: number; failures: number };
    if (slice.period !== period) Object.assign(slice, { period, calls: 0, failures: 0 });
    return slice;
  }
}
