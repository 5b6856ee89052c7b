import {
  classOf,
  DIGIT,
  HEX_DIGIT,
  isA,
  keyword,
  keywordAt,
  NO_LIMIT,
  NUMBER_SIGN,
  REGULAR,
  skipWhiteSpace,
  WHITE_SPACE,
} from './characters.ts';
import { Damage } from './damage.ts';
import { hashed, identify, identifyHashed } from './names.ts';

/** Results of `Lexer.next`. */
const OTHER_VALUE = 0;
export const INTEGER = 1;
export const NAME = 2;
export const REFERENCE = 3;
export const OPEN_ARRAY = 4;
export const OPEN_DICTIONARY = 5;
export const CLOSE_ARRAY = 6;
export const CLOSE_DICTIONARY = 7;
export type Token = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

const TRUE = keyword('true');
const FALSE = keyword('false');
const NULL = keyword('null');
const R = keyword('R');

/** Splits objects into tokens (7.2, 7.3) without copies. */
export class Lexer {
  bytes: Uint8Array;
  /** Start and end of the last token. */
  start = 0;
  pos = 0;
  /** The number of the last name, see `identify`. */
  name = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  next(): Token {
    const { bytes } = this;
    const start = (this.start = this.pos = skipBlanks(bytes, this.pos));
    const doubled = bytes[start + 1] === bytes[start];
    switch (bytes[start]) {
      case 0x2f: // '/'
        return this.#name();
      case 0x3c: // '<'
        if (!doubled) return this.#hexString();
        this.pos += 2;
        return OPEN_DICTIONARY;
      case 0x3e: // '>'
        if (!doubled) break;
        this.pos += 2;
        return CLOSE_DICTIONARY;
      case 0x5b: // '['
        this.pos++;
        return OPEN_ARRAY;
      case 0x5d: // ']'
        this.pos++;
        return CLOSE_ARRAY;
      case 0x28: // '('
        return this.#literalString();
      case 0x52: // 'R'
        return this.#keyword(R, REFERENCE);
      case 0x74: // 't'
        return this.#keyword(TRUE, OTHER_VALUE);
      case 0x66: // 'f'
        return this.#keyword(FALSE, OTHER_VALUE);
      case 0x6e: // 'n'
        return this.#keyword(NULL, OTHER_VALUE);
      default:
        return this.#number();
    }
    throw this.malformed();
  }

  malformed(): Damage {
    return new Damage('object-malformed', this.start);
  }

  #keyword(word: Uint8Array, token: Token): Token {
    if (!keywordAt(word, this.bytes, this.start)) throw this.malformed();
    this.pos += word.length;
    return token;
  }

  #name(): Token {
    const { bytes } = this;
    const { length } = bytes;
    const start = this.start + 1;
    let hash = 0;
    let hasEscape = false;
    let end = start;
    for (; end < length; end++) {
      const byte = bytes[end] ?? 0;
      if ((classOf(byte) & REGULAR) === 0) break;
      if (byte === NUMBER_SIGN) hasEscape = true;
      hash = hashed(hash, byte);
    }
    this.pos = end;
    this.name = hasEscape ? identify(bytes, start, end) : identifyHashed(hash, bytes, start, end);
    return NAME;
  }

  /** 7.3.3: optional sign, digits with an optional point, at least one digit. */
  #number(): Token {
    const { bytes } = this;
    let pos = this.start;
    if (bytes[pos] === 0x2b || bytes[pos] === 0x2d) pos++;
    const { length } = bytes;
    let digits = 0;
    let points = 0;
    for (; pos < length; pos++) {
      const classes = classOf(bytes[pos]);
      if ((classes & DIGIT) !== 0) digits++;
      else if ((classes & REGULAR) === 0) break;
      else if (bytes[pos] === 0x2e && points === 0) points++;
      else throw this.malformed();
    }
    if (digits === 0) throw this.malformed();
    this.pos = pos;
    return digits === pos - this.start ? INTEGER : OTHER_VALUE;
  }

  /** 7.3.4.2: parentheses are balanced or escaped. */
  #literalString(): Token {
    const { bytes } = this;
    let depth = 0;
    for (let pos = this.start; pos < bytes.length; pos++) {
      const byte = bytes[pos];
      if (byte === 0x5c) pos++;
      else if (byte === 0x28) depth++;
      else if (byte === 0x29 && --depth === 0) {
        this.pos = pos + 1;
        return OTHER_VALUE;
      }
    }
    throw this.malformed();
  }

  /** 7.3.4.3 */
  #hexString(): Token {
    const { bytes } = this;
    let pos = this.start + 1;
    while (isA(HEX_DIGIT | WHITE_SPACE, bytes, pos)) pos++;
    if (bytes[pos] !== 0x3e) throw this.malformed();
    this.pos = pos + 1;
    return OTHER_VALUE;
  }
}

/**
 * The first byte from this offset on that is not part of white space or a comment (7.2.4). Searches at most `limit`
 * bytes.
 */
export function skipBlanks(bytes: Uint8Array, at: number, limit = NO_LIMIT): number {
  const end = Math.min(at + limit, bytes.length);
  let pos = skipWhiteSpace(bytes, at, limit);
  while (pos < end && bytes[pos] === 0x25) {
    while (pos < end && bytes[pos] !== 0x0a && bytes[pos] !== 0x0d) pos++;
    pos = skipWhiteSpace(bytes, pos, end - pos);
  }
  return pos;
}

/** The end of the name whose solidus is at this offset (7.3.5). */
export function nameEnd(bytes: Uint8Array, at: number): number {
  const { length } = bytes;
  let end = at + 1;
  while (end < length && (classOf(bytes[end]) & REGULAR) !== 0) end++;
  return end;
}
