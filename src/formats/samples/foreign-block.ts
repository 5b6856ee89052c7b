import { onesIn } from '../bits.ts';
import { SECTOR, sectorFrom } from '../sectors.ts';
import type { Work } from '../work.ts';
import type { Layout } from './noise.ts';
import { evidenceOfRise, MAX_VALUE } from './rise.ts';

/** Bytes of the blocks: sectors of a disk, blocks of a file system, and pages of memory. */
const SIZES: readonly number[] = [SECTOR, 2 * SECTOR, 4 * SECTOR, 8 * SECTOR, 16 * SECTOR];
/** The numbers of bytes on each side of an edge that are compared. */
const MAX_SIDE = 128;
const MIN_SIDE = 32;
/** The maximum number of bytes before and behind a block within a row that are compared with it. */
const BESIDE = 512;
/** An edge so close to the start of a row can belong to something as wide as the picture. */
const MARGIN = 16;
/** The misfit that each bit makes when a byte holds several samples. */
const BIT = 16;

/** The minimum ratio of the misfits on the two sides of an edge, and what is added to both. */
const MIN_RATIO = 1.2;
const GRAIN = 3;
/** The minimum evidence of both ends of a block within a row. Each end gives 5.5 at most. */
const MIN_EVIDENCE_IN_ROW = 9.5;
/** The maximum ratio of the difference of the rows above and below such a block to its own misfit. */
const MAX_DISAGREEMENT = 0.7;
const MAX_MISFIT_BESIDE = 1 / 3;
/** The minimum evidence of both ends of a block that has no rows. */
const MIN_EVIDENCE_OF_ENDS = 9;
/** The minimum evidence of the four edges of a block that has rows, and of two of them in the same columns. */
const MIN_EVIDENCE_OF_SEAMS = 13;
const MIN_EVIDENCE_OF_SEAM = 3;

/** Units of work for each byte, for each pair of a sector and a size, and for the evidence of an edge. */
const COST = 0.5;
const COST_OF_SIZE = 256;
const COST_OF_EDGE = 1024;

/**
 * Offset of a block in the samples of an image that belongs to another place or another file, or -1. It does not fit
 * between the rows above and below it, and this starts and ends sharply where the block does:
 *
 * - A block within a row differs from both rows, which agree with each other; what is beside it does not.
 * - The first bytes of a longer block differ from the row above it for the length of a row, and so do the bytes behind
 *   it. The rows of the block fit together, or none of its bytes fits the one above.
 *
 * In an intact image, lines, edges and textures start and end anywhere.
 *
 * @throws OutOfWork
 */
export function findForeignBlock(samples: Uint8Array, layout: Layout, work: Work): number {
  return new Blocks(samples, layout, work).findForeign();
}

class Blocks {
  readonly #samples: Uint8Array;
  readonly #layout: Layout;
  readonly #row: number;
  readonly #isPacked: boolean;
  readonly #work: Work;
  readonly #window = new Uint8Array(2 * MAX_SIDE);

  constructor(samples: Uint8Array, layout: Layout, work: Work) {
    this.#samples = samples;
    this.#layout = layout;
    this.#row = layout.row;
    this.#isPacked = layout.distance === 0;
    this.#work = work;
  }

  findForeign(): number {
    const { origin } = this.#layout;
    const row = this.#row;
    const side = Math.min(MAX_SIDE, Math.floor(row / 2));
    const isLong = (size: number): boolean => size > row;
    const sizes = SIZES.filter((size) => Math.abs(row - size) >= MIN_SIDE);
    const kinds = [sizes.filter((size) => !isLong(size)), sizes.filter(isLong)].filter(
      (kind) => kind.length > 0,
    );
    if (side < MIN_SIDE || kinds.length === 0) return -1;
    const first = sectorFrom(origin + row + BESIDE) - origin;
    const last = this.#samples.length - row - BESIDE;
    this.#work.spend(kinds.length * COST * Math.max(0, last - first));
    for (let at = first; at < last; at += SECTOR) {
      if (this.#isAtMargin(at)) continue;
      for (const kind of kinds) {
        const isInRow = !isLong(kind[0] ?? 0);
        if (!this.#rises(at, 1, side, isInRow)) continue;
        for (const size of kind) if (this.#isForeign(at, at + size, size, isInRow)) return at;
      }
    }
    return -1;
  }

  #isAtMargin(at: number): boolean {
    return (at + MARGIN) % this.#row < 2 * MARGIN;
  }

  #isForeign(start: number, end: number, size: number, isInRow: boolean): boolean {
    const side = Math.floor(Math.min(MAX_SIDE, this.#row / 2, Math.abs(this.#row - size)));
    if (end + this.#row + BESIDE > this.#samples.length || this.#isAtMargin(end)) return false;
    this.#work.spend(COST_OF_SIZE);
    return isInRow ? this.#isForeignInRow(start, end, side) : this.#isForeignInRows(start, end, side);
  }

  #isForeignInRow(start: number, end: number, side: number): boolean {
    if (!this.#rises(end, -1, side, true)) return false;
    const evidence = this.#evidence(start, 1, side, true) + this.#evidence(end, -1, side, true);
    if (evidence < MIN_EVIDENCE_IN_ROW) return false;
    this.#work.spend(end - start + 2 * BESIDE);
    const misfit = this.#mean(start, end, true);
    const disagreement = this.#mean(start + this.#row, end + this.#row, false, 2 * this.#row);
    const beside = Math.min(BESIDE, this.#row - (end - start));
    return (
      disagreement <= MAX_DISAGREEMENT * misfit &&
      this.#mean(start - beside, start, true) <= MAX_MISFIT_BESIDE * misfit &&
      this.#mean(end, end + beside, true) <= MAX_MISFIT_BESIDE * misfit
    );
  }

  #isForeignInRows(start: number, end: number, side: number): boolean {
    const last = end + this.#row;
    if (!this.#rises(last, -1, side, false)) return false;
    const starts = this.#evidence(start, 1, side, false);
    const ends = this.#evidence(last, -1, side, false);
    if (starts + ends >= MIN_EVIDENCE_OF_ENDS && this.#hasNoRows(start, last, side)) return true;
    const above = starts + this.#evidence(start + this.#row, -1, side, false);
    const below = ends + this.#evidence(end, 1, side, false);
    return Math.min(above, below) >= MIN_EVIDENCE_OF_SEAM && above + below >= MIN_EVIDENCE_OF_SEAMS;
  }

  /** Whether all parts of a block and of the row below differ from the row above, and more than the bytes beside do. */
  #hasNoRows(start: number, last: number, side: number): boolean {
    this.#work.spend(2 * (last - start));
    const before = this.#mean(start - side, start, false);
    const behind = this.#mean(last, last + side, false);
    const half = this.#mean(start, last, false) / 2;
    const limit = Math.max(MIN_RATIO * (Math.max(before, behind) + GRAIN), half + GRAIN);
    for (let at = start; at + side <= last; at += side)
      if (this.#mean(at, at + side, false) + GRAIN < limit) return false;
    return true;
  }

  /** Whether the misfit is higher behind an offset, or with the direction -1 before it, than on the other side. */
  #rises(at: number, direction: number, side: number, isInRow: boolean): boolean {
    const before = GRAIN + this.#mean(at - side, at, isInRow);
    const behind = GRAIN + this.#mean(at, at + side, isInRow);
    return direction > 0 ? behind > MIN_RATIO * before : before > MIN_RATIO * behind;
  }

  #evidence(at: number, direction: number, side: number, isInRow: boolean): number {
    this.#work.spend(COST_OF_EDGE);
    const first = direction > 0 ? at - side : at + side - 1;
    const window = this.#window.subarray(0, 2 * side);
    for (let i = 0; i < 2 * side; i++) window[i] = this.#misfit(first + direction * i, isInRow, this.#row);
    return evidenceOfRise(window);
  }

  #mean(start: number, end: number, isInRow: boolean, distance = this.#row): number {
    const samples = this.#samples;
    let sum = 0;
    if (this.#isPacked || isInRow) {
      for (let at = start; at < end; at++) sum += this.#misfit(at, isInRow, distance);
    } else {
      // This takes half the time for most bytes of most images.
      for (let at = start; at < end; at++)
        sum += Math.min(MAX_VALUE, Math.abs((samples[at] ?? 0) - (samples[at - distance] ?? 0)));
    }
    return sum / (end - start);
  }

  /** The difference of a byte from the one `distance` before, or how far it is beyond those above and below. */
  #misfit(at: number, isInRow: boolean, distance: number): number {
    const samples = this.#samples;
    const value = samples[at] ?? 0;
    const above = samples[at - distance] ?? 0;
    const below = isInRow ? (samples[at + distance] ?? 0) : above;
    if (this.#isPacked) return Math.min(MAX_VALUE, BIT * onesIn((value ^ above) & (value ^ below)));
    const low = above < below ? above : below;
    const misfit = value < low ? low - value : value - (above + below - low);
    return misfit < 0 ? 0 : misfit > MAX_VALUE ? MAX_VALUE : misfit;
  }
}
