import { Overloaded } from './overloaded.ts';

/** Bytes that one document holds of the budget. Releasing it twice is harmless. */
export interface Lease {
  /** Takes that many bytes more, or gives some back when negative; false, and nothing taken, when there are too few. */
  readonly grow: (bytes: number) => boolean;
  readonly release: () => void;
}

/** How long a refusal speaks for those who come after it, in milliseconds. */
const REFUSAL_HOLDS_MS = 100;

/** Bounds the memory that documents in flight take together. */
export class ByteBudget {
  readonly limit: number;
  #used = 0;
  #refused = { bytes: 0, at: -Infinity };

  /** @param limit bytes */
  constructor(limit: number) {
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /**
   * Refuses while what was refused a moment ago would still be refused: then the next document is not worth asking for,
   * which is as large as the last one for all that is known. Only for a moment, since it may be a small one.
   *
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
