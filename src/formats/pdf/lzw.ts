import type { Work } from '../work.ts';

/** What a byte of the data costs, in units of work. */
const COST = 2;

const CLEAR_TABLE = 256;
const END_OF_DATA = 257;
const FIRST_FREE = 258;
const MIN_WIDTH = 9;
const MAX_WIDTH = 12;

/**
 * Whether data are LZW-encoded (7.4.4.2, with the default /EarlyChange): no code is used before it is in the table.
 * Nothing is decoded for that.
 *
 * @throws OutOfWork
 */
export function isLzw(data: Uint8Array, work: Work): boolean {
  work.spend(COST * data.length);
  let width = MIN_WIDTH;
  let free = FIRST_FREE;
  let isFirst = true;
  let buffer = 0;
  let bits = 0;
  for (const byte of data) {
    buffer = ((buffer << 8) | byte) & 0xffffff;
    bits += 8;
    if (bits < width) continue;
    bits -= width;
    const code = (buffer >> bits) & ((1 << width) - 1);
    if (code === END_OF_DATA) return true;
    if (code === CLEAR_TABLE) {
      width = MIN_WIDTH;
      free = FIRST_FREE;
      isFirst = true;
      continue;
    }
    // All codes but the first add one to the table, which may be the very code that is read.
    if (code > (isFirst ? END_OF_DATA : free)) return false;
    if (!isFirst && free < 1 << MAX_WIDTH) free++;
    if (free + 1 >= 1 << width && width < MAX_WIDTH) width++;
    isFirst = false;
  }
  return true;
}
