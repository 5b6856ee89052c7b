import type { Work } from '../work.ts';

/** Units of work for each input byte and each output byte. */
const INPUT_COST = 4;
const OUTPUT_COST = 1;

const CLEAR_TABLE = 256;
const END_OF_DATA = 257;
const FIRST_FREE = 258;
const MIN_WIDTH = 9;
const MAX_WIDTH = 12;
const MAX_CODES = 1 << MAX_WIDTH;

/** For each code: the code before its last byte, its last byte, its first byte, and its length. */
const prefixes = new Uint16Array(MAX_CODES);
const lasts = new Uint8Array(MAX_CODES);
const firsts = new Uint8Array(MAX_CODES);
const lengths = new Uint32Array(MAX_CODES);
for (let byte = 0; byte < 256; byte++) {
  lasts[byte] = firsts[byte] = byte;
  lengths[byte] = 1;
}

/**
 * The length in bytes of decoded LZWDecode data (7.4.4.2); -1 when a code is used before it is in the table.
 *
 * @param earlyChange /EarlyChange of the parameters; 1, the default, lengthens codes one code early
 * @throws OutOfWork
 */
export function lzwSize(data: Uint8Array, earlyChange: number, work: Work): number {
  work.spend(INPUT_COST * data.length);
  return walk(data, earlyChange, undefined);
}

/**
 * Decodes LZWDecode data that `lzwSize` has accepted.
 *
 * @param out receives the decoded bytes; its length is the result of `lzwSize`
 * @throws OutOfWork
 */
export function decodeLzw(data: Uint8Array, earlyChange: number, out: Uint8Array, work: Work): void {
  work.spend(INPUT_COST * data.length + OUTPUT_COST * out.length);
  walk(data, earlyChange, out);
}

function walk(data: Uint8Array, earlyChange: number, out: Uint8Array | undefined): number {
  let width = MIN_WIDTH;
  let free = FIRST_FREE;
  let previous = -1;
  let buffer = 0;
  let bits = 0;
  let size = 0;
  for (const byte of data) {
    buffer = ((buffer << 8) | byte) & 0xffffff;
    bits += 8;
    if (bits < width) continue;
    bits -= width;
    const code = (buffer >> bits) & ((1 << width) - 1);
    if (code === END_OF_DATA) return size;
    if (code === CLEAR_TABLE) {
      width = MIN_WIDTH;
      free = FIRST_FREE;
      previous = -1;
      continue;
    }
    // Each code except the first adds an entry to the table. The code may refer to this new entry.
    if (code > (previous < 0 ? END_OF_DATA : free)) return -1;
    if (previous >= 0 && free < MAX_CODES) {
      prefixes[free] = previous;
      firsts[free] = firsts[previous] ?? 0;
      lasts[free] = firsts[code === free ? previous : code] ?? 0;
      lengths[free] = (lengths[previous] ?? 0) + 1;
      free++;
    }
    if (out !== undefined) write(code, out, size);
    size += lengths[code] ?? 0;
    if (free + earlyChange >= 1 << width && width < MAX_WIDTH) width++;
    previous = code;
  }
  return size;
}

function write(last: number, out: Uint8Array, start: number): void {
  let code = last;
  for (let at = start + (lengths[code] ?? 0) - 1; at >= start; at--) {
    out[at] = lasts[code] ?? 0;
    code = prefixes[code] ?? 0;
  }
}
