import { DIGIT, HEX_DIGIT, isA, REGULAR, WHITE_SPACE } from './characters.ts';
import { DICTIONARY, NAME, NUMBER, NUMBERS, STRING } from './content-operators.ts';
import { nameEnd, skipBlanks } from './lexer.ts';

/** Results of `ContentLexer.next`, besides NUMBER, STRING and NAME. */
export const END = 0;
export const MALFORMED = -1;
export const KEYWORD = -2;
export const OPEN_ARRAY = NUMBERS;
export const OPEN_DICTIONARY = DICTIONARY;
export const CLOSE_ARRAY = -NUMBERS;
export const CLOSE_DICTIONARY = -DICTIONARY;

const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;

/** Splits a content stream into tokens (7.8.2). Never throws. */
export class ContentLexer {
  readonly bytes: Uint8Array;
  /** Start and end of the last token. */
  start = 0;
  pos: number;

  constructor(bytes: Uint8Array, pos = 0) {
    this.bytes = bytes;
    this.pos = pos;
  }

  next(): number {
    const { bytes } = this;
    const start = (this.start = this.pos = skipBlanks(bytes, this.pos));
    const byte = bytes[start];
    switch (byte) {
      case undefined:
        return END;
      case 0x2f: // '/'
        this.pos = nameEnd(bytes, start);
        return NAME;
      case 0x28: // '('
        return this.#literalString();
      case 0x5b: // '['
        this.pos++;
        return OPEN_ARRAY;
      case 0x5d: // ']'
        this.pos++;
        return CLOSE_ARRAY;
      case 0x3c: // '<'
        if (bytes[start + 1] !== byte) return this.#hexString();
        this.pos += 2;
        return OPEN_DICTIONARY;
      case 0x3e: // '>'
        if (bytes[start + 1] !== byte) return MALFORMED;
        this.pos += 2;
        return CLOSE_DICTIONARY;
      default:
        return isNumeric(byte) ? this.#number() : this.#keyword();
    }
  }

  #keyword(): number {
    const end = nameEnd(this.bytes, this.start);
    if (!isA(REGULAR, this.bytes, this.start)) return MALFORMED;
    this.pos = end;
    return KEYWORD;
  }

  /** 7.3.3. As in PDF readers, an operator may follow without white space. */
  #number(): number {
    const { bytes } = this;
    let pos = this.start;
    if (bytes[pos] === PLUS || bytes[pos] === MINUS) pos++;
    let digits = 0;
    for (; isA(DIGIT, bytes, pos); pos++) digits++;
    if (bytes[pos] === POINT) pos++;
    for (; isA(DIGIT, bytes, pos); pos++) digits++;
    this.pos = pos;
    return digits === 0 || isNumeric(bytes[pos]) ? MALFORMED : NUMBER;
  }

  /** 7.3.4.2: parentheses are balanced or escaped. */
  #literalString(): number {
    const { bytes } = this;
    let depth = 0;
    for (let pos = this.start; pos < bytes.length; pos++) {
      const byte = bytes[pos];
      if (byte === 0x5c) pos++;
      else if (byte === 0x28) depth++;
      else if (byte === 0x29 && --depth === 0) {
        this.pos = pos + 1;
        return STRING;
      }
    }
    return MALFORMED;
  }

  /** 7.3.4.3 */
  #hexString(): number {
    const { bytes } = this;
    let pos = this.start + 1;
    while (isA(HEX_DIGIT | WHITE_SPACE, bytes, pos)) pos++;
    if (bytes[pos] !== 0x3e) return MALFORMED;
    this.pos = pos + 1;
    return STRING;
  }
}

function isNumeric(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (byte >= 0x30 && byte <= 0x39) || byte === MINUS || byte === POINT || byte === PLUS;
}
