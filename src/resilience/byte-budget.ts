/** Bytes that one document holds of the budget. Releasing it twice is harmless. */
export interface Lease {
  /** Takes that many bytes more, or gives some back when negative; false, and nothing taken, when there are too few. */
  readonly grow: (bytes: number) => boolean;
  readonly release: () => void;
}

/** Bounds the memory that documents in flight take together. */
export class ByteBudget {
  readonly limit: number;
  #used = 0;

  /** @param limit bytes */
  constructor(limit: number) {
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  lease(): Lease {
    let held = 0;
    return {
      grow: (bytes) => {
        if (this.#used + bytes > this.limit) return false;
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
