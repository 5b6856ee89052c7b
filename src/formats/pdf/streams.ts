import { keyword, keywordAt, skipWhiteSpace } from './characters.ts';
import { Damage } from './damage.ts';
import { skipBlanks } from './lexer.ts';

const STREAM = keyword('stream');
const ENDSTREAM = keyword('endstream');

/** Bytes of white space allowed between the data and `endstream`: a line ending, and what some writers add. */
const MAX_SPACE_AFTER_DATA = 64;

const NUL = 0;
const FORM_FEED = 0x0c;
const SPACE = 0x20;
const TAB = 0x09;
/** Bytes of blanks allowed between `stream` and its line ending. Some writers add them. */
const MAX_BLANKS_BEFORE_EOL = 32;

/** The start of the data of the stream whose dictionary ends here (7.3.8.1); -1 when it is not a stream. */
export function dataStart(bytes: Uint8Array, dictionaryEnd: number): number {
  const at = skipBlanks(bytes, dictionaryEnd);
  if (!keywordAt(STREAM, bytes, at)) return -1;
  const keywordEnd = at + STREAM.length;
  let eol = keywordEnd;
  while (eol < keywordEnd + MAX_BLANKS_BEFORE_EOL && (bytes[eol] === SPACE || bytes[eol] === TAB)) eol++;
  if (bytes[eol] === 0x0a) return eol + 1;
  if (bytes[eol] !== 0x0d) throw new Damage('object-malformed', eol);
  // Some writers use only a carriage return, which is not allowed.
  return bytes[eol + 1] === 0x0a ? eol + 2 : eol + 1;
}

/**
 * The end of the stream whose data end at this offset, after `endstream`. Some writers add spaces and line endings. NUL
 * and form feed are white space too (7.2.2), but here they are the rest of a longer stream.
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
