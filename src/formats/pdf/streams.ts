import { keyword, keywordAt, skipWhiteSpace } from './characters.ts';
import { Damage } from './damage.ts';
import { skipBlanks } from './lexer.ts';

const STREAM = keyword('stream');
const ENDSTREAM = keyword('endstream');

/** White space between the data and `endstream`: an end-of-line marker, and what sloppy writers add. */
const MAX_SPACE_AFTER_DATA = 64;

const NUL = 0;
const FORM_FEED = 0x0c;
const SPACE = 0x20;
const TAB = 0x09;
/** Some writers put blanks between `stream` and its end of line. */
const MAX_BLANKS_BEFORE_EOL = 32;

/** Where the data start of the stream whose dictionary ends here (7.3.8.1), or -1 when it is no stream. */
export function dataStart(bytes: Uint8Array, dictionaryEnd: number): number {
  const at = skipBlanks(bytes, dictionaryEnd);
  if (!keywordAt(STREAM, bytes, at)) return -1;
  const keywordEnd = at + STREAM.length;
  let eol = keywordEnd;
  while (eol < keywordEnd + MAX_BLANKS_BEFORE_EOL && (bytes[eol] === SPACE || bytes[eol] === TAB)) eol++;
  if (bytes[eol] === 0x0a) return eol + 1;
  if (bytes[eol] !== 0x0d) throw new Damage('object-malformed', eol);
  // A carriage return alone is not allowed; some writers never knew.
  return bytes[eol + 1] === 0x0a ? eol + 2 : eol + 1;
}

/**
 * Where the stream ends whose data end here: behind `endstream`. What sloppy writers add is blanks and ends of lines; NUL and
 * form feed, though white space too (7.2.2), are data that a longer stream left over.
 *
 * @throws Damage stream-length-mismatch
 */
export function streamEnd(bytes: Uint8Array, dataEnd: number): number {
  const at = skipWhiteSpace(bytes, dataEnd, MAX_SPACE_AFTER_DATA);
  const space = bytes.subarray(dataEnd, at);
  if (space.includes(NUL) || space.includes(FORM_FEED) || !keywordAt(ENDSTREAM, bytes, at))
    throw new Damage('stream-length-mismatch', dataEnd);
  return at + ENDSTREAM.length;
}
