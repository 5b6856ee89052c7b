const COEFFICIENTS = 64;
const SIDE = 8;
/** Sizes of a coefficient, 0 to 15. */
const SIZES = 16;
/** The largest weight, so that the sum of a block is a small integer. */
const MAX_WEIGHT = 1 << 20;

/** The row-by-row index of each coefficient in zigzag order (Figure A.6). */
export const ZIGZAG: readonly number[] = [
  [0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48],
  [41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15],
  [23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63],
].flat();

/** The factors of the inverse DCT of Arai, Agui and Nakajima, which the coefficients hold in advance. */
const FACTORS = Array.from({ length: SIDE }, (_, k) =>
  k === 0 ? 1 : Math.SQRT2 * Math.cos((k * Math.PI) / 16),
);
/** The largest absolute value of each one-dimensional basis function, times the square root of 8 (A.3.3). */
const PEAKS = Array.from({ length: SIDE }, (_, k) =>
  k === 0 ? 1 : Math.SQRT2 * Math.max(...FACTORS.map((_, x) => Math.cos(((2 * x + 1) * k * Math.PI) / 16))),
);

/** The greatest energy outside that a sound block has, as a share of that of the steps. Rounding makes at most 0.25. */
const GREATEST = 1;
/** Some encoders go beyond white by twice the step of DC to keep its edges sharp: the energy of that, in squared steps. */
const BEYOND_WHITE = 4 * COEFFICIENTS;
/**
 * A block is damaged that has more than twice the energy outside of any other, and of this share of that of the steps,
 * plus this share of the range for each sample: at high quality, going beyond white outweighs rounding.
 */
const OUTLIER = 2;
const LEAST = 0.05;
const LEAST_LEVELS = 1 / 64;
/** Of fewer blocks, the greatest may be rare rather than damaged: it needs twice as much. */
const FEW = 16;

/**
 * How far the samples of one component are outside the range that samples have. All samples of the source are in it
 * (A.3.1), and the DCT keeps energy (A.3.3). So the energy outside the range is at most that of the quantization error,
 * which is a quarter of that of the steps (A.3.4). Damaged coefficients exceed this in blocks that have white or black.
 */
export class SampleRange {
  /**
   * An upper bound of 8 times the effect on any sample, for coefficient k of size s at 16k + s. A block whose sum, and
   * DC coefficient, is at most `limit` has no energy outside that counts.
   */
  readonly weights = new Int32Array(COEFFICIENTS * SIZES);
  /** The same for each unit of the DC coefficient. */
  readonly dcWeight: number;
  readonly limit: number;
  /** What a unit of each coefficient is in `samples`, in zigzag order. */
  readonly factors = new Float64Array(COEFFICIENTS);
  /** The coefficients of the next block, row by row, each times its factor. All are 0 between two blocks. */
  readonly samples = new Float64Array(COEFFICIENTS);
  readonly #columns = new Float64Array(COEFFICIENTS);
  readonly #half: number;
  readonly #least: number;
  readonly #greatest: number;
  /** The two greatest energies outside. */
  #first = 0;
  #second = 0;
  /** The blocks that were added. */
  #count = 0;
  #isNear = false;

  /**
   * @param steps the quantization table in zigzag order
   * @param precision bits per sample
   */
  constructor(steps: Uint16Array, precision: number) {
    let energy = 0;
    for (const [k, step] of steps.entries()) {
      const at = ZIGZAG[k] ?? 0;
      const [row, column] = [at >>> 3, at & 7];
      this.factors[k] = (step * (FACTORS[row] ?? 0) * (FACTORS[column] ?? 0)) / SIDE;
      energy += step * step;
      const peak = step * (PEAKS[row] ?? 0) * (PEAKS[column] ?? 0);
      for (let size = 1; size < SIZES; size++)
        this.weights[k * SIZES + size] = Math.min(MAX_WEIGHT, Math.ceil(peak * ((1 << size) - 1)));
    }
    this.#half = 1 << (precision - 1);
    this.#greatest = GREATEST * energy + BEYOND_WHITE * (steps[0] ?? 0) ** 2;
    this.#least = LEAST * energy + COEFFICIENTS * (2 * this.#half * LEAST_LEVELS) ** 2;
    this.limit = Math.floor(SIDE * (this.#half - 1 + Math.sqrt(this.#least / COEFFICIENTS)));
    this.dcWeight = steps[0] ?? 0;
  }

  /** Whether most blocks are near the limits, as in text: at least FEW were added, and the last one was outside. */
  get isNear(): boolean {
    return this.#isNear;
  }

  /**
   * Adds the block whose coefficients are in `samples`.
   *
   * @returns false when the block is damaged
   */
  add(): boolean {
    const { samples } = this;
    // Centres the range of the integers on 0.
    samples[0] = (samples[0] ?? 0) + 0.5;
    inverseRows(samples, this.#columns);
    inverseRows(this.#columns, samples);
    const energy = outside(samples, this.#half - 0.5);
    samples.fill(0);
    return this.#note(energy);
  }

  /** Whether one block is so far outside that it is damaged, since all others are much less so. */
  get hasOutlier(): boolean {
    const least = this.#count < FEW ? 2 * this.#least : this.#least;
    return this.#first > OUTLIER * Math.max(this.#second, least);
  }

  #note(energy: number): boolean {
    this.#count++;
    this.#isNear = energy > 0 && this.#count >= FEW;
    if (energy > this.#greatest) return false;
    if (energy > this.#first) {
      this.#second = this.#first;
      this.#first = energy;
    } else if (energy > this.#second) {
      this.#second = energy;
    }
    return true;
  }
}

/**
 * The inverse DCT of each row, as a column of the result: two of them are that of the block. Arai, Agui, Nakajima, "A fast
 * DCT-SQ scheme for images", 1988.
 */
function inverseRows(values: Float64Array, result: Float64Array): void {
  for (let row = 0, at = 0; row < SIDE; row++, at += SIDE) {
    const v0 = values[at] ?? 0;
    const v1 = values[at + 1] ?? 0;
    const v2 = values[at + 2] ?? 0;
    const v3 = values[at + 3] ?? 0;
    const v4 = values[at + 4] ?? 0;
    const v5 = values[at + 5] ?? 0;
    const v6 = values[at + 6] ?? 0;
    const v7 = values[at + 7] ?? 0;

    const sum26 = v2 + v6;
    const difference26 = (v2 - v6) * Math.SQRT2 - sum26;
    const even0 = v0 + v4 + sum26;
    const even3 = v0 + v4 - sum26;
    const even1 = v0 - v4 + difference26;
    const even2 = v0 - v4 - difference26;

    const sum35 = v5 + v3;
    const difference53 = v5 - v3;
    const sum17 = v1 + v7;
    const difference17 = v1 - v7;
    const both = (difference53 + difference17) * 1.847759065;
    const odd0 = sum17 + sum35;
    const odd1 = both - difference53 * 2.61312593 - odd0;
    const odd2 = (sum17 - sum35) * Math.SQRT2 - odd1;
    const odd3 = both - difference17 * 1.0823922 - odd2;

    result[row] = even0 + odd0;
    result[row + 56] = even0 - odd0;
    result[row + 8] = even1 + odd1;
    result[row + 48] = even1 - odd1;
    result[row + 16] = even2 + odd2;
    result[row + 40] = even2 - odd2;
    result[row + 24] = even3 + odd3;
    result[row + 32] = even3 - odd3;
  }
}

/** The energy of samples that are further from 0 than this. */
function outside(samples: Float64Array, half: number): number {
  let energy = 0;
  for (let i = 0; i < COEFFICIENTS; i++) {
    // Without a branch: twice the excess, or 0.
    const excess = Math.abs(samples[i] ?? 0) - half;
    const double = excess + Math.abs(excess);
    energy += double * double;
  }
  return energy / 4;
}
