export interface RetryBudgetOptions {
  /** The share of a retry that each request adds. */
  readonly ratio: number;
  /** The capacity of the budget in retries, and the number that it gains per window without any requests. */
  readonly floor: number;
  /** The time in which the floor is refilled, in milliseconds. */
  readonly windowMs: number;
}

/**
 * Limits retries, so that they do not multiply an outage: to a share of the requests plus the floor. A token bucket:
 * with a count over a window, the successes before an outage would allow a burst of retries at its start.
 */
export class RetryBudget {
  #saved: number;
  #refilledAt = performance.now();

  constructor(private readonly options: RetryBudgetOptions) {
    this.#saved = options.floor;
  }

  countRequest(): void {
    this.#save(this.options.ratio);
  }

  /**
   * Takes one retry; false when none is left.
   * @param kept the share of the capacity that is left for others, between 0 and 1
   */
  take(kept = 0): boolean {
    if (this.available < 1 + kept * this.options.floor) return false;
    this.#saved -= 1;
    return true;
  }

  get available(): number {
    const { floor, windowMs } = this.options;
    const now = performance.now();
    this.#save((floor * (now - this.#refilledAt)) / windowMs);
    this.#refilledAt = now;
    return Math.floor(this.#saved);
  }

  #save(retries: number): void {
    // Capacity for one retry even without a floor, so that the shares of several requests add up.
    this.#saved = Math.min(this.#saved + retries, Math.max(this.options.floor, 1));
  }
}
