import {
  decimal,
  DIGIT,
  digitsEnd,
  isA,
  keyword,
  keywordAt,
  REGULAR,
  skipWhiteSpace,
  SOLIDUS,
} from './characters.ts';
import { Damage } from './damage.ts';
import {
  CLOSE_ARRAY,
  CLOSE_DICTIONARY,
  INTEGER,
  Lexer,
  NAME,
  nameEnd,
  OPEN_ARRAY,
  OPEN_DICTIONARY,
  REFERENCE,
  skipBlanks,
} from './lexer.ts';
import { isMisspelt } from './misspelt.ts';
import { OTHER_NAME, identify, KEY_COUNT } from './names.ts';

/** Deeper nesting is damage; readers have the same limit. */
const MAX_DEPTH = 500;
/** Bytes of white space allowed between the parts of `n g obj` and of `n g R`. */
export const MAX_SPACE = 32;
/** Bytes of white space and comments that are skipped at an offset of the cross-reference. */
export const MAX_BLANKS = 256;

const OBJ = keyword('obj');
export const ENDOBJ = keyword('endobj');
const R = keyword('R');
/** Keywords after the last object before a cross-reference section or the end. */
const ENDS = ['xref', 'trailer', 'startxref'].map(keyword);

/** For each nesting level of the scanned object, whether it is a dictionary. Shared, because scans do not overlap. */
const dictionaries = new Uint8Array(MAX_DEPTH + 1);

/**
 * Skips objects (7.3) without building them. Checks their syntax, and keeps the positions of the values of the
 * outermost dictionary until the next scan.
 */
export class Scanner {
  bytes: Uint8Array;
  /** Start and end of the object scanned last, and whether it is a dictionary. */
  start = 0;
  end = 0;
  isDictionary = false;
  readonly #lexer: Lexer;
  readonly #refusesMisspelt: boolean;
  /** The start of the value of each used key; 0 without a value. Not a typed array, which would need a malloc. */
  readonly #values = new Array<number>(KEY_COUNT).fill(0);
  /** The keys that have a value. */
  readonly #keys: number[] = [];

  /** @param refusesMisspelt whether damaged standard names break the syntax, see `isMisspelt` */
  constructor(bytes: Uint8Array, refusesMisspelt = false) {
    this.bytes = bytes;
    this.#lexer = new Lexer(bytes);
    this.#refusesMisspelt = refusesMisspelt;
  }

  /**
   * @param bytes the bytes of the object, by default those of the last scan
   * @throws Damage object-malformed
   */
  scan(at: number, bytes = this.bytes): void {
    const lexer = this.#lexer;
    this.bytes = lexer.bytes = bytes;
    for (const set of this.#keys) this.#values[set] = 0;
    this.#keys.length = 0;
    lexer.pos = at;
    let depth = 0;
    // Values since the last key. The two integers of a reference count separately until its R.
    let values = 0;
    let integers = 0;
    let key = -1;
    do {
      const token = lexer.next();
      if (depth === 0) {
        this.start = lexer.start;
        this.isDictionary = token === OPEN_DICTIONARY;
      }
      if (token === NAME && this.#refusesMisspelt && lexer.name === OTHER_NAME) {
        if (isMisspelt(bytes, lexer.start + 1, lexer.pos)) throw lexer.malformed();
      }
      const inDictionary = depth > 0 && dictionaries[depth] === 1;
      if (token === NAME && inDictionary && values === 1) {
        key = lexer.name;
        values = 0;
        integers = 0;
      } else if (token === REFERENCE) {
        if (integers < 2) throw lexer.malformed();
        values = 1;
        integers = 0;
      } else if (token === CLOSE_DICTIONARY || token === CLOSE_ARRAY) {
        const matches = inDictionary
          ? token === CLOSE_DICTIONARY && values === 1
          : token === CLOSE_ARRAY && depth > 0;
        if (!matches) throw lexer.malformed();
        depth--;
        values = 1;
        integers = 0;
      } else {
        if (inDictionary) {
          if (values > 0 && !(values === 1 && integers === 1 && token === INTEGER)) throw lexer.malformed();
          if (values++ === 0 && depth === 1 && key >= 0 && key < KEY_COUNT) {
            this.#values[key] = lexer.start;
            this.#keys.push(key);
          }
        }
        integers = token === INTEGER ? integers + 1 : 0;
        if (token === OPEN_DICTIONARY || token === OPEN_ARRAY) {
          if (depth++ === MAX_DEPTH) throw lexer.malformed();
          dictionaries[depth] = token === OPEN_DICTIONARY ? 1 : 0;
          values = 1;
        }
      }
    } while (depth > 0);
    this.end = lexer.pos;
  }

  /** The start of the value of a key, or 0. */
  at(key: number): number {
    return this.#values[key] ?? 0;
  }

  /** The value of a key if it is a direct, non-negative integer, otherwise -1. */
  integer(key: number): number {
    const at = this.at(key);
    return at === 0 || this.reference(key) >= 0 ? -1 : integerAt(this.bytes, at);
  }

  /** The object number if the value of a key is a reference (7.3.10), otherwise -1. */
  reference(key: number): number {
    const at = this.at(key);
    return at === 0 ? -1 : referenceAt(this.bytes, at);
  }

  /** Whether the value of a key is this name. */
  isName(key: number, name: number): boolean {
    const at = this.at(key);
    return at !== 0 && nameAt(this.bytes, at) === name;
  }
}

/** The integer token without a sign at this offset, or -1. */
export function integerAt(bytes: Uint8Array, at: number): number {
  const end = digitsEnd(bytes, at);
  return isA(REGULAR, bytes, end) ? -1 : decimal(bytes, at, end);
}

/** The integer at this offset, with an optional sign; 0 when there is none. */
export function signedIntegerAt(bytes: Uint8Array, at: number): number {
  const isNegative = bytes[at] === 0x2d;
  const value = Math.max(integerAt(bytes, isNegative || bytes[at] === 0x2b ? at + 1 : at), 0);
  return isNegative ? -value : value;
}

/** The object number of the reference at this offset (7.3.10), or -1. */
export function referenceAt(bytes: Uint8Array, at: number): number {
  const end = digitsEnd(bytes, at);
  const generation = skipWhiteSpace(bytes, end, MAX_SPACE);
  const generationEnd = digitsEnd(bytes, generation);
  const isReference =
    generation > end &&
    generationEnd > generation &&
    keywordAt(R, bytes, skipWhiteSpace(bytes, generationEnd, MAX_SPACE));
  return isReference ? decimal(bytes, at, end) : -1;
}

/** The number of the name at this offset, see `identify`; OTHER_NAME when there is none. */
export function nameAt(bytes: Uint8Array, at: number): number {
  return bytes[at] === SOLIDUS ? identify(bytes, at + 1, nameEnd(bytes, at)) : OTHER_NAME;
}

/**
 * The start of the content of the indirect object at this offset, after `n g obj` (7.3.10), or -1 when there is no such
 * object. White space and comments before it are skipped.
 */
export function objectAt(bytes: Uint8Array, at: number, number?: number, generation?: number): number {
  const start = skipBlanks(bytes, at, MAX_BLANKS);
  const end = digitsEnd(bytes, start);
  const generationStart = skipWhiteSpace(bytes, end, MAX_SPACE);
  const generationEnd = digitsEnd(bytes, generationStart);
  const obj = skipWhiteSpace(bytes, generationEnd, MAX_SPACE);
  if (!keywordAt(OBJ, bytes, obj) || generationStart === end) return -1;
  const foundNumber = decimal(bytes, start, end);
  const foundGeneration = decimal(bytes, generationStart, generationEnd);
  if (foundNumber < 0 || foundGeneration < 0) return -1;
  const isIt = (number ?? foundNumber) === foundNumber && (generation ?? foundGeneration) === foundGeneration;
  return isIt ? obj + OBJ.length : -1;
}

/** The number and generation of the indirect object at this offset. */
export function objectIdAt(bytes: Uint8Array, at: number): { number: number; generation: number } {
  const start = skipBlanks(bytes, at, MAX_BLANKS);
  const end = digitsEnd(bytes, start);
  const generation = skipWhiteSpace(bytes, end, MAX_SPACE);
  return {
    number: decimal(bytes, start, end),
    generation: decimal(bytes, generation, digitsEnd(bytes, generation)),
  };
}

/**
 * The end of the indirect object whose content ends at `contentEnd`, after `endobj`. Some writers omit `endobj` before
 * the next object or the cross-reference.
 *
 * @throws Damage object-malformed
 */
export function objectEnd(bytes: Uint8Array, contentEnd: number): number {
  const at = skipBlanks(bytes, contentEnd);
  if (keywordAt(ENDOBJ, bytes, at)) return at + ENDOBJ.length;
  const isNext = isA(DIGIT, bytes, at) && objectAt(bytes, at) >= 0;
  if (!isNext && !ENDS.some((word) => keywordAt(word, bytes, at))) throw new Damage('object-malformed', at);
  return at;
}
