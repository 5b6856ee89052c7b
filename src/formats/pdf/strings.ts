import { HEX_DIGIT, hexValue, isA } from './characters.ts';

const BACKSLASH = 0x5c;
const OPEN = 0x28;
const CLOSE = 0x29;
const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;
/** The escapes that stand for one character each (Table 3). */
const ESCAPES: ReadonlyMap<number, number> = new Map(
  Object.entries({ n: 10, r: 13, t: 9, b: 8, f: 12 }).map(([letter, code]) => [letter.charCodeAt(0), code]),
);

/** The bytes of the string at this offset (7.3.4), at most `limit`; empty when there is none. */
export function stringAt(bytes: Uint8Array, at: number, limit: number): Uint8Array {
  if (bytes[at] === OPEN) return literalString(bytes, at + 1, limit);
  if (bytes[at] === LESS_THAN) return hexString(bytes, at + 1, limit);
  return new Uint8Array(0);
}

function literalString(bytes: Uint8Array, start: number, limit: number): Uint8Array {
  const out: number[] = [];
  let depth = 1;
  for (let at = start; at < bytes.length && out.length < limit; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === OPEN) depth++;
    else if (byte === CLOSE && --depth === 0) break;
    if (byte !== BACKSLASH) {
      // Every line ending is a line feed.
      if (byte === 0x0d && bytes[at + 1] === 0x0a) at++;
      out.push(byte === 0x0d ? 0x0a : byte);
      continue;
    }
    const escaped = bytes[++at] ?? 0;
    if (isOctal(escaped)) {
      let value = 0;
      let digits = 0;
      for (; digits < 3 && isOctal(bytes[at + digits] ?? 0); digits++)
        value = 8 * value + (bytes[at + digits] ?? 0) - 0x30;
      at += digits - 1;
      out.push(value & 0xff);
    } else if (escaped === 0x0d) {
      if (bytes[at + 1] === 0x0a) at++;
    } else if (escaped !== 0x0a) out.push(ESCAPES.get(escaped) ?? escaped);
  }
  return Uint8Array.from(out);
}

function isOctal(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x37;
}

function hexString(bytes: Uint8Array, start: number, limit: number): Uint8Array {
  const out: number[] = [];
  let digits = 0;
  for (let at = start; at < bytes.length && bytes[at] !== GREATER_THAN && out.length <= limit; at++) {
    if (!isA(HEX_DIGIT, bytes, at)) continue;
    const value = hexValue(bytes[at]);
    if (digits++ % 2 === 0) out.push(16 * value);
    else out[out.length - 1] = (out.at(-1) ?? 0) + value;
  }
  return Uint8Array.from(out.slice(0, limit));
}
