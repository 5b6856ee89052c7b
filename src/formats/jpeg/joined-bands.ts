import { CODES_COEFFICIENT, END_OF_BAND, ENTRY_BITS, ENTRY_SHIFT, NUMBER, SIZE_SHIFT } from './huffman.ts';
import type { HuffmanTable } from './huffman.ts';
import { JOINED_BITS, JOINED_SHIFT } from './joined.ts';

/** Set in a joined entry, see `JoinedBand`. */
export const ENDS_BLOCK = 32;
export const STEPS_SHIFT = 8;
/** The bit of CODES_COEFFICIENT. */
export const COEFFICIENT_SHIFT = 31 - Math.clz32(CODES_COEFFICIENT);

/** The codes in the next JOINED_BITS bits. */
export interface JoinedBand {
  /**
   * The bits to skip; ENDS_BLOCK when the last code ends the band of the block; from STEPS_SHIFT on, the coefficients to
   * advance, less than 32. 0 when there is no complete code. Values are skipped, so that the last may exceed these bits.
   */
  readonly joined: Int32Array;
  /** A bit mask of the nonzero coefficients among those. */
  readonly marks: Int32Array;
}

/** Stands for a joined table that is not worth its cost. */
export const NOT_JOINED: JoinedBand = {
  joined: new Int32Array(1 << JOINED_BITS),
  marks: new Int32Array(1 << JOINED_BITS),
};

/** Joins the codes of a table for a band. It costs as much as some thousand blocks. */
export function joinBand(table: HuffmanTable): JoinedBand {
  const joined = new Int32Array(1 << JOINED_BITS);
  const marks = new Int32Array(1 << JOINED_BITS);
  for (let value = 0; value < joined.length; value++) {
    let skip = 0;
    let steps = 0;
    let ones = 0;
    let end = 0;
    while (skip < JOINED_BITS && end === 0) {
      const entry = table.entryOf(value << (JOINED_SHIFT + skip));
      const advance = (entry >>> ENTRY_SHIFT) & NUMBER;
      const bits = entry & ENTRY_BITS;
      const isWhole = skip + bits - (entry >>> SIZE_SHIFT) <= JOINED_BITS;
      if (advance > END_OF_BAND || !isWhole || skip + bits > ENTRY_BITS) break;
      if (advance === END_OF_BAND) end = ENDS_BLOCK;
      else if (steps + advance < 32) {
        steps += advance;
        ones |= ((entry >>> COEFFICIENT_SHIFT) & 1) << (steps - 1);
      } else break;
      skip += bits;
    }
    joined[value] = (steps << STEPS_SHIFT) | end | skip;
    marks[value] = ones;
  }
  return { joined, marks };
}
