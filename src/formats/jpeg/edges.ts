import * as huffman from './huffman.ts';
import type { HuffmanTable } from './huffman.ts';
import { ZIGZAG } from './range.ts';

// See sequential.ts.
const { END_OF_BAND, ENTRY_BITS, ENTRY_SHIFT, NUMBER, SIZE_SHIFT, extend } = huffman;

/** At least this many MCUs of a row are compared, fewer than twice as many, or all of fewer. More hardly find more damage. */
const SAMPLES = 32;
/** The last coefficient, in zigzag order, of those that say how samples change from row to row: row 6, column 0. Row 7 adds little. */
const LAST_VERTICAL = 21;
/** A unit of DC, and of a coefficient in column 0, in samples: A.3.3, for the mean of each row of the block. */
const DC_UNIT = 1 / 8;
const VERTICAL_UNIT = Math.SQRT2 / 8;

/** Where the blocks of one component are in a scan. */
export interface Layout {
  /** MCUs in a row, and rows of MCUs. */
  readonly columns: number;
  readonly rows: number;
  /** Blocks of the component in each MCU, from left to right and from top to bottom (A.2.3). */
  readonly horizontal: number;
  readonly vertical: number;
}

/**
 * How much the samples of one component change from each row of MCUs to the one below: at the edge between them, and
 * from block to block. It compares the leftmost blocks of every n-th MCU.
 */
export class RowEdges {
  /** Compared MCUs in a row. */
  readonly columns: number;
  readonly rows: number;
  /** The step of DC, in samples. */
  readonly step: number;
  /** The change of the samples across the upper edge of each compared MCU, row by row. 0 in the first row. */
  readonly atEdge: Float32Array;
  /** The change of the means of the blocks at this edge. */
  readonly ofMeans: Float32Array;
  /** What a unit of a coefficient adds to the samples at the upper edge of its block, and at the lower one. */
  readonly #upper = new Float32Array(LAST_VERTICAL + 1);
  readonly #lower = new Float32Array(LAST_VERTICAL + 1);
  /** For each compared column: the samples at the lower edge of the row above, and their mean. */
  readonly #above: Float32Array;
  readonly #meansAbove: Float32Array;
  /** Blocks from the first block of an MCU to the lowest of its leftmost, and from that to the next compared MCU. */
  readonly #down: number;
  readonly #right: number;
  readonly #toNextRow: number;
  #at = 0;
  #column = 0;
  #isUpper = true;

  /** @param steps the quantization table in zigzag order */
  constructor({ columns, rows, horizontal, vertical }: Layout, steps: Uint16Array) {
    const every = Math.max(1, Math.floor(columns / SAMPLES));
    this.columns = Math.ceil(columns / every);
    this.rows = rows;
    this.step = (steps[0] ?? 0) * DC_UNIT;
    this.atEdge = new Float32Array(this.columns * rows);
    this.ofMeans = new Float32Array(this.columns * rows);
    this.#above = new Float32Array(this.columns);
    this.#meansAbove = new Float32Array(this.columns);
    const blocks = horizontal * vertical;
    this.#down = (vertical - 1) * horizontal;
    this.#right = every * blocks - this.#down;
    this.#toNextRow = (columns - (this.columns - 1) * every) * blocks - this.#down;
    for (let k = 1; k <= LAST_VERTICAL; k++) {
      const at = ZIGZAG[k] ?? 0;
      if ((at & 7) !== 0) continue;
      const unit = (steps[k] ?? 0) * VERTICAL_UNIT;
      this.#upper[k] = unit;
      this.#lower[k] = ((at >>> 3) & 1) === 0 ? unit : -unit;
    }
  }

  /**
   * Adds a block.
   *
   * @param start where its AC coefficients start, which are known to be well formed
   * @param table undefined when it has none
   * @returns the number of blocks up to the next one to add
   */
  add(view: DataView, start: number, dc: number, table: HuffmanTable | undefined): number {
    const mean = dc * this.step;
    let upper = mean;
    let lower = mean;
    for (let k = 0, bit = start; table !== undefined && k < LAST_VERTICAL;) {
      const entry = table.entryOf(view.getUint32(bit >>> 3) << (bit & 7));
      const number = (entry >>> ENTRY_SHIFT) & NUMBER;
      if (number >= END_OF_BAND) break;
      k += number;
      const size = entry >>> SIZE_SHIFT;
      bit += entry & ENTRY_BITS;
      const unit = this.#upper[k] ?? 0;
      if (size === 0 || unit === 0) continue;
      const from = bit - size;
      const value = extend((view.getUint32(from >>> 3) << (from & 7)) >>> (32 - size), size);
      upper += value * unit;
      lower += value * (this.#lower[k] ?? 0);
    }
    return this.#note(upper, lower, mean);
  }

  #note(upper: number, lower: number, mean: number): number {
    const column = this.#column;
    if (this.#isUpper) {
      if (this.#at >= this.columns) {
        this.atEdge[this.#at] = upper - (this.#above[column] ?? 0);
        this.ofMeans[this.#at] = mean - (this.#meansAbove[column] ?? 0);
      }
      this.#at++;
      if (this.#down > 0) {
        this.#isUpper = false;
        return this.#down;
      }
    }
    this.#isUpper = true;
    this.#above[column] = lower;
    this.#meansAbove[column] = mean;
    this.#column = column + 1 < this.columns ? column + 1 : 0;
    return this.#column === 0 ? this.#toNextRow : this.#right;
  }
}
