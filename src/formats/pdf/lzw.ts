import type { Work } from '../work.ts';

/** What a byte costs that is read, and one that is written, in units of work. */
const INPUT_COST = 4;
const OUTPUT_COST = 1;

const CLEAR_TABLE = 256;
const END_OF_DATA = 257;
const FIRST_FREE = 258;
const MIN_WIDTH = 9;
const MAX_WIDTH = 12;
const MAX_CODES = 1 << MAX_WIDTH;

/** What each code stands for: the code before its last byte, that byte, its first byte, and its length. */
const prefixes = new Uint16Array(MAX_CODES);
const lasts = new Uint8Array(MAX_CODES);
const firsts = new Uint8Array(MAX_CODES);
const lengths = new Uint32Array(MAX_CODES);
for (let byte = 0; byte < 256; byte++) {
  lasts[byte] = firsts[byte] = byte;
  lengths[byte] = 1;
}

/**
 * How many bytes LZWDecode (7.4.4.2) makes of these; -1 when a code is used before it is in the table.
 *
 * @param earlyChange /EarlyChange of the parameters: 1 by default, when codes become longer one code early
 * @throws OutOfWork
 */
export function lzwSize(data: Uint8Array, earlyChange: number, work: Work): number {
  work.spend(INPUT_COST * data.length);
  return walk(data, earlyChange, undefined);
}

/**
 * Decodes LZWDecode.
 *
 * @param out takes what is decoded: as many bytes as `lzwSize` says, which found the data sound
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
    // All codes but the first add one to the table, which may be the very code that is read.
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
