import { JpegDamage } from './damage.ts';
import type { EntropyBits } from './entropy-bits.ts';
import { CODES_COEFFICIENT, END_OF_BAND, ENTRY_BITS, ENTRY_SHIFT, FAST_BITS, IMPOSSIBLE } from './huffman.ts';
import type { HuffmanTable } from './huffman.ts';

const FAST_SHIFT = 32 - FAST_BITS;

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
    for (let at = block; at < end; at++) {
      if (bits.bit >= bits.due) bits.fill();
      this.#refine(at);
      if (bits.bit > bits.end) return;
    }
    if (this.#endOfBandRun > 0) throw corrupt(bits);
  }

  #refine(block: number): void {
    const bits = this.#bits;
    const history = this.#history;
    const oldLow = history?.[2 * block] ?? 0;
    const oldHigh = history?.[2 * block + 1] ?? 0;
    const last = this.#last;
    const { view } = bits;
    const table = this.#table;
    const { fast } = table;
    let { bit } = bits;
    let low = 0;
    let high = 0;
    // The coefficients from k that are still zero.
    let zerosLow = ~oldLow & this.#lowMask;
    let zerosHigh = ~oldHigh & this.#highMask;
    let k = this.#first;
    if (this.#endOfBandRun === 0) {
      while (k <= last) {
        const next = view.getUint32(bit >>> 3) << (bit & 7);
        let entry = fast[next >>> FAST_SHIFT] ?? 0;
        if (entry === 0) entry = table.longEntry(next);
        const advance = entry >>> ENTRY_SHIFT;
        bit += entry & ENTRY_BITS;
        if (advance >= END_OF_BAND) {
          if (advance >= IMPOSSIBLE) throw corrupt(bits);
          bit = this.#startRun(bit, advance - END_OF_BAND);
          break;
        }
        let zeros = advance;
        for (; zeros > 1 && zerosLow !== 0; zeros--) zerosLow &= zerosLow - 1;
        let coefficient;
        if (zerosLow !== 0) {
          coefficient = 31 - Math.clz32(zerosLow & -zerosLow);
          zerosLow &= zerosLow - 1;
          if ((entry & CODES_COEFFICIENT) !== 0) low |= 1 << coefficient;
        } else {
          for (; zeros > 1 && zerosHigh !== 0; zeros--) zerosHigh &= zerosHigh - 1;
          if (zerosHigh === 0) throw corrupt(bits);
          coefficient = 63 - Math.clz32(zerosHigh & -zerosHigh);
          zerosHigh &= zerosHigh - 1;
          if ((entry & CODES_COEFFICIENT) !== 0) high |= 1 << (coefficient - 32);
        }
        // Each skipped nonzero coefficient has one correction bit.
        bit += coefficient - k - (advance - 1);
        k = coefficient + 1;
      }
    }
    if (this.#endOfBandRun > 0) {
      this.#endOfBandRun--;
      bit += ones(oldLow & this.#lowMask & (k < 32 ? -1 << k : 0));
      bit += ones(oldHigh & this.#highMask & (k < 32 ? -1 : k < 64 ? -1 << (k - 32) : 0));
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
    if (history === undefined) return;
    history[2 * block] = (history[2 * block] ?? 0) | low;
    history[2 * block + 1] = (history[2 * block + 1] ?? 0) | high;
  }
}

/** The number of bits that are set. */
function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function corrupt(bits: EntropyBits): JpegDamage {
  return new JpegDamage('image-data-corrupt', bits.next);
}
