import { onesIn } from '../bits.ts';
import { JpegDamage } from './damage.ts';
import type { EntropyBits } from './entropy-bits.ts';
import * as huffman from './huffman.ts';
import type { HuffmanTable } from './huffman.ts';

// V8 reads imported constants each time that they are used, which would slow the loops down by a tenth.
const FAST_SHIFT = 32 - huffman.FAST_BITS;
const { CODES_COEFFICIENT, END_OF_BAND, ENTRY_BITS, ENTRY_SHIFT, IMPOSSIBLE } = huffman;
const NO_HISTORY = new Uint32Array(0);

/** The coefficients from `first` to `last` as a bit mask of two words: 0 to 31, 32 to 63. */
function wordsOf(first: number, last: number): readonly [number, number] {
  let low = 0;
  let high = 0;
  for (let k = first; k <= last; k++) {
    if (k < 32) low |= 1 << k;
    else high |= 1 << (k - 32);
  }
  return [low, high];
}

/** Reads the AC scans of one component of a progressive image (G.1.2.2, G.1.2.3). */
export class Band {
  readonly #bits: EntropyBits;
  readonly #table: HuffmanTable;
  readonly #first: number;
  readonly #last: number;
  /** A bit mask of two words for each block: its nonzero coefficients. Undefined when no later scan needs it. */
  readonly #history: Uint32Array | undefined;
  readonly #lowMask: number;
  readonly #highMask: number;
  /** The number of next blocks without further coefficients in this band. */
  #endOfBandRun = 0;

  constructor(
    bits: EntropyBits,
    table: HuffmanTable,
    { first, last }: { readonly first: number; readonly last: number },
    history: Uint32Array | undefined,
  ) {
    this.#bits = bits;
    this.#table = table;
    this.#first = first;
    this.#last = last;
    this.#history = history;
    [this.#lowMask, this.#highMask] = wordsOf(first, last);
  }

  /** Reads the blocks of a restart interval, from `block` up to but not including `end`, in a first scan. */
  readFirst(block: number, end: number): void {
    const bits = this.#bits;
    for (let at = block; at < end; at++) {
      if (bits.bit >= bits.due) bits.fill();
      this.#readFirstOf(at);
      if (bits.bit > bits.end) return;
      at += this.#endOfBandRun;
      // The end-of-band run is longer than the restart interval.
      if (at >= end) throw corrupt(bits);
      this.#endOfBandRun = 0;
    }
  }

  #readFirstOf(block: number): void {
    const bits = this.#bits;
    const { view } = bits;
    const table = this.#table;
    const { fast } = table;
    const last = this.#last;
    let { bit } = bits;
    let low = 0;
    let high = 0;
    let k = this.#first;
    while (k <= last) {
      const next = view.getUint32(bit >>> 3) << (bit & 7);
      let entry = fast[next >>> FAST_SHIFT] ?? 0;
      if (entry === 0) entry = table.longEntry(next);
      const advance = entry >>> ENTRY_SHIFT;
      bit += entry & ENTRY_BITS;
      if (advance >= END_OF_BAND) {
        if (advance >= IMPOSSIBLE) throw corrupt(bits);
        bit = this.#startRun(bit, advance - END_OF_BAND);
        this.#endOfBandRun--;
        break;
      }
      k += advance;
      if (k > last + 1) throw corrupt(bits);
      if ((entry & CODES_COEFFICIENT) !== 0) {
        if (k <= 32) low |= 1 << (k - 1);
        else high |= 1 << (k - 33);
      }
    }
    bits.bit = bit;
    this.#note(block, low, high);
  }

  /** Reads the blocks of a restart interval, from `block` up to but not including `end`, in a refinement scan. */
  readRefinement(block: number, end: number): void {
    const bits = this.#bits;
    const history = this.#history ?? NO_HISTORY;
    const lowMask = this.#lowMask;
    const highMask = this.#highMask;
    for (let at = block; at < end; at++) {
      if (bits.bit >= bits.due) bits.fill();
      const oldLow = (history[2 * at] ?? 0) & lowMask;
      const oldHigh = (history[2 * at + 1] ?? 0) & highMask;
      if (this.#endOfBandRun === 0) {
        this.#refine(at, oldLow, oldHigh);
      } else {
        this.#endOfBandRun--;
        // Each nonzero coefficient has one correction bit.
        if ((oldLow | oldHigh) !== 0) bits.bit += onesIn(oldLow) + onesIn(oldHigh);
      }
      if (bits.bit > bits.end) return;
    }
    if (this.#endOfBandRun > 0) throw corrupt(bits);
  }

  #refine(block: number, oldLow: number, oldHigh: number): void {
    const bits = this.#bits;
    const { view } = bits;
    const table = this.#table;
    const { fast } = table;
    const last = this.#last;
    let { bit } = bits;
    let low = 0;
    let high = 0;
    let k = this.#first;
    while (k <= last) {
      const next = view.getUint32(bit >>> 3) << (bit & 7);
      let entry = fast[next >>> FAST_SHIFT] ?? 0;
      if (entry === 0) entry = table.longEntry(next);
      const advance = entry >>> ENTRY_SHIFT;
      bit += entry & ENTRY_BITS;
      if (advance >= END_OF_BAND) {
        if (advance >= IMPOSSIBLE) throw corrupt(bits);
        bit = this.#startRun(bit, advance - END_OF_BAND);
        this.#endOfBandRun--;
        bit += onesIn(oldLow & (k < 32 ? -1 << k : 0));
        bit += onesIn(oldHigh & (k < 32 ? -1 : -1 << (k - 32)));
        break;
      }
      const length = lengthOf(advance, k, oldLow, oldHigh);
      // Each skipped nonzero coefficient has one correction bit.
      bit += length - advance;
      k += length;
      if (k > last + 1) throw corrupt(bits);
      if ((entry & CODES_COEFFICIENT) !== 0) {
        if (k <= 32) low |= 1 << (k - 1);
        else high |= 1 << (k - 33);
      }
    }
    bits.bit = bit;
    this.#note(block, low, high);
  }

  /** Reads the length of an end-of-band run: EOBr (G.1.2.2). Returns the position of the next bit. */
  #startRun(bit: number, size: number): number {
    const next = this.#bits.view.getUint32(bit >>> 3) << (bit & 7);
    this.#endOfBandRun = (1 << size) + (size === 0 ? 0 : next >>> (32 - size));
    return bit + size;
  }

  #note(block: number, low: number, high: number): void {
    const history = this.#history;
    if (history === undefined || (low | high) === 0) return;
    history[2 * block] = (history[2 * block] ?? 0) | low;
    history[2 * block + 1] = (history[2 * block + 1] ?? 0) | high;
  }
}

/** The number of coefficients from k on that have this many zeros in them. More than 64 when there are fewer zeros. */
function lengthOf(zeros: number, k: number, low: number, high: number): number {
  // Bit 0 is that of k. Skipping nonzero coefficients may reach others.
  const nonzero = k < 32 ? (low >>> k) | (high << (32 - k)) : high >>> (k - 32);
  if ((nonzero & ((1 << zeros) - 1)) === 0) return zeros;
  let length = zeros;
  for (let skipped = 0; length < 32; length = zeros + skipped) {
    const count = onesIn(nonzero & ((1 << length) - 1));
    if (count === skipped) return length;
    skipped = count;
  }
  let left = zeros;
  for (let at = k; at < 64; at++) {
    if ((((at < 32 ? low : high) >>> (at & 31)) & 1) === 0) left--;
    if (left === 0) return at - k + 1;
  }
  return 65;
}

function corrupt(bits: EntropyBits): JpegDamage {
  return new JpegDamage('image-data-corrupt', bits.next);
}
