import * as words from '../bits.ts';
import { JpegDamage } from './damage.ts';
import type { EntropyBits } from './entropy-bits.ts';
import * as huffman from './huffman.ts';
import type { HuffmanTable } from './huffman.ts';
import * as joinedCodes from './joined-bands.ts';
import type { JoinedBand } from './joined-bands.ts';
import * as joinedTables from './joined.ts';
import * as masks from './masks.ts';

// V8 reads imported constants each time that they are used, which would slow the loops down by a tenth.
const FAST_SHIFT = 32 - huffman.FAST_BITS;
const { END_OF_BAND, ENTRY_BITS, ENTRY_SHIFT, IMPOSSIBLE, NUMBER } = huffman;
const { COEFFICIENT_SHIFT, ENDS_BLOCK, NOT_JOINED, STEPS_SHIFT } = joinedCodes;
const { JOINED_SHIFT } = joinedTables;
const { highAfter, highOf, lengthOf, lowAfter, lowOf, wordsOf } = masks;
const { onesIn } = words;
const NO_HISTORY = new Uint32Array(0);

/** Reads the AC scans of one component of a progressive image (G.1.2.2, G.1.2.3). */
export class Band {
  readonly #bits: EntropyBits;
  readonly #table: HuffmanTable;
  readonly #first: number;
  readonly #last: number;
  /** A bit mask of two words for each block: its nonzero coefficients. Undefined when no later scan needs it. */
  readonly #history: Uint32Array | undefined;
  /** Whether a later scan needs the new coefficients. */
  readonly #isNoted: boolean;
  readonly #joined: JoinedBand;
  readonly #lowMask: number;
  readonly #highMask: number;

  constructor(
    bits: EntropyBits,
    table: HuffmanTable,
    { first, last, low }: { readonly first: number; readonly last: number; readonly low: number },
    history: Uint32Array | undefined,
    joined: JoinedBand = NOT_JOINED,
  ) {
    this.#bits = bits;
    this.#table = table;
    this.#first = first;
    this.#last = last;
    this.#history = history;
    this.#isNoted = history !== undefined && low > 0;
    this.#joined = joined;
    [this.#lowMask, this.#highMask] = wordsOf(first, last);
  }

  /** Reads the blocks of a restart interval, from `block` up to but not including `end`, in a first scan. */
  readFirst(block: number, end: number): void {
    const bits = this.#bits;
    const { view } = bits;
    const table = this.#table;
    const { fast } = table;
    const first = this.#first;
    const last = this.#last;
    const history = this.#history ?? NO_HISTORY;
    const isNoted = this.#isNoted;
    const { joined, marks } = this.#joined;
    let { bit } = bits;
    for (let at = block; at < end; at++) {
      if (bit >= bits.due) {
        bits.bit = bit;
        bits.fill();
        ({ bit } = bits);
      }
      let low = 0;
      let high = 0;
      let run = 0;
      for (let k = first; k <= last;) {
        const next = view.getUint32(bit >>> 3) << (bit & 7);
        const several = joined[next >>> JOINED_SHIFT] ?? 0;
        const steps = several >>> STEPS_SHIFT;
        // Codes after the last coefficient belong to the next block.
        if (several !== 0 && k + steps <= last) {
          bit += several & ENTRY_BITS;
          if (isNoted) {
            const ones = marks[next >>> JOINED_SHIFT] ?? 0;
            low |= lowOf(ones, k);
            high |= highOf(ones, k);
          }
          k += steps;
          if ((several & ENDS_BLOCK) !== 0) break;
          continue;
        }
        let entry = fast[next >>> FAST_SHIFT] ?? 0;
        if (entry === 0) entry = table.longEntry(next);
        const advance = (entry >>> ENTRY_SHIFT) & NUMBER;
        bit += entry & ENTRY_BITS;
        if (advance >= END_OF_BAND) {
          if (advance >= IMPOSSIBLE) throw corrupt(bits);
          run = runOf(view, bit, advance - END_OF_BAND);
          bit += advance - END_OF_BAND;
          break;
        }
        k += advance;
        if (k > last + 1) throw corrupt(bits);
        const one = (entry >>> COEFFICIENT_SHIFT) & 1;
        low |= lowOf(one, k - 1);
        high |= highOf(one, k - 1);
      }
      if (isNoted && (low | high) !== 0) note(history, at, low, high);
      if (bit > bits.end) break;
      at += Math.max(0, run - 1);
      // The end-of-band run is longer than the restart interval.
      if (at >= end) throw corrupt(bits);
    }
    bits.bit = bit;
  }

  /** Reads the blocks of a restart interval, from `block` up to but not including `end`, in a refinement scan. */
  readRefinement(block: number, end: number): void {
    const bits = this.#bits;
    const { view } = bits;
    const table = this.#table;
    const { fast } = table;
    const first = this.#first;
    const last = this.#last;
    const history = this.#history ?? NO_HISTORY;
    const lowMask = this.#lowMask;
    const highMask = this.#highMask;
    const isNoted = this.#isNoted;
    const { joined, marks } = this.#joined;
    let { bit } = bits;
    /** The number of next blocks without further coefficients in this band. */
    let run = 0;
    for (let at = block; at < end; at++) {
      if (bit >= bits.due) {
        bits.bit = bit;
        bits.fill();
        ({ bit } = bits);
      }
      /** The nonzero coefficients, of which bit 0 is coefficient k. */
      let restLow = (history[2 * at] ?? 0) & lowMask;
      let restHigh = (history[2 * at + 1] ?? 0) & highMask;
      if (run === 0) {
        let low = 0;
        let high = 0;
        [restLow, restHigh] = [lowAfter(first, restLow, restHigh), highAfter(first, restHigh)];
        for (let k = first; k <= last;) {
          const next = view.getUint32(bit >>> 3) << (bit & 7);
          const several = joined[next >>> JOINED_SHIFT] ?? 0;
          const steps = several >>> STEPS_SHIFT;
          if (several !== 0 && k + steps <= last && (restLow & ((1 << steps) - 1)) === 0) {
            bit += several & ENTRY_BITS;
            if (isNoted) {
              const ones = marks[next >>> JOINED_SHIFT] ?? 0;
              low |= lowOf(ones, k);
              high |= highOf(ones, k);
            }
            k += steps;
            restLow = lowAfter(steps, restLow, restHigh);
            restHigh = highAfter(steps, restHigh);
            if ((several & ENDS_BLOCK) !== 0) {
              run = 1;
              break;
            }
            continue;
          }
          let entry = fast[next >>> FAST_SHIFT] ?? 0;
          if (entry === 0) entry = table.longEntry(next);
          const advance = (entry >>> ENTRY_SHIFT) & NUMBER;
          bit += entry & ENTRY_BITS;
          if (advance >= END_OF_BAND) {
            if (advance >= IMPOSSIBLE) throw corrupt(bits);
            run = runOf(view, bit, advance - END_OF_BAND);
            bit += advance - END_OF_BAND;
            break;
          }
          // Each skipped nonzero coefficient has one correction bit.
          const isPlain = (restLow & ((1 << advance) - 1)) === 0;
          const length = isPlain ? advance : lengthOf(advance, restLow, restHigh);
          bit += length - advance;
          k += length;
          if (k > last + 1) throw corrupt(bits);
          restLow = lowAfter(length, restLow, restHigh);
          restHigh = highAfter(length, restHigh);
          const one = (entry >>> COEFFICIENT_SHIFT) & 1;
          low |= lowOf(one, k - 1);
          high |= highOf(one, k - 1);
        }
        if (isNoted && (low | high) !== 0) note(history, at, low, high);
      }
      if (run > 0) {
        run--;
        if ((restLow | restHigh) !== 0) bit += onesIn(restLow) + onesIn(restHigh);
      }
      if (bit > bits.end) {
        bits.bit = bit;
        return;
      }
    }
    bits.bit = bit;
    if (run > 0) throw corrupt(bits);
  }
}

/** Adds nonzero coefficients to the history of a block. */
function note(history: Uint32Array, block: number, low: number, high: number): void {
  history[2 * block] = (history[2 * block] ?? 0) | low;
  history[2 * block + 1] = (history[2 * block + 1] ?? 0) | high;
}

/** The length of an end-of-band run whose EOBr has this r (G.1.2.2), with its bits at this position. */
function runOf(view: DataView, bit: number, size: number): number {
  const next = view.getUint32(bit >>> 3) << (bit & 7);
  return (1 << size) + (size === 0 ? 0 : next >>> (32 - size));
}

function corrupt(bits: EntropyBits): JpegDamage {
  return new JpegDamage('image-data-corrupt', bits.next);
}
