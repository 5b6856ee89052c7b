import { JpegDamage } from './damage.ts';
import type { RowEdges } from './edges.ts';
import type { EntropyBits } from './entropy-bits.ts';
import * as huffman from './huffman.ts';
import type { HuffmanTable } from './huffman.ts';
import type { SampleRange } from './range.ts';

// V8 reads imported constants each time that they are used, which would slow the loops down by a tenth.
const { END_OF_BAND, ENTRY_BITS, ENTRY_SHIFT, IMPOSSIBLE, NUMBER, SIZE_SHIFT, extend } = huffman;

/** Bits of the data that choose an entry of a joined table. */
const JOINED_BITS = 12;
const JOINED_SHIFT = 32 - JOINED_BITS;
/** In a joined entry: the number of bits to skip. */
const SKIP = 31;
/** Set in a joined entry whose last code ends the block. */
const ENDS_BLOCK = 32;
/** From this bit of a joined DC entry on: the difference, signed. */
const DIFFERENCE_SHIFT = 8;
/** From these bits of a joined AC entry on: the steps of the first and of the second code, see `joinAc`. */
const FIRST_SHIFT = 8;
const SECOND_SHIFT = 17;
const STEPS = 511;

/** A place is 16 times the index of a coefficient, plus the size of its value. */
const INDEX = -16;
const INDEX_SHIFT = 4;
const LAST_INDEX = 63 << INDEX_SHIFT;

/** Stands for a joined table that is not worth its cost. */
const NOT_JOINED = new Int32Array(1 << JOINED_BITS);

/** The state of one component during a scan that has the first bits of DC. */
export class Reading {
  readonly dc: HuffmanTable;
  /** Undefined in a progressive image. */
  readonly ac: HuffmanTable | undefined;
  readonly range: SampleRange;
  /** The maximum of the prediction. A greater one is outside the range of the samples. */
  readonly maxDc: number;
  prediction = 0;
  /** The edges between rows of MCUs, and the number of blocks up to the next one to add to them. */
  edges: RowEdges | undefined;
  untilEdge = 0;
  joinedDc: Int32Array = NOT_JOINED;
  joinedAc: Int32Array = NOT_JOINED;

  constructor(dc: HuffmanTable, ac: HuffmanTable | undefined, range: SampleRange, maxDc: number) {
    this.dc = dc;
    this.ac = ac;
    this.range = range;
    this.maxDc = maxDc;
  }

  /** Compares rows, in a scan without restart intervals. */
  compare(edges: RowEdges): void {
    this.edges = edges;
    this.untilEdge = 1;
  }

  /**
   * Joins the codes, or takes them from a reading of the same tables. It makes blocks up to three times cheaper and costs
   * as much as some thousand blocks.
   */
  join(others: readonly Reading[]): void {
    const other = others.find(({ dc, ac }) => dc === this.dc && ac === this.ac);
    this.joinedDc = other?.joinedDc ?? joinDc(this.dc, this.ac);
    if (this.ac !== undefined) this.joinedAc = other?.joinedAc ?? joinAc(this.ac);
  }
}

/**
 * The DC code and difference in the next JOINED_BITS bits, and the end of the block if it follows at once. 0 when they
 * need more bits.
 */
function joinDc(dc: HuffmanTable, ac: HuffmanTable | undefined): Int32Array {
  const joined = new Int32Array(1 << JOINED_BITS);
  for (let value = 0; value < joined.length; value++) {
    const word = value << JOINED_SHIFT;
    const entry = dc.entryOf(word);
    const length = entry & ENTRY_BITS;
    const size = entry >>> ENTRY_SHIFT;
    let skip = length + size;
    if (size >= IMPOSSIBLE || skip > JOINED_BITS) continue;
    const difference = extend(((word << length) >>> 1) >>> (31 - size), size);
    const next = skip < JOINED_BITS && ac !== undefined ? ac.entryOf(word << skip) : 0;
    const isEnd =
      next >>> ENTRY_SHIFT === END_OF_BAND && skip + (next & ENTRY_BITS) <= JOINED_BITS ? ENDS_BLOCK : 0;
    if (isEnd !== 0) skip += next & ENTRY_BITS;
    joined[value] = (difference << DIFFERENCE_SHIFT) | isEnd | skip;
  }
  return joined;
}

/**
 * The AC codes at the start of the next JOINED_BITS bits: one or two, and the end of the block if it follows. The steps
 * of a code lead from the index of a coefficient to the place of the next one. Values are skipped, so that the last may
 * exceed these bits. 0 when there is no complete code.
 */
function joinAc(table: HuffmanTable): Int32Array {
  const joined = new Int32Array(1 << JOINED_BITS);
  for (let value = 0; value < joined.length; value++) {
    let skip = 0;
    let codes = 0;
    for (let count = 0; skip < JOINED_BITS && (codes & ENDS_BLOCK) === 0; count++) {
      const entry = table.entryOf(value << (JOINED_SHIFT + skip));
      const number = (entry >>> ENTRY_SHIFT) & NUMBER;
      const size = entry >>> SIZE_SHIFT;
      const bits = entry & ENTRY_BITS;
      if (number >= IMPOSSIBLE || skip + bits - size > JOINED_BITS || skip + bits > SKIP) break;
      if (number >= END_OF_BAND) codes |= ENDS_BLOCK;
      else if (count < 2)
        codes |= ((number << INDEX_SHIFT) | size) << (count === 0 ? FIRST_SHIFT : SECOND_SHIFT);
      else break;
      skip += bits;
    }
    joined[value] = codes | skip;
  }
  return joined;
}

/**
 * Reads MCUs (F.2.2), each with one block for each of these readings.
 *
 * @returns false when the data end before
 * @throws JpegDamage image-data-corrupt
 * @throws OutOfWork
 */
export function readMcus(bits: EntropyBits, mcu: readonly Reading[], count: number): boolean {
  const { view } = bits;
  let { bit, due, end } = bits;
  for (const reading of mcu) reading.prediction = 0;
  for (let i = 0; i < count; i++) {
    for (const reading of mcu) {
      if (bit >= due) {
        bits.bit = bit;
        bits.fill();
        ({ bit, due, end } = bits);
      }
      const next = view.getUint32(bit >>> 3) << (bit & 7);
      const joined = reading.joinedDc[next >>> JOINED_SHIFT] ?? 0;
      let { prediction } = reading;
      if (joined === 0) {
        const entry = reading.dc.entryOf(next);
        const size = entry >>> ENTRY_SHIFT;
        if (size >= IMPOSSIBLE) throw corrupt(bits);
        bit += entry & ENTRY_BITS;
        // In two steps, because a size may be 0.
        const value = ((view.getUint32(bit >>> 3) << (bit & 7)) >>> 1) >>> (31 - size);
        prediction += extend(value, size);
        bit += size;
      } else {
        prediction += joined >> DIFFERENCE_SHIFT;
        bit += joined & SKIP;
      }
      if (prediction > reading.maxDc || prediction < -reading.maxDc) throw corrupt(bits);
      reading.prediction = prediction;
      const start = bit;
      const ac = (joined & ENDS_BLOCK) === 0 ? reading.ac : undefined;
      if (ac !== undefined) bit = readAc(bits, bit, reading, ac);
      if (bit > end) return false;
      if (--reading.untilEdge === 0) reading.untilEdge = reading.edges?.add(view, start, prediction, ac) ?? 0;
    }
  }
  bits.bit = bit;
  return true;
}

/** Reads the AC coefficients of a block. Returns the position after them. */
function readAc(bits: EntropyBits, start: number, reading: Reading, table: HuffmanTable): number {
  const { view } = bits;
  const { joinedAc, range } = reading;
  const { weights } = range;
  let bit = start;
  let index = 0;
  let sum = Math.abs(reading.prediction) * range.dcWeight;
  do {
    const next = view.getUint32(bit >>> 3) << (bit & 7);
    const joined = joinedAc[next >>> JOINED_SHIFT] ?? 0;
    const first = index + ((joined >>> FIRST_SHIFT) & STEPS);
    const second = (first & INDEX) + (joined >>> SECOND_SHIFT);
    // Codes after the last coefficient belong to the next block.
    if (joined !== 0 && second < LAST_INDEX) {
      sum += (weights[first] ?? 0) + (weights[second] ?? 0);
      bit += joined & SKIP;
      if ((joined & ENDS_BLOCK) !== 0) break;
      index = second & INDEX;
      continue;
    }
    const entry = table.entryOf(next);
    bit += entry & ENTRY_BITS;
    const advance = (entry >>> ENTRY_SHIFT) & NUMBER;
    if (advance >= END_OF_BAND) {
      if (advance >= IMPOSSIBLE) throw corrupt(bits);
      break;
    }
    index += advance << INDEX_SHIFT;
    if (index > LAST_INDEX) throw corrupt(bits);
    sum += weights[index | (entry >>> SIZE_SHIFT)] ?? 0;
  } while (index < LAST_INDEX);
  if (sum > range.limit && bit <= bits.end) {
    bits.spendOnSamples();
    if (!range.add(view, start, reading.prediction, table)) throw corrupt(bits);
  }
  return bit;
}

function corrupt(bits: EntropyBits): JpegDamage {
  return new JpegDamage('image-data-corrupt', bits.next);
}
