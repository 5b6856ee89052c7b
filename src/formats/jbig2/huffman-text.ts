import { NotDecoded } from '../content.ts';
import type { Bitmap } from './bitmap.ts';
import { CodedData } from './coded-data.ts';
import { type Bits, HuffmanTable } from './huffman.ts';
import { refine, type Refinement } from './refinement.ts';
import type { SegmentData } from './segment-data.ts';
import { damaged, type TextCoder } from './text-region.ts';

/** The tables of a text region (ITU-T T.88, 7.4.3.1.2). */
export interface TextTables {
  readonly first: HuffmanTable;
  readonly next: HuffmanTable;
  readonly strip: HuffmanTable;
  readonly width: HuffmanTable;
  readonly height: HuffmanTable;
  readonly x: HuffmanTable;
  readonly y: HuffmanTable;
  /** Bytes of a refined bitmap. */
  readonly size: HuffmanTable;
}

/** The next value, where OOB is not allowed. */
export function value(table: HuffmanTable, bits: Bits): number {
  return table.read(bits) ?? damaged();
}

/** The values of text in Huffman codes. */
export class HuffmanText implements TextCoder {
  readonly #data: SegmentData;
  readonly #bits: Bits;
  readonly #tables: TextTables;
  readonly #rowBits: number;
  readonly #readId: () => number;

  /** @param rowBits bits of the row in a strip */
  constructor(data: SegmentData, bits: Bits, tables: TextTables, rowBits: number, readId: () => number) {
    this.#data = data;
    this.#bits = bits;
    this.#tables = tables;
    this.#rowBits = rowBits;
    this.#readId = readId;
  }

  strip(): number {
    return value(this.#tables.strip, this.#bits);
  }

  first(): number {
    return value(this.#tables.first, this.#bits);
  }

  next(): number | undefined {
    return this.#tables.next.read(this.#bits);
  }

  row(): number {
    return this.#bits.read(this.#rowBits);
  }

  id(): number {
    return this.#readId();
  }

  isRefined(): boolean {
    return this.#bits.read(1) === 1;
  }

  sizes(): readonly [width: number, height: number, x: number, y: number] {
    const width = value(this.#tables.width, this.#bits);
    const height = value(this.#tables.height, this.#bits);
    return [width, height, ...this.place()];
  }

  /** Where the old bitmap is in a refined one. */
  place(): readonly [x: number, y: number] {
    const x = value(this.#tables.x, this.#bits);
    return [x, value(this.#tables.y, this.#bits)];
  }

  /** Refined bitmaps are in arithmetic coding, in bytes of their own (6.4.11). */
  refine(refinement: Refinement, bitmap: Bitmap, old: Bitmap, dx: number, dy: number): void {
    const size = value(this.#tables.size, this.#bits);
    if (size < 0) damaged();
    const { bytes, work, bitmaps } = this.#data;
    const start = this.#bits.takeBytes(size);
    const coded = new CodedData(bytes, start, start + size, work, bitmaps);
    refine(coded, refinement, bitmap, old, dx, dy, false);
    coded.finish();
  }
}

/** The number of run codes, and the bits of the length of each (7.4.3.1.7). */
const RUN_CODES = 35;
const LENGTH_BITS = 4;
/** Run codes of more than one symbol: the bits of their number, and the least number. The first repeats a length. */
const REPEAT = 32;
const RUNS = [
  [2, 3],
  [3, 3],
  [7, 11],
] as const;
const UNITS_PER_SYMBOL = 40;
/** Bytes of memory for each symbol in the table. */
const LINE = 64;

/**
 * Reads the table of the numbers of symbols, and moves to the next byte.
 *
 * @throws Jbig2Damage
 * @throws NotDecoded
 * @throws OutOfWork
 */
export function readIdTable({ work, bitmaps }: SegmentData, bits: Bits, symbols: number): HuffmanTable {
  work.spend(UNITS_PER_SYMBOL * (RUN_CODES + symbols));
  bitmaps.hold(LINE * symbols);
  const runCodes = tableOf(Array.from({ length: RUN_CODES }, () => bits.read(LENGTH_BITS)));
  const lengths: number[] = [];
  while (lengths.length < symbols) {
    const code = value(runCodes, bits);
    const run = RUNS[code - REPEAT];
    if (run === undefined) {
      lengths.push(code);
      continue;
    }
    const count = bits.read(run[0]) + run[1];
    const length = code === REPEAT ? (lengths.at(-1) ?? damaged()) : 0;
    if (count > symbols - lengths.length) damaged();
    for (let i = 0; i < count; i++) lengths.push(length);
  }
  bits.takeBytes(0);
  return tableOf(lengths);
}

function tableOf(lengths: readonly number[]): HuffmanTable {
  return new HuffmanTable(lengths.map((prefix, low) => ({ prefix, range: 0, low, kind: 'value' }) as const));
}

/** The tables that flags select in turn: standard ones by their number, or those of the document. */
export class TableChoice {
  readonly #own: HuffmanTable[];

  /** @param own the tables of the document, in the order of their use */
  constructor(own: readonly HuffmanTable[]) {
    this.#own = [...own];
  }

  /** @throws NotDecoded when there is no such table */
  take(selected: number, standard: readonly HuffmanTable[]): HuffmanTable {
    const table = standard[selected] ?? this.#own.shift();
    if (table === undefined) throw new NotDecoded('jbig2');
    return table;
  }
}
