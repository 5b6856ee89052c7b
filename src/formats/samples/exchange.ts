import { onesIn } from '../bits.ts';
import { SECTOR } from '../sectors.ts';
import type { Work } from '../work.ts';
import type { Layout } from './noise.ts';

/** Bytes of the blocks that are exchanged: sectors of a disk, and pages of memory. */
const SIZES: readonly number[] = [SECTOR, 8 * SECTOR];
/** The maximum number of blocks of one size of which all pairs are tested. */
const MAX_BLOCKS = 32;
/** The minimum number of bytes per row. Shorter rows have too few bytes to compare. */
const MIN_ROW = 96;
/** Bytes at the start of a block and after its end that are not compared: CBC garbles one block of AES there. */
const GARBLED = 16;
/** Bytes that are compared before and after a block. */
const BESIDE = 64;
/** Blocks with fewer rows between them can belong to the same line of text. */
const MIN_ROWS_APART = 4;

/** The difference that one bit makes when a byte holds several samples. */
const BIT = 32;
/** Added to differences before one is divided by another, so that small ones count little. */
const GRAIN = 2;
/** The minimum mean difference of a block from the rows above and below. */
const MIN_DIFFERENCE = 3;
/** The minimum ratio of this difference to that of these rows from the next ones. */
const MIN_MISFIT = 1.3;
/** How many times better each block has to fit in the other place, and the minimum product of both. */
const MIN_GAIN = 2;
const MIN_PROOF = 10;
/** The maximum gain of the bytes before the blocks, and after them, in at least one of the two places. */
const MAX_GAIN_BESIDE = 0.8;

/** Bytes of an edge of which six are compared. About twenty bytes of each edge are enough until a pair is suspect. */
const SAMPLED_EDGE = 160;
/** Units of work for each byte. */
const COST = 0.5;

/** Mean differences at the upper and at the lower edge of a block, or before and after it. */
type Edges = readonly [number, number];

/** A block that differs from the rows above and below more than these rows do from the next ones. */
interface Misfit {
  readonly at: number;
  /** Differences from the row above and from the row below. */
  readonly edges: Edges;
  /** The difference of the two rows above, and that of the two rows below. */
  readonly around: Edges;
  readonly misfit: number;
}

/**
 * Offset of a block in the samples of an image that was exchanged with another block, or -1. Neither of the two fits
 * between the rows above and below it, but each fits in the place of the other. The bytes beside them fit only where
 * they are. In an intact image, lines and patterns also fit in other places, but do not start and end at sector
 * boundaries.
 *
 * @throws OutOfWork
 */
export function findExchange(samples: Uint8Array, layout: Layout, work: Work): number {
  if (layout.row < MIN_ROW) return -1;
  for (const size of SIZES) {
    const at = new Blocks(samples, layout, size, work).findExchange();
    if (at >= 0) return at;
  }
  return -1;
}

/** The blocks of one size. */
class Blocks {
  readonly #samples: Uint8Array;
  readonly #row: number;
  readonly #isPacked: boolean;
  readonly #first: number;
  readonly #size: number;
  /** Bytes that are compared at each edge. */
  readonly #edge: number;
  readonly #step: number;
  readonly #work: Work;

  constructor(samples: Uint8Array, { row, origin, distance }: Layout, size: number, work: Work) {
    this.#samples = samples;
    this.#row = row;
    this.#isPacked = distance === 0;
    this.#first = Math.ceil((origin + 2 * row) / size) * size - origin;
    this.#size = size;
    this.#edge = Math.min(row, size) - GARBLED;
    // With 3 or 4 components, a step of 5, 11, 17 and so on compares all of them.
    this.#step = 6 * Math.floor(this.#edge / SAMPLED_EDGE) + 5;
    this.#work = work;
  }

  findExchange(): number {
    const misfits = this.#misfits();
    for (const [i, one] of misfits.entries()) {
      for (let j = i + 1; j < misfits.length; j++) {
        const other = misfits[j];
        if (other !== undefined && this.#isExchange(one, other)) return one.at;
      }
    }
    return -1;
  }

  /** The blocks that fit worst. */
  #misfits(): Misfit[] {
    const end = this.#samples.length - this.#size - 2 * this.#row;
    this.#work.spend(COST * Math.max(0, end - this.#first) * (SECTOR / this.#size));
    const misfits: Misfit[] = [];
    for (let at = this.#first; at < end; at += this.#size) {
      const edges = this.#edges(at, at, this.#step);
      if (edges[0] + edges[1] < 2 * MIN_DIFFERENCE) continue;
      const around = this.#around(at, this.#step);
      const misfit = ratio(edges, around);
      if (misfit >= MIN_MISFIT) misfits.push({ at, edges, around, misfit });
    }
    return misfits.toSorted((a, b) => b.misfit - a.misfit).slice(0, MAX_BLOCKS);
  }

  #isExchange(one: Misfit, other: Misfit): boolean {
    if (Math.abs(one.at - other.at) < this.#size + MIN_ROWS_APART * this.#row) return false;
    // A sample of the bytes rejects most pairs.
    const half = this.#gain(one, other.at, this.#step);
    if (half < 1 || half * this.#gain(other, one.at, this.#step) < MIN_PROOF / 4) return false;
    const first = this.#gain(this.#whole(one.at), other.at, 1);
    const second = this.#gain(this.#whole(other.at), one.at, 1);
    if (Math.min(first, second) < MIN_GAIN || first * second < MIN_PROOF) return false;
    return this.#endsThere(one.at, other.at);
  }

  /** Whether the bytes before and after the two blocks fit where they are, and would not in the other place. */
  #endsThere(one: number, other: number): boolean {
    const [before, after] = this.#gainBeside(one, other);
    const [otherBefore, otherAfter] = this.#gainBeside(other, one);
    return (
      Math.max(before, after, otherBefore, otherAfter) <= 1 &&
      Math.min(before, otherBefore) <= MAX_GAIN_BESIDE &&
      Math.min(after, otherAfter) <= MAX_GAIN_BESIDE
    );
  }

  /** The differences of all bytes of the edges. */
  #whole(at: number): Misfit {
    return { at, edges: this.#edges(at, at, 1), around: this.#around(at, 1), misfit: 0 };
  }

  /** How many times better other content fits in a place, reduced when it fits worse than the rows around. */
  #gain({ at, edges, around }: Misfit, from: number, step: number): number {
    this.#work.spend((2 * this.#edge) / step);
    const others = this.#edges(at, from, step);
    return ratio(edges, others) * Math.min(1, ...around.map((edge, i) => quotient(edge, others[i] ?? 0)));
  }

  /** The difference of the content of a block from the rows above and below the block at `at`. */
  #edges(at: number, from: number, step: number): Edges {
    const last = this.#size - this.#edge;
    return [
      this.#difference(from + GARBLED, at + GARBLED - this.#row, this.#edge, step),
      this.#difference(from + last, at + last + this.#row, this.#edge, step),
    ];
  }

  /** The difference of the two rows above a block, and of the two below. */
  #around(at: number, step: number): Edges {
    const above = at + GARBLED - this.#row;
    const below = at + this.#size - this.#edge + this.#row;
    return [
      this.#difference(above, above - this.#row, this.#edge, step),
      this.#difference(below, below + this.#row, this.#edge, step),
    ];
  }

  /** How many times better the bytes before and after another block would fit beside this one than its own. */
  #gainBeside(at: number, from: number): Edges {
    const gainAt = (shift: number, row: number): number => {
      const beside = at + shift + row;
      const is = this.#difference(at + shift, beside, BESIDE, 1);
      return quotient(is, this.#difference(from + shift, beside, BESIDE, 1));
    };
    return [gainAt(-BESIDE, -this.#row), gainAt(this.#size + GARBLED, this.#row)];
  }

  /** The mean difference of the bytes at two offsets; BIT for each bit when a byte holds several samples. */
  #difference(one: number, other: number, length: number, step: number): number {
    const samples = this.#samples;
    let sum = 0;
    if (this.#isPacked) {
      for (let i = 0; i < length; i += step)
        sum += BIT * onesIn((samples[one + i] ?? 0) ^ (samples[other + i] ?? 0));
    } else {
      for (let i = 0; i < length; i += step)
        sum += Math.abs((samples[one + i] ?? 0) - (samples[other + i] ?? 0));
    }
    return sum / Math.ceil(length / step);
  }
}

function quotient(higher: number, lower: number): number {
  return (higher + GRAIN) / (lower + GRAIN);
}

/** How many times higher the differences at both edges are than others: the geometric mean. */
function ratio(higher: Edges, lower: Edges): number {
  return Math.sqrt(quotient(higher[0], lower[0]) * quotient(higher[1], lower[1]));
}
