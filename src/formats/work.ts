/** Ends a verification: the work that it may take is used up. The rest of the document goes unchecked. */
export class OutOfWork extends Error {}

/**
 * The bound on the work of one verification. Every check spends from it, in proportion to the bytes, so that no document
 * takes longer than its units allow. One unit is about the time that zlib takes to inflate one byte, a few nanoseconds.
 */
export class Work {
  #remaining: number;

  /** @param units what the verification may spend */
  constructor(units: number) {
    this.#remaining = units;
  }

  /** Units that are left; 0 when all are used up. */
  get remaining(): number {
    return Math.max(0, this.#remaining);
  }

  /**
   * Call it before the work is done, or once for each block of a loop.
   *
   * @throws OutOfWork when fewer units are left
   */
  spend(units: number): void {
    this.#remaining -= units;
    if (this.#remaining < 0) throw new OutOfWork();
  }
}
