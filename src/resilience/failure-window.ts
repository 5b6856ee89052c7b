const SLICES = 10;

export interface FailureWindowOptions {
  /** The maximum share of failures in the window, between 0 and 1. */
  readonly failureRatio: number;
  /** The minimum number of calls in the window before the share counts. */
  readonly minSamples: number;
  /** The length of the window in milliseconds. */
  readonly windowMs: number;
}

/** The share of failures in a rolling window of time. */
export class FailureWindow {
  readonly #slices = Array.from({ length: SLICES }, () => ({ period: -1, calls: 0, failures: 0 }));

  constructor(private readonly options: FailureWindowOptions) {}

  success(): void {
    this.#current().calls += 1;
  }

  /** Counts a failure. Returns whether the share of failures is now too high. */
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
    const { failureRatio, minSamples } = this.options;
    const oldest = this.#period() - SLICES;
    const recent = this.#slices.filter(({ period }) => period > oldest);
    const calls = recent.reduce((total, slice) => total + slice.calls, 0);
    const failures = recent.reduce((total, slice) => total + slice.failures, 0);
    return calls >= minSamples && failures > failureRatio * calls;
  }

  #period(): number {
    return Math.floor((performance.now() * SLICES) / this.options.windowMs);
  }

  #current(): { calls: number; failures: number } {
    const period = this.#period();
    const slice = this.#slices[period % SLICES] as { period: number; calls: number; failures: number };
    if (slice.period !== period) Object.assign(slice, { period, calls: 0, failures: 0 });
    return slice;
  }
}
