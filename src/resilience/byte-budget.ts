import { Overloaded } from './overloaded.ts';

/** The share of one document in the budget. A second release has no effect. */
export interface Lease {
  /** Adds bytes, or returns some if negative. False, without any effect, when the budget is too small. */
  readonly grow: (bytes: number) => boolean;
  readonly release: () => void;
}

/** How long a refused lease also rejects new attempts, in milliseconds. */
const REFUSAL_HOLDS_MS = 100;

/** Limits the total memory of documents in flight, in bytes. */
export class ByteBudget {
  #used = 0;
  #refused = { bytes: 0, at: -Infinity };

  constructor(readonly limit: number) {}

  get used(): number {
    return this.#used;
  }

  /**
   * Rejects an attempt if bytes that were refused a moment ago would still be refused, because its document may be as
   * large. Only for REFUSAL_HOLDS_MS, because it may also be small.
   * @throws Overloaded
   */
  admit(): void {
    const { bytes, at } = this.#refused;
    if (this.#used + bytes > this.limit && performance.now() - at < REFUSAL_HOLDS_MS) {
      throw new Overloaded('memory');
    }
  }

  lease(): Lease {
    let held = 0;
    return {
      grow: (bytes) => {
        if (this.#used + bytes > this.limit) {
          this.#refused = { bytes, at: performance.now() };
          return false;
        }
        this.#used += bytes;
        held += bytes;
        return true;
      },
      release: () => {
        this.#used -= held;
        held = 0;
      },
    };
  }
}
