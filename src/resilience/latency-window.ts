const SIZE = 512;
const MIN_SAMPLES = 50;
/** New durations after which the percentile is computed again. */
const STRIDE = 32;

/** The most recent durations and their 95th percentile. */
export class LatencyWindow {
  readonly #durations: number[] = [];
  #next = 0;
  #sinceSorted = STRIDE;
  #p95: number | undefined;

  add(ms: number): void {
    this.#durations[this.#next] = ms;
    this.#next = (this.#next + 1) % SIZE;
    this.#sinceSorted += 1;
  }

  /** In milliseconds; undefined until there are MIN_SAMPLES durations. */
  get p95(): number | undefined {
    if (this.#durations.length < MIN_SAMPLES) return undefined;
    if (this.#sinceSorted >= STRIDE) {
      this.#sinceSorted = 0;
      this.#p95 = this.#durations.toSorted((a, b) => a - b)[Math.floor(this.#durations.length * 0.95)];
    }
    return this.#p95;
  }
}
