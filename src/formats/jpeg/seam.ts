import type { Work } from '../work.ts';
import type { RowEdges } from './edges.ts';

/**
 * A seam is judged by up to this many columns on each of the four sides of its start and its end, and at least FEWEST.
 * Columns count in which the change is at least CLEAR times the usual one; text, for example, hides it.
 */
const NEAR = 8;
const FEWEST = 4;
const CLEAR = 3;
/** The usual change of a column is the mean of this many rows, without the two greatest, which may be the seam. */
const ROWS_ABOVE = 3;
const ROWS_BELOW = 4;
const FEWEST_ROWS = 6;
/** A change of more than this many times the usual one says no more than this. */
const MOST = 6;
/** How much better a seam has to explain the changes on each side than none, in usual changes. */
const LEAST = 2.4;
/** A seam is looked for where the mean change along it is at least this, and at most OTHERS of it in the rest of its rows. */
const SUSPECT = 1.5;
const OTHERS = 0.5;
/** The least change of all samples that counts. */
const VISIBLE = 1.5;
/** The means of blocks change as their edges do, but for this share. At a line, they do not. */
const TOLERANCE = 0.5;

/** Measured units of work for a column of a row, and for a column of a place that is looked at. */
const UNITS_PER_COLUMN = 60;
const UNITS_PER_CHANGE = 40;

/**
 * Whether all samples after some block have changed by the same value. DC is coded as the difference to the block before
 * (F.1.1.5.1), so that a damaged one changes the samples up to the end of the scan. This leaves a seam of one row's
 * length: from the damaged block to the right along the upper edge of its row of MCUs, and on along that of the next row
 * up to the same column. In sound images, hardly any edge of a thing follows this line.
 *
 * @throws OutOfWork
 */
export function hasSeam(edges: RowEdges, work: Work): boolean {
  const { columns, rows } = edges;
  if (columns < 2 * FEWEST + 1 || rows < FEWEST_ROWS) return false;
  work.spend(UNITS_PER_COLUMN * columns * rows);
  const pair = new RowPair(edges);
  for (let row = 1; row < rows - 1; row++) {
    if (!pair.mayHaveSeam(row)) continue;
    pair.read(row);
    for (let column = FEWEST; column <= columns - FEWEST; column++) {
      if (!pair.isSuspect(column)) continue;
      work.spend(UNITS_PER_CHANGE * columns);
      if (pair.isSeam(column)) return true;
    }
  }
  return false;
}

/** The changes at the upper edges of two rows, one after the other as in the scan. */
class RowPair {
  readonly #edges: RowEdges;
  readonly #columns: number;
  /** The least change along a seam. */
  readonly #least: number;
  #row = 0;
  /** The usual change of each column. */
  readonly #usual: Float64Array;
  /** The sums of the changes of the columns before, each in usual changes and at most MOST. */
  readonly #sums: Float64Array;
  readonly #sorted: Float64Array;

  constructor(edges: RowEdges) {
    const { columns } = edges;
    this.#edges = edges;
    this.#columns = columns;
    this.#least = Math.max(VISIBLE, edges.step);
    this.#usual = new Float64Array(columns);
    this.#sums = new Float64Array(2 * columns + 1);
    this.#sorted = new Float64Array(columns);
  }

  /** Whether half of the changes along some line are great enough, and in the same direction, as `isSeam` requires. */
  mayHaveSeam(row: number): boolean {
    const { atEdge } = this.#edges;
    const columns = this.#columns;
    const from = row * columns;
    const least = this.#least;
    let up = 0;
    let down = 0;
    for (let i = from; i < from + 2 * columns; i++) {
      const change = atEdge[i] ?? 0;
      const before = i < from + columns ? 0 : (atEdge[i - columns] ?? 0);
      up += Number(change >= least) - Number(before >= least);
      down += Number(change <= -least) - Number(before <= -least);
      if (2 * up >= columns || 2 * down >= columns) return true;
    }
    return false;
  }

  read(row: number): void {
    const { atEdge, rows, step } = this.#edges;
    const columns = this.#columns;
    this.#row = row;
    const first = Math.max(1, row - ROWS_ABOVE);
    const last = Math.min(rows - 1, row + ROWS_BELOW);
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      let greatest = 0;
      let second = 0;
      for (let at = first * columns + column; at <= last * columns + column; at += columns) {
        const change = Math.abs(atEdge[at] ?? 0);
        sum += change;
        second = Math.max(second, Math.min(greatest, change));
        greatest = Math.max(greatest, change);
      }
      this.#usual[column] = Math.max((sum - greatest - second) / (last - first - 1), step / 2);
    }
    for (let i = 0, sum = 0; i < 2 * columns; i++) {
      const change = (atEdge[row * columns + i] ?? 0) / (this.#usual[i % columns] ?? 1);
      sum += Math.max(-MOST, Math.min(MOST, change));
      this.#sums[i + 1] = sum;
    }
  }

  /** Whether the changes are the greater ones from this column of the first row to the one before it in the second. */
  isSuspect(column: number): boolean {
    const sums = this.#sums;
    const columns = this.#columns;
    const along = (sums[column + columns] ?? 0) - (sums[column] ?? 0);
    const others = (sums[2 * columns] ?? 0) - along;
    return Math.abs(along) >= SUSPECT * columns && Math.abs(others) <= OTHERS * Math.abs(along);
  }

  isSeam(column: number): boolean {
    const { atEdge, ofMeans } = this.#edges;
    const columns = this.#columns;
    const end = column + columns;
    const from = this.#row * columns;
    const change = this.#median(atEdge, from + column);
    if (Math.abs(change) < this.#least) return false;
    const ofMean = this.#median(ofMeans, from + column);
    if (Math.abs(ofMean - change) > TOLERANCE * Math.abs(change)) return false;
    return (
      this.#nearGain(column, columns, change) >= LEAST &&
      -this.#nearGain(column - 1, -1, change) >= LEAST &&
      this.#nearGain(end - 1, columns - 1, change) >= LEAST &&
      -this.#nearGain(end, 2 * columns, change) >= LEAST
    );
  }

  /** How much better this change explains what is there than none, in usual changes. */
  #gain(at: number, change: number): number {
    const there = this.#edges.atEdge[this.#row * this.#columns + at] ?? 0;
    const usual = this.#usual[at % this.#columns] ?? 1;
    return Math.min(MOST, Math.abs(there) / usual) - Math.min(MOST, Math.abs(there - change) / usual);
  }

  /** The mean gain of the first columns, on the way to `to`, in which the change is clear. 0 when there are too few. */
  #nearGain(from: number, to: number, change: number): number {
    let count = 0;
    let sum = 0;
    for (let at = from; at !== to && count < NEAR; at += Math.sign(to - from)) {
      if ((this.#usual[at % this.#columns] ?? 1) * CLEAR > Math.abs(change)) continue;
      count++;
      sum += this.#gain(at, change);
    }
    return count < FEWEST ? 0 : sum / count;
  }

  /** The median of the changes from here on, as many as a row has. */
  #median(changes: Float32Array, from: number): number {
    const sorted = this.#sorted;
    sorted.set(changes.subarray(from, from + sorted.length));
    sorted.sort();
    return sorted[sorted.length >> 1] ?? 0;
  }
}
