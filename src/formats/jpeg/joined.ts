import { END_OF_BAND, ENTRY_BITS, ENTRY_SHIFT, extend, IMPOSSIBLE, NUMBER, SIZE_SHIFT } from './huffman.ts';
import type { HuffmanTable } from './huffman.ts';

/** Bits of the data that choose an entry of a joined table. */
export const JOINED_BITS = 12;
export const JOINED_SHIFT = 32 - JOINED_BITS;
/** In a joined entry: the number of bits to skip. */
export const SKIP = 31;
/** Set in a joined entry whose last code ends the block. */
export const ENDS_BLOCK = 32;
/** From this bit of a joined DC entry on: the difference, signed. */
export const DIFFERENCE_SHIFT = 8;
/** From these bits of a joined AC entry on: the steps of the first and of the second code, see `joinAc`. */
export const FIRST_SHIFT = 8;
export const SECOND_SHIFT = 17;
export const STEPS = 511;

/** In an entry with a value: from these bits on, the number of coefficients to advance, and the value, signed. */
export const NUMBER_SHIFT = 5;
export const NUMBERS = 0xff;
export const VALUE_SHIFT = 16;

/** A place is 16 times the index of a coefficient, plus the size of its value. */
export const INDEX_SHIFT = 4;
export const COEFFICIENTS = 64;

/** Stands for a joined table that is not worth its cost. */
export const NOT_JOINED = new Int32Array(1 << JOINED_BITS);

/**
 * The DC code and difference in the next JOINED_BITS bits, and the end of the block if it follows at once. 0 when they
 * need more bits.
 */
export function joinDc(dc: HuffmanTable, ac: HuffmanTable | undefined): Int32Array {
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
export function joinAc(table: HuffmanTable): Int32Array {
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
 * The entry with the value for an entry of an AC table, whose value is at the top of a 32-bit number. The end of the band
 * and impossible codes lead beyond the last coefficient: to END_OF_BAND at least, or not so far.
 */
export function valueOf(entry: number, rest: number): number {
  const skip = entry & ENTRY_BITS;
  const number = (entry >>> ENTRY_SHIFT) & NUMBER;
  if (number >= END_OF_BAND)
    return ((number >= IMPOSSIBLE ? COEFFICIENTS : END_OF_BAND) << NUMBER_SHIFT) | skip;
  const size = entry >>> SIZE_SHIFT;
  const value = size === 0 ? 0 : extend(rest >>> (32 - size), size);
  return (value << VALUE_SHIFT) | (number << NUMBER_SHIFT) | skip;
}

/**
 * The AC code and the value of the coefficient in the next JOINED_BITS bits, as from `valueOf`. 0 when they need more bits.
 */
export function joinValues(table: HuffmanTable): Int32Array {
  const joined = new Int32Array(1 << JOINED_BITS);
  for (let value = 0; value < joined.length; value++) {
    const word = value << JOINED_SHIFT;
    const entry = table.entryOf(word);
    const skip = entry & ENTRY_BITS;
    if (skip <= JOINED_BITS) joined[value] = valueOf(entry, word << (skip - (entry >>> SIZE_SHIFT)));
  }
  return joined;
}
