import type { Content } from '../content.ts';
import type { Work } from '../work.ts';
import {
  FIRST_MAKE_UP,
  LENGTH_MASK,
  MODE_BITS,
  MODES,
  PASS,
  RUN_BITS,
  RUN_SHIFT,
  RUNS,
  VERTICAL,
} from './codes.ts';

/** The parameters of CCITTFaxDecode (ISO 32000-2, Table 11) that say how the data are coded. */
export interface CcittParameters {
  /** Negative for T.6, 0 for one-dimensional T.4, positive for two-dimensional T.4. */
  readonly k: number;
  /** Pixels per row. */
  readonly columns: number;
  /** Rows of the image; 0 when the data determine the number. */
  readonly rows: number;
  readonly endOfLine: boolean;
  readonly encodedByteAlign: boolean;
  /** How many rows of T.4 data may be damaged. The next end-of-line pattern marks the start of the next row. */
  readonly damagedRowsBeforeError: number;
}

/** The end-of-line pattern: at least eleven zeros, then a one. */
const END_OF_LINE_ZEROS = 11;
const UNITS_PER_ROW = 10;
const UNITS_PER_BIT = 2;
/** Zero bytes after the data, so that a read of 32 bits stays in the buffer. */
const SLACK = 8;

/**
 * Checks the data of CCITTFaxDecode (ITU-T T.4, T.6): the runs decode to exactly the rows of the image, with `columns`
 * pixels each. The end-of-block pattern is optional, and data after it are ignored, as in PDF readers. The extension
 * for uncompressed pixels is damage, because PDF readers do not support it.
 *
 * @throws OutOfWork
 */
export function checkCcitt(data: Uint8Array, parameters: CcittParameters, work: Work): Content {
  if (!(parameters.columns >= 1)) return { kind: 'damaged', at: 0 };
  const reader = new Rows(data, parameters, work);
  return reader.areWhole() ? { kind: 'whole' } : { kind: 'damaged', at: reader.at };
}

class Rows {
  readonly #parameters: CcittParameters;
  readonly #work: Work;
  readonly #view: DataView;
  readonly #end: number;
  #bit = 0;
  /** Columns of the colour changes in the current row and the row above, with the row width as end mark. */
  #changes: Uint32Array;
  #above: Uint32Array;

  constructor(data: Uint8Array, parameters: CcittParameters, work: Work) {
    this.#parameters = parameters;
    this.#work = work;
    const padded = new Uint8Array(data.length + SLACK);
    padded.set(data);
    this.#view = new DataView(padded.buffer);
    this.#end = 8 * data.length;
    // Each change takes at least one bit.
    const changes = Math.min(parameters.columns, this.#end) + 8;
    this.#changes = new Uint32Array(changes);
    this.#above = new Uint32Array(changes).fill(parameters.columns, 0, 3);
  }

  /** Offset in the data of the last byte that was read. */
  get at(): number {
    return Math.min(this.#bit, this.#end) >>> 3;
  }

  areWhole(): boolean {
    const { rows, k, damagedRowsBeforeError } = this.#parameters;
    let tolerated = k < 0 ? 0 : damagedRowsBeforeError;
    for (let row = 0; rows === 0 || row < rows; row++) {
      const start = this.#findRow(row > 0);
      if (start !== 'row') return start === 'end' && rows === 0 && row > 0;
      const begin = this.#bit;
      const isWhole = this.#readRow() && this.#bit <= this.#end;
      this.#work.spend(UNITS_PER_ROW + UNITS_PER_BIT * (this.#bit - begin));
      if (isWhole) [this.#changes, this.#above] = [this.#above, this.#changes];
      else if (tolerated-- <= 0 || !this.#seekEndOfLine()) return false;
    }
    return this.#zeros() >= END_OF_LINE_ZEROS || this.#isRestPadding();
  }

  /** Moves to the start of a row: after the end-of-line pattern, or to the next byte when rows are aligned. */
  #findRow(hasRowBefore: boolean): 'row' | 'end' | 'nothing' {
    const { k, rows, endOfLine, encodedByteAlign } = this.#parameters;
    if (this.#bit + this.#zeros() >= this.#end) return 'end';
    if (rows === 0 && hasRowBefore && this.#isRestPadding()) return 'end';
    if (encodedByteAlign && (!endOfLine || k < 0) && !this.#align()) return 'nothing';
    const zeros = this.#zeros();
    if (zeros < END_OF_LINE_ZEROS) return endOfLine && hasRowBefore && k >= 0 ? 'nothing' : 'row';
    // T.6 has this pattern only at the end, twice. T.4 has it six times at the end.
    if (k < 0) return 'end';
    this.#bit += zeros + 1;
    const tag = k > 0 ? 1 : 0;
    return hasRowBefore && this.#zerosFrom(this.#bit + tag) >= END_OF_LINE_ZEROS ? 'end' : 'row';
  }

  /** Moves to the next byte; false unless only zero bits are skipped. */
  #align(): boolean {
    const fill = -this.#bit & 7;
    const isFilled = this.#zeros() >= fill;
    this.#bit += fill;
    return isFilled;
  }

  #readRow(): boolean {
    const { k } = this.#parameters;
    if (k < 0) return this.#readRow2d();
    if (k === 0) return this.#readRow1d();
    const is1d = this.#next() < 0;
    this.#bit++;
    return is1d ? this.#readRow1d() : this.#readRow2d();
  }

  /** T.4, 4.1: alternating white and black runs. */
  #readRow1d(): boolean {
    const { columns } = this.#parameters;
    const changes = this.#changes;
    let count = 0;
    for (let at = 0, colour = 0; at < columns; colour ^= 1) {
      const run = this.#readRun(colour);
      at += run;
      if (run < 0 || at > columns || count + 5 >= changes.length) return false;
      changes[count++] = at;
    }
    changes.fill(columns, count, count + 3);
    return true;
  }

  /** T.6, 2.2: colour changes are coded relative to those of the row above. */
  #readRow2d(): boolean {
    const { columns } = this.#parameters;
    const changes = this.#changes;
    const above = this.#above;
    let count = 0;
    // Index of the next change in the row above to the opposite colour. Changes to black have even indexes.
    let index = 0;
    for (let at = -1, colour = 0; at < columns;) {
      while ((above[index] ?? columns) <= at) index += 2;
      const change = above[index] ?? columns;
      const entry = MODES[this.#next() >>> (32 - MODE_BITS)] ?? 0;
      const mode = entry >>> RUN_SHIFT;
      this.#bit += entry & LENGTH_MASK;
      if (entry === 0 || count + 5 >= changes.length) return false;
      if (mode <= 2 * VERTICAL) {
        const to = change + mode - VERTICAL;
        if (to <= at || to > columns) return false;
        changes[count++] = at = to;
        colour ^= 1;
        index += index > 0 ? -1 : 1;
      } else if (mode === PASS) {
        at = above[index + 1] ?? columns;
        if (at >= columns) return false;
      } else {
        const first = this.#readRun(colour);
        const second = first < 0 ? -1 : this.#readRun(colour ^ 1);
        const from = Math.max(at, 0) + first;
        at = from + second;
        if (second < 0 || at > columns) return false;
        changes[count++] = from;
        changes[count++] = at;
      }
    }
    changes.fill(columns, count, count + 3);
    return true;
  }

  /** The length of a run of this colour; -1 when there is no such code. */
  #readRun(colour: number): number {
    const runs = RUNS[colour === 0 ? 0 : 1];
    for (let run = 0; ;) {
      const entry = runs[this.#next() >>> (32 - RUN_BITS)] ?? 0;
      if (entry === 0 || this.#bit >= this.#end) return -1;
      this.#bit += entry & LENGTH_MASK;
      const part = entry >>> RUN_SHIFT;
      run += part;
      if (part < FIRST_MAKE_UP) return run;
    }
  }

  /** At least the next 25 bits, at the top of a 32-bit number. */
  #next(): number {
    const bit = Math.min(this.#bit, this.#end);
    return this.#view.getUint32(bit >>> 3) << (bit & 7);
  }

  /** The number of zeros from the current bit, at most to the end of the data. */
  #zeros(): number {
    return this.#zerosFrom(this.#bit);
  }

  #zerosFrom(start: number): number {
    let bit = start;
    while (bit < this.#end) {
      const zeros = Math.clz32(this.#view.getUint32(bit >>> 3) << (bit & 7));
      if (zeros < 25) return Math.min(bit + zeros, this.#end) - start;
      bit += 25;
    }
    return Math.max(this.#end - start, 0);
  }

  /** Moves to the next end-of-line pattern; false when there is none. */
  #seekEndOfLine(): boolean {
    const from = this.#bit;
    while (this.#bit < this.#end) {
      const zeros = this.#zeros();
      if (zeros >= END_OF_LINE_ZEROS && this.#bit + zeros < this.#end) break;
      this.#bit += zeros + 1;
    }
    this.#work.spend(UNITS_PER_BIT * (this.#bit - from));
    return this.#bit < this.#end;
  }

  /** Whether only zeros follow, or a line ending that the writer included in the length of the data. */
  #isRestPadding(): boolean {
    const byte = (this.#bit + 7) >>> 3;
    if (this.#zeros() < Math.min(8 * byte, this.#end) - this.#bit) return false;
    const end = this.#end >>> 3;
    let last = end;
    while (last > byte && end - last < 2 && isEndOfLine(this.#view.getUint8(last - 1))) last--;
    return this.#zerosFrom(8 * byte) >= 8 * (last - byte);
  }
}

function isEndOfLine(byte: number): boolean {
  return byte === 0x0a || byte === 0x0d;
}
