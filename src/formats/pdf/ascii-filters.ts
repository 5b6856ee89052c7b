import type { Work } from '../work.ts';
import { HEX_DIGIT, isA, WHITE_SPACE } from './characters.ts';

const TILDE = 0x7e;
const GREATER_THAN = 0x3e;

/** Units of work for each byte of the data. */
const COST = 2;

/** The maximum number of bytes that ASCIIHexDecode (7.4.2) makes of the data. */
export function asciiHexBound({ length }: Uint8Array): number {
  return (length + 1) >> 1;
}

/**
 * Decodes ASCIIHexDecode (7.4.2) up to its end-of-data marker.
 *
 * @param out receives the decoded bytes; bytes beyond its end are dropped
 * @returns the decoded bytes in `out`; undefined when a byte is not allowed in the data
 * @throws OutOfWork
 */
export function decodeAsciiHex(data: Uint8Array, out: Uint8Array, work: Work): Uint8Array | undefined {
  work.spend(COST * data.length);
  let digits = 0;
  for (let at = 0; at < data.length && data[at] !== GREATER_THAN; at++) {
    if (isA(HEX_DIGIT, data, at)) {
      const byte = data[at] ?? 0;
      const value = byte < 0x40 ? byte - 0x30 : (byte & 0x0f) + 9;
      out[digits >> 1] = digits % 2 === 0 ? value << 4 : (out[digits >> 1] ?? 0) | value;
      digits++;
    } else if (!isA(WHITE_SPACE, data, at)) return undefined;
  }
  return out.subarray(0, (digits + 1) >> 1);
}

/** The maximum number of bytes that ASCII85Decode (7.4.3) makes of the data: `z`, like five digits, gives four. */
export function ascii85Bound(data: Uint8Array): number {
  let zeros = 0;
  for (const byte of data) if (byte === 0x7a) zeros++;
  return 4 * (zeros + Math.ceil((data.length - zeros) / 5));
}

/**
 * Decodes ASCII85Decode (7.4.3) up to its end-of-data marker.
 *
 * @param out receives the decoded bytes; bytes beyond its end are dropped
 * @returns the decoded bytes in `out`; undefined when a byte is not allowed in the data
 * @throws OutOfWork
 */
export function decodeAscii85(data: Uint8Array, out: Uint8Array, work: Work): Uint8Array | undefined {
  work.spend(COST * data.length);
  // Some writers start with the start marker of PostScript.
  const start = data[0] === 0x3c && data[1] === TILDE ? 2 : 0;
  let length = 0;
  let group = 0;
  let digits = 0;
  for (let at = start; at < data.length && data[at] !== TILDE; at++) {
    const byte = data[at] ?? 0;
    if (byte >= 0x21 && byte <= 0x75) {
      group = group * 85 + byte - 0x21;
      if (++digits < 5) continue;
      if (group > 0xffffffff) return undefined;
    } else if (byte === 0x7a && digits === 0) group = 0;
    else if (isA(WHITE_SPACE, data, at)) continue;
    else return undefined;
    length = append(out, length, group, 4);
    group = 0;
    digits = 0;
  }
  if (digits > 1) {
    for (let i = digits; i < 5; i++) group = group * 85 + 84;
    length = append(out, length, group, digits - 1);
  }
  return out.subarray(0, length);
}

/** Appends the first `count` bytes of a group of four, and returns the new length. */
function append(out: Uint8Array, length: number, group: number, count: number): number {
  for (let i = 0; i < count; i++) out[length + i] = group >>> (24 - 8 * i);
  return length + count;
}
