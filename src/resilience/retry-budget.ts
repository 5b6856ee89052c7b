export interface RetryBudgetOptions {
  /** The share of a retry that each request pays for. */
  readonly ratio: number;
  /** Retries that can be saved up, and that come back over the window however few requests there are. */
  readonly floor: number;
  /** Milliseconds in which the floor comes back. */
  readonly windowMs: number;
}

/**
 * Keeps retries from multiplying an outage: over any time there are no more than a share of its requests, and
 * the floor. It is a token bucket rather than a count over a window, since a window lets the good time before
 * an outage pay for a storm of retries at its start.
 */
export class RetryBudget {
  readonly #options: RetryBudgetOptions;
  #saved: number;
  #refilledAt = performance.now();

  constructor(options: RetryBudgetOptions) {
    this.#options = options;
    this.#saved = options.floor;
  }

  countRequest(): void {
    this.#save(this.#options.ratio);
  }

  /** Takes one retry; false when there is none left. */
  take(): boolean {
    if (this.available < 1) return false;
    this.#saved -= 1;
    return true;
  }

  /** How many retries may be made now. */
  get available(): number {
    const { floor, windowMs } = this.#options;
    const now = performance.now();
    this.#save((floor * (now - this.#refilledAt)) / windowMs);
    this.#refilledAt = now;
    return Math.floor(this.#saved);
  }

  #save(retries: number): void {
    // Without a floor as well, the shares of several requests make up one retry.
    this.#saved = Math.min(this.#saved + retries, Math.max(this.#options.floor, 1));
  }
}
