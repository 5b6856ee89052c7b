import { JpegDamage } from './damage.ts';
import type { RowEdges } from './edges.ts';
import type { EntropyBits } from './entropy-bits.ts';
import * as huffman from './huffman.ts';
import type { HuffmanTable } from './huffman.ts';
import * as joinedCodes from './joined.ts';
import { ZIGZAG } from './range.ts';
import type { SampleRange } from './range.ts';

// V8 reads imported constants each time that they are used, which would slow the loops down by a tenth.
const { END_OF_BAND, ENTRY_BITS, ENTRY_SHIFT, IMPOSSIBLE, NUMBER, SIZE_SHIFT, extend } = huffman;
const { COEFFICIENTS, DIFFERENCE_SHIFT, ENDS_BLOCK, FIRST_SHIFT, INDEX_SHIFT, JOINED_SHIFT } = joinedCodes;
const { NOT_JOINED, NUMBERS, NUMBER_SHIFT, SECOND_SHIFT, SKIP, STEPS, VALUE_SHIFT, valueOf } = joinedCodes;

const POSITIONS = Uint8Array.from(ZIGZAG);

/** The bits of a place that are the index of a coefficient. */
const INDEX = -1 << INDEX_SHIFT;
const LAST_INDEX = (COEFFICIENTS - 1) << INDEX_SHIFT;
/** The share of the limit above which a DC coefficient is mostly that of paper, whose block is surely inside. */
const NEAR = 7 / 8;

/** The state of one component during a scan that has the first bits of DC. */
export class Reading {
  readonly dc: HuffmanTable;
  /** Undefined in a progressive image. */
  readonly ac: HuffmanTable | undefined;
  readonly range: SampleRange;
  /** The maximum of the prediction. A greater one is outside the range of the samples. */
  readonly maxDc: number;
  /** As `ac`, but undefined while blocks are near the limits of the range, so that `readNear` reads them. */
  plainAc: HuffmanTable | undefined;
  prediction = 0;
  /** The edges between rows of MCUs, and the number of blocks up to the next one to add to them. */
  edges: RowEdges | undefined;
  untilEdge = 0;
  joinedDc: Int32Array = NOT_JOINED;
  joinedAc: Int32Array = NOT_JOINED;
  /** The AC code and the value of the coefficient in the next JOINED_BITS bits. 0 when they need more bits. */
  values: Int32Array = NOT_JOINED;

  constructor(dc: HuffmanTable, ac: HuffmanTable | undefined, range: SampleRange, maxDc: number) {
    this.dc = dc;
    this.ac = ac;
    this.plainAc = ac;
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
    this.joinedDc = other?.joinedDc ?? joinedCodes.joinDc(this.dc, this.ac);
    if (this.ac !== undefined) this.joinedAc = other?.joinedAc ?? joinedCodes.joinAc(this.ac);
  }
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
      if (ac !== undefined) {
        const { plainAc } = reading;
        bit = plainAc === undefined ? readNear(bits, bit, reading, ac) : readAc(bits, bit, reading, plainAc);
      }
      if (bit > end) return false;
      if (--reading.untilEdge === 0) reading.untilEdge = reading.edges?.add(view, start, prediction, ac) ?? 0;
    }
  }
  bits.bit = bit;
  return true;
}

/**
 * Reads the AC coefficients of a block, with their values once it may have samples outside. Returns the position after
 * them.
 */
function readAc(bits: EntropyBits, start: number, reading: Reading, table: HuffmanTable): number {
  const { view } = bits;
  const { joinedAc, range } = reading;
  const { limit, weights } = range;
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
  } while (index < LAST_INDEX && sum <= limit);
  if (sum > limit) {
    bit = readSamples(bits, start, reading, table);
    if (bit < 0) throw corrupt(bits);
  }
  return bit;
}

/**
 * Reads the AC coefficients of a block after one that had samples outside: most likely this block needs its samples as
 * well, which `readAc` would find out only by reading it once more. Returns the position after them.
 */
function readNear(bits: EntropyBits, start: number, reading: Reading, table: HuffmanTable): number {
  const { prediction, range } = reading;
  if (Math.abs(prediction) * range.dcWeight < NEAR * range.limit) {
    const bit = readSamples(bits, start, reading, table);
    if (bit >= 0) return bit;
  }
  return readAc(bits, start, reading, table);
}

/**
 * Reads the AC coefficients of a block with their values, and adds the block to the range of samples. Returns the
 * position after them, or -1 when the codes are damaged or the samples too far outside.
 */
function readSamples(bits: EntropyBits, start: number, reading: Reading, table: HuffmanTable): number {
  if (reading.values === NOT_JOINED && reading.joinedAc !== NOT_JOINED)
    reading.values = joinedCodes.joinValues(table);
  const { view } = bits;
  const { values, range } = reading;
  const { factors, samples } = range;
  let bit = start;
  let index = 0;
  samples[0] = reading.prediction * (factors[0] ?? 0);
  for (;;) {
    let entry = 0;
    // The rare cases are outside of this loop, so that V8 keeps its state in registers.
    while (index < COEFFICIENTS - 1) {
      entry = values[(view.getUint32(bit >>> 3) << (bit & 7)) >>> JOINED_SHIFT] ?? 0;
      index += (entry >>> NUMBER_SHIFT) & NUMBERS;
      if (entry === 0 || index >= COEFFICIENTS) break;
      bit += entry & SKIP;
      samples[POSITIONS[index] ?? 0] = (entry >> VALUE_SHIFT) * (factors[index] ?? 0);
    }
    if (index >= COEFFICIENTS - 1) {
      if (index >= COEFFICIENTS) bit += entry & SKIP;
      break;
    }
    const code = table.entryOf(view.getUint32(bit >>> 3) << (bit & 7));
    const from = bit + (code & ENTRY_BITS) - (code >>> SIZE_SHIFT);
    entry = valueOf(code, view.getUint32(from >>> 3) << (from & 7));
    bit += entry & SKIP;
    index += (entry >>> NUMBER_SHIFT) & NUMBERS;
    if (index >= COEFFICIENTS) break;
    samples[POSITIONS[index] ?? 0] = (entry >> VALUE_SHIFT) * (factors[index] ?? 0);
  }
  const isSound = index < COEFFICIENTS || index >= END_OF_BAND;
  if (isSound && bit <= bits.end) {
    bits.spendOnSamples();
    const isSoundToo = range.add();
    reading.plainAc = range.isNear ? undefined : reading.ac;
    return isSoundToo ? bit : -1;
  }
  samples.fill(0);
  return isSound ? bit : -1;
}

function corrupt(bits: EntropyBits): JpegDamage {
  return new JpegDamage('image-data-corrupt', bits.next);
}
