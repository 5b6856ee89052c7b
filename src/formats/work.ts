/** Ends a verification that used up its units. The rest of the document is not checked. */
export class OutOfWork extends Error {}

/**
 * The limit on the work of one verification. Every check spends units in proportion to the bytes, so that the units
 * limit the time. One unit is about the time that zlib takes to inflate one byte: a few nanoseconds.
 */
export class Work {
  #remaining: number;

  /** @param units the units that the verification may spend */
  constructor(units: number) {
    this.#remaining = units;
  }

  /** Units that are left; at least 0. */
  get remaining(): number {
    return Math.max(0, this.#remaining);
  }

  /**
   * Spends units. Call it before the work, or once for each block of a loop.
   *
   * @throws OutOfWork when fewer units are left
   */
  spend(units: number): void {
    this.#remaining -= units;
    if (this.#remaining < 0) throw new OutOfWork();
  }
}
