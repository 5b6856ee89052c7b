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

/** Deeper nesting is taken for damage; readers stop there as well. */
const MAX_DEPTH = 500;
/** White space that is looked through between the parts of `n g obj` and of `n g R`. */
export const MAX_SPACE = 32;
/** Bytes of white space and comments that are looked through where an offset points. */
export const MAX_BLANKS = 256;

const OBJ = keyword('obj');
export const ENDOBJ = keyword('endobj');
const R = keyword('R');
/** What follows the last object before a cross-reference section, or before the end. */
const ENDS = ['xref', 'trailer', 'startxref'].map(keyword);

/** Whether each level of nesting is a dictionary, while an object is scanned: one scan ends before another begins. */
const dictionaries = new Uint8Array(MAX_DEPTH + 1);

/**
 * Passes over objects (7.3) without building them: checks the syntax, and remembers where the values of the outermost
 * dictionary's keys are until the next object is scanned.
 */
export class Scanner {
  bytes: Uint8Array;
  /** Where the last object starts and ends, and whether it is a dictionary. */
  start = 0;
  end = 0;
  isDictionary = false;
  readonly #lexer: Lexer;
  readonly #refusesMisspelt: boolean;
  /** Where the value of each key that is looked up starts; 0 when it has none. No typed array, which costs a malloc. */
  readonly #values = new Array<number>(KEY_COUNT).fill(0);
  /** The keys that have one. */
  readonly #keys: number[] = [];

  /** @param refusesMisspelt whether names that damage made of standard ones break the syntax, see `isMisspelt` */
  constructor(bytes: Uint8Array, refusesMisspelt = false) {
    this.bytes = bytes;
    this.#lexer = new Lexer(bytes);
    this.#refusesMisspelt = refusesMisspelt;
  }

  /**
   * @param bytes where the object is, when it is in others than the last one
   * @throws Damage object-malformed
   */
  scan(at: number, bytes = this.bytes): void {
    const lexer = this.#lexer;
    this.bytes = lexer.bytes = bytes;
    for (const set of this.#keys) this.#values[set] = 0;
    this.#keys.length = 0;
    lexer.pos = at;
    let depth = 0;
    // Values since the last key, counting the two integers of a reference apart until its R shows what they are.
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

  /** Where the value of a standard key starts, or 0. */
  at(key: number): number {
    return this.#values[key] ?? 0;
  }

  /** The value of a key when it is an integer that is not negative and no reference, else -1. */
  integer(key: number): number {
    const at = this.at(key);
    return at === 0 || this.reference(key) >= 0 ? -1 : integerAt(this.bytes, at);
  }

  /** The object number when the value of a key is a reference (7.3.10), else -1. */
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

/** The integer that stands at this place as a token of its own, or -1 when there is none or a sign. */
export function integerAt(bytes: Uint8Array, at: number): number {
  const end = digitsEnd(bytes, at);
  return isA(REGULAR, bytes, end) ? -1 : decimal(bytes, at, end);
}

/** The integer that stands at this place, with its sign; 0 when there is none. */
export function signedIntegerAt(bytes: Uint8Array, at: number): number {
  const isNegative = bytes[at] === 0x2d;
  const value = Math.max(integerAt(bytes, isNegative || bytes[at] === 0x2b ? at + 1 : at), 0);
  return isNegative ? -value : value;
}

/** The object number of the reference that stands here (7.3.10), or -1. */
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

/** The number of the standard name at this place, see `identify`; OTHER_NAME when there is none. */
export function nameAt(bytes: Uint8Array, at: number): number {
  return bytes[at] === SOLIDUS ? identify(bytes, at + 1, nameEnd(bytes, at)) : OTHER_NAME;
}

/**
 * Where the content of the indirect object that starts here begins: behind `n g obj` (7.3.10), or -1 when there is no
 * such object. White space and comments before it are looked through.
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

/** The number and generation of the indirect object that starts here. */
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
 * Where the indirect object ends whose content ends here: behind `endobj`. Some writers leave it out where the next
 * object or the cross-reference follows.
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
