import {
  CLOSE_ARRAY,
  CLOSE_DICTIONARY,
  INTEGER,
  Lexer,
  NAME,
  OPEN_ARRAY,
  OPEN_DICTIONARY,
  REFERENCE,
} from './lexer.ts';
import { referenceAt } from './scanner.ts';

/**
 * Iterates over the entries of the dictionary at an offset (7.3.7); over none if no dictionary stands there. Keeps only
 * one entry, because a dictionary may have millions.
 */
export class Entries {
  /** The start of the current key, after the solidus; and its number, see `identify`. */
  keyStart = 0;
  keyEnd = 0;
  key = 0;
  /** The start of the current value. */
  at = 0;
  readonly #lexer: Lexer;
  #depth: number;
  #hasKey = false;

  /** @throws Damage object-malformed */
  constructor(bytes: Uint8Array, at: number) {
    this.#lexer = new Lexer(bytes);
    this.#lexer.pos = at;
    this.#depth = this.#lexer.next() === OPEN_DICTIONARY ? 1 : 0;
  }

  /**
   * Moves to the next entry; false when there is none.
   *
   * @throws Damage object-malformed
   */
  next(): boolean {
    const lexer = this.#lexer;
    while (this.#depth > 0) {
      const token = lexer.next();
      const isOutermost = this.#depth === 1;
      this.#depth += nesting(token);
      if (!isOutermost || this.#depth === 0) continue;
      // The other tokens of a value contain no name at this depth.
      const isValue = this.#hasKey;
      this.#hasKey = token === NAME && !isValue;
      if (isValue) {
        this.at = lexer.start;
        return true;
      }
      if (this.#hasKey) {
        this.keyStart = lexer.start + 1;
        this.keyEnd = lexer.pos;
        this.key = lexer.name;
      }
    }
    return false;
  }
}

/** Iterates over the elements of the array at an offset (7.3.6); over none if no array stands there. */
export class Elements {
  /** The start of the current element. */
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #lexer: Lexer;
  #depth: number;
  #isReference = false;

  /** @throws Damage object-malformed */
  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#lexer = new Lexer(bytes);
    this.#lexer.pos = at;
    this.#depth = this.#lexer.next() === OPEN_ARRAY ? 1 : 0;
  }

  /**
   * Moves to the next element; false when there is none.
   *
   * @throws Damage object-malformed
   */
  next(): boolean {
    const lexer = this.#lexer;
    while (this.#depth > 0) {
      const token = lexer.next();
      const isOutermost = this.#depth === 1;
      this.#depth += nesting(token);
      if (!isOutermost || this.#depth === 0) continue;
      if (token === REFERENCE) this.#isReference = false;
      else if (!this.#isReference) {
        this.at = lexer.start;
        this.#isReference = token === INTEGER && referenceAt(this.#bytes, this.at) >= 0;
        return true;
      }
    }
    return false;
  }
}

/** The start of the first element of the array at this offset; undefined when there is none. */
export function firstElement(bytes: Uint8Array, at: number): number | undefined {
  const elements = new Elements(bytes, at);
  return elements.next() ? elements.at : undefined;
}

/** How a token changes the nesting depth. */
function nesting(token: number): number {
  if (token === OPEN_ARRAY || token === OPEN_DICTIONARY) return 1;
  return token === CLOSE_ARRAY || token === CLOSE_DICTIONARY ? -1 : 0;
}

/** The text of the name between two offsets, with its escapes decoded (7.3.5). */
export function nameOf(bytes: Uint8Array, start: number, end: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
  return text.replace(/#([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}
