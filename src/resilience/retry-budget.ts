const BUCKETS = 10;

export interface RetryBudgetOptions {
  /** Retries per request that the window may hold. */
  readonly ratio: number;
  /** Retries that the window may hold however few requests there are. */
  readonly floor: number;
  /** Milliseconds that are looked back on. */
  readonly windowMs: number;
}

/**
 * Keeps retries from multiplying an outage: over a rolling window they stay under a share of the requests.
 */
export class RetryBudget {
  readonly #options: RetryBudgetOptions;
  readonly #buckets = Array.from({ length: BUCKETS }, () => ({ period: -1, requests: 0, retries: 0 }));

  constructor(options: RetryBudgetOptions) {
    this.#options = options;
  }

  countRequest(): void {
    this.#current().requests += 1;
  }

  /** Takes one retry; false when there is none left. */
  take(): boolean {
    if (this.available < 1) return false;
    this.#current().retries += 1;
    return true;
  }

  /** How many retries may be made now. */
  get available(): number {
    const { ratio, floor } = this.#options;
    const oldest = this.#period() - BUCKETS;
    let requests = 0;
    let retries = 0;
    for (const bucket of this.#buckets) {
      if (bucket.period <= oldest) continue;
      requests += bucket.requests;
      retries += bucket.retries;
    }
    return Math.max(0, Math.max(floor, Math.floor(requests * ratio)) - retries);
  }

  #period(): number {
    return Math.floor((performance.now() * BUCKETS) / this.#options.windowMs);
  }

  #current(): { requests: number; retries: number } {
    const period = this.#period();
    const bucket = this.#buckets[period % BUCKETS] as { period: number; requests: number; retries: number };
    if (bucket.period !== period) Object.assign(bucket, { period, requests: 0, retries: 0 });
    return bucket;
  }
}
