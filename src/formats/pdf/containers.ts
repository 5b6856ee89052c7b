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

/** An entry of a dictionary: where its key stands, without the solidus, and where its value starts. */
export interface Entry {
  readonly keyStart: number;
  readonly keyEnd: number;
  /** The number of the key, see `identify`. */
  readonly key: number;
  readonly at: number;
}

/**
 * The entries of the dictionary that stands here (7.3.7); none when there is no dictionary.
 *
 * @throws Damage object-malformed
 */
export function entries(bytes: Uint8Array, at: number): Entry[] {
  const found: Entry[] = [];
  const lexer = new Lexer(bytes);
  lexer.pos = at;
  if (lexer.next() !== OPEN_DICTIONARY) return found;
  let keyStart = 0;
  let keyEnd = 0;
  let key = 0;
  let hasKey = false;
  for (let depth = 1; ;) {
    const token = lexer.next();
    if (depth === 1) {
      if (token === CLOSE_DICTIONARY) return found;
      if (hasKey) found.push({ keyStart, keyEnd, key, at: lexer.start });
      // What else a value consists of holds no name at this depth.
      hasKey = token === NAME && !hasKey;
      if (hasKey) {
        keyStart = lexer.start + 1;
        keyEnd = lexer.pos;
        key = lexer.name;
      }
    }
    depth += nesting(token);
  }
}

/**
 * Where the elements of the array that stands here start (7.3.6); none when there is no array.
 *
 * @param limit how many are wanted at most: many objects may share a long array
 * @throws Damage object-malformed
 */
export function elements(bytes: Uint8Array, at: number, limit = Infinity): number[] {
  const found: number[] = [];
  const lexer = new Lexer(bytes);
  lexer.pos = at;
  if (lexer.next() !== OPEN_ARRAY) return found;
  for (let depth = 1, reference = false; ;) {
    const token = lexer.next();
    if (depth === 1) {
      if (token === CLOSE_ARRAY) return found;
      if (token === REFERENCE) reference = false;
      else if (!reference) {
        reference = token === INTEGER && referenceAt(bytes, lexer.start) >= 0;
        found.push(lexer.start);
        if (found.length >= limit) return found;
      }
    }
    depth += nesting(token);
  }
}

/** How much deeper the next token is. */
function nesting(token: number): number {
  if (token === OPEN_ARRAY || token === OPEN_DICTIONARY) return 1;
  return token === CLOSE_ARRAY || token === CLOSE_DICTIONARY ? -1 : 0;
}

/** The text of the name between two offsets, without its escapes (7.3.5). */
export function nameOf(bytes: Uint8Array, start: number, end: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
  return text.replace(/#([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}
