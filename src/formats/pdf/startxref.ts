import {
  decimal,
  digitsEnd,
  isA,
  keyword,
  keywordAt,
  LESS_THAN,
  skipWhiteSpace,
  startsWith,
  WHITE_SPACE,
} from './characters.ts';
import { Damage } from './damage.ts';
import { skipBlanks } from './lexer.ts';
import { objectAt } from './scanner.ts';

const STARTXREF = keyword('startxref');
const EOF = keyword('%%EOF');
const XREF = keyword('xref');

/** Bytes at the end in which readers search for `%%EOF`, and before it for `startxref` (ISO 32000-1, H.3, note 18). */
const WINDOW = 1024;
/** The bytes of a disk sector. */
const SECTOR = 512;
/** The minimum length of padding with one repeated byte. */
const MIN_REPEATED = 4;

/** The end of a document (7.5.5): the offset of `startxref`, and the offset that it contains. */
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
  // Comments may precede %%EOF, and a repeated %%EOF is a comment.
  if (offset < 0 || skipBlanks(bytes, end) < eof) throw new Damage('truncated', at);
  const trailing = skipWhiteSpace(bytes, eof + EOF.length);
  if (!isPadding(bytes, trailing, eof + EOF.length)) throw new Damage('trailing-data', trailing);
  return { at, offset };
}

/**
 * Whether the bytes after `%%EOF` are padding of writers or transfers: white space, bytes that are not text, one
 * repeated byte, or old disk data up to a sector boundary. An error page or the start of a lost update is not.
 *
 * @param start the first byte that is not white space
 * @param eofEnd the end of `%%EOF`
 */
function isPadding(bytes: Uint8Array, start: number, eofEnd: number): boolean {
  const byte = bytes[start];
  if (byte === undefined || byte <= 0x20 || byte >= 0x7f) return true;
  const fillsSector = bytes.length % SECTOR === 0 && bytes.length - eofEnd < WINDOW;
  if (fillsSector) return byte !== LESS_THAN && !keywordAt(XREF, bytes, start) && objectAt(bytes, start) < 0;
  const end = trimmedEnd(bytes);
  for (let at = start; at < end; at++) if (bytes[at] !== byte) return false;
  return end - start >= MIN_REPEATED;
}

/** The end of the document without trailing white space. More than WINDOW NULs are a lost update, not white space. */
function trimmedEnd(bytes: Uint8Array): number {
  let end = bytes.length;
  for (let nulls = 0; end > 0 && isA(WHITE_SPACE, bytes, end - 1); end--) {
    if (bytes[end - 1] === 0 && ++nulls > WINDOW) break;
  }
  return end;
}

function findBackwards(word: Uint8Array, bytes: Uint8Array, end: number): number {
  for (let at = end - word.length; at >= 0 && at >= end - WINDOW; at--) {
    if (startsWith(word, bytes, at)) return at;
  }
  return -1;
}
