export const NUMBER_SIGN = 0x23;
export const SOLIDUS = 0x2f;
export const LEFT_BRACKET = 0x5b;
export const RIGHT_BRACKET = 0x5d;
export const LESS_THAN = 0x3c;

/** Classes of characters (7.2.3), as bits, so that one mask is a set of them. */
export const REGULAR = 1;
export const WHITE_SPACE = 2;
const DELIMITER = 4;
export const DIGIT = 8;
export const HEX_DIGIT = 16;

const CLASSES = new Uint8Array(256).fill(REGULAR);
for (const byte of Buffer.from('\0\t\n\f\r ')) CLASSES[byte] = WHITE_SPACE;
for (const byte of Buffer.from('()<>[]{}/%')) CLASSES[byte] = DELIMITER;
for (const byte of Buffer.from('abcdefABCDEF')) CLASSES[byte] = REGULAR | HEX_DIGIT;
for (const byte of Buffer.from('0123456789')) CLASSES[byte] = REGULAR | HEX_DIGIT | DIGIT;

/** Whether the byte at this offset is of one of these classes; false past the end. */
export function isA(classes: number, bytes: Uint8Array, at: number): boolean {
  // A read past the end would make the compiled code slow for good.
  return at < bytes.length && (classOf(bytes[at]) & classes) !== 0;
}

/** The class of a byte. DIGIT and HEX_DIGIT are set in addition to REGULAR. */
export function classOf(byte = 0): number {
  return CLASSES[byte] ?? 0;
}

/** The bytes of a keyword, for `startsWith` and `keywordAt`. */
export function keyword(word: string): Uint8Array {
  return Uint8Array.from(Buffer.from(word, 'latin1'));
}

/** Whether these bytes stand at this offset, with any bytes after them. */
export function startsWith(word: Uint8Array, bytes: Uint8Array, at: number): boolean {
  if (at + word.length > bytes.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
  return true;
}

/** Whether the whole token at this offset is the keyword: `endobj`, not `endobject`. */
export function keywordAt(word: Uint8Array, bytes: Uint8Array, at: number): boolean {
  return startsWith(word, bytes, at) && !isA(REGULAR, bytes, at + word.length);
}

/** Greater than any document in bytes. Infinity is not an integer. */
export const NO_LIMIT = 2 ** 30;

/** The first byte from this offset on that is not white space. Searches at most `limit` bytes. */
export function skipWhiteSpace(bytes: Uint8Array, at: number, limit = NO_LIMIT): number {
  const end = Math.min(at + limit, bytes.length);
  let pos = at;
  while (pos < end && classOf(bytes[pos]) === WHITE_SPACE) pos++;
  return pos;
}

/** Digits of the longest number that is read. Longer numbers would not be exact. */
const MAX_DIGITS = 15;

/** The end of the digits that start at this offset. Reads at most one digit more than MAX_DIGITS. */
export function digitsEnd(bytes: Uint8Array, at: number): number {
  const end = Math.min(at + MAX_DIGITS + 1, bytes.length);
  let pos = at;
  while (pos < end && (classOf(bytes[pos]) & DIGIT) !== 0) pos++;
  return pos;
}

/** The number between two offsets; -1 unless it consists of 1 to 15 digits. */
export function decimal(bytes: Uint8Array, start: number, end: number): number {
  if (end <= start || end - start > MAX_DIGITS || end > bytes.length) return -1;
  let value = 0;
  for (let pos = start; pos < end; pos++) {
    const byte = bytes[pos] ?? 0;
    if ((classOf(byte) & DIGIT) === 0) return -1;
    value = value * 10 + byte - 0x30;
  }
  return value;
}

/** The value of a hexadecimal digit. */
export function hexValue(digit = 0x30): number {
  return digit < 0x40 ? digit - 0x30 : (digit & 0x0f) + 9;
}
