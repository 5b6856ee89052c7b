import { decimal, digitsEnd, isA, keyword, skipWhiteSpace, startsWith, WHITE_SPACE } from './characters.ts';
import { Damage } from './damage.ts';
import { skipBlanks } from './lexer.ts';

const STARTXREF = keyword('startxref');
const EOF = keyword('%%EOF');

/** Bytes at the end in which readers look for `%%EOF`, and before it for `startxref` (ISO 32000-1, H.3, note 18). */
const WINDOW = 1024;

/** The end of a document (7.5.5): where its `startxref` stands, and the offset that it gives. */
export interface Startxref {
  readonly at: number;
  readonly offset: number;
}

/** @throws Damage truncated, trailing-data */
export function findStartxref(bytes: Uint8Array): Startxref {
  const eof = findBackwards(EOF, bytes, trimmedEnd(bytes));
  const at = findBackwards(STARTXREF, bytes, eof);
  if (eof < 0 || at < 0) throw new Damage('truncated', bytes.length);
  const digits = skipWhiteSpace(bytes, at + STARTXREF.length);
  const end = digitsEnd(bytes, digits);
  const offset = decimal(bytes, digits, end);
  // Comments may stand between, and a first of two %%EOF is one.
  if (offset < 0 || skipBlanks(bytes, end) < eof) throw new Damage('truncated', at);
  // Readers put up with binary padding; an error page or the beginning of a lost update is none.
  const trailing = skipWhiteSpace(bytes, eof + EOF.length);
  const byte = bytes[trailing] ?? 0;
  if (byte > 0x20 && byte < 0x7f) throw new Damage('trailing-data', trailing);
  return { at, offset };
}

/** Where the document ends but for white space and NULs. */
function trimmedEnd(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && isA(WHITE_SPACE, bytes, end - 1)) end--;
  return end;
}

function findBackwards(word: Uint8Array, bytes: Uint8Array, end: number): number {
  for (let at = end - word.length; at >= 0 && at >= end - WINDOW; at--) {
    if (startsWith(word, bytes, at)) return at;
  }
  return -1;
}
