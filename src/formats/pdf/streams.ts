import { ascii85Bound, asciiHexBound, decodeAscii85, decodeAsciiHex } from './ascii-filters.ts';
import {
  DIGIT,
  HEX_DIGIT,
  isA,
  keyword,
  keywordAt,
  LEFT_BRACKET,
  NUMBER_SIGN,
  RIGHT_BRACKET,
  skipWhiteSpace,
  SOLIDUS,
} from './characters.ts';
import { Damage } from './damage.ts';
import type { Inflater } from './inflater.ts';
import { nameEnd, skipBlanks } from './lexer.ts';
import { isLzw } from './lzw.ts';
import { OTHER_NAME, numberOf } from './names.ts';
import { nameAt } from './scanner.ts';
import type { Scanner } from './scanner.ts';

const NULL = keyword('null');
const STREAM = keyword('stream');
const ENDSTREAM = keyword('endstream');

const FILTER = numberOf('Filter');
const FLATE = [numberOf('FlateDecode'), numberOf('Fl')];
const ASCII_HEX = [numberOf('ASCIIHexDecode'), numberOf('AHx')];
const ASCII_85 = [numberOf('ASCII85Decode'), numberOf('A85')];
const LZW = [numberOf('LZWDecode'), numberOf('LZW')];
const OTHERS = [
  'RunLengthDecode',
  'RL',
  'CCITTFaxDecode',
  'CCF',
  'DCTDecode',
  'DCT',
  'JBIG2Decode',
  'JPXDecode',
  'Crypt',
];
/** All there are: Table 6, and Table 92 for the abbreviations. */
const FILTERS: ReadonlySet<number> = new Set([
  ...FLATE,
  ...ASCII_HEX,
  ...ASCII_85,
  ...LZW,
  ...OTHERS.map(numberOf),
]);
/** More than any writer puts one over the other. */
const MAX_FILTERS = 8;
const DECODE_PARMS = numberOf('DecodeParms');
const NOTHING = new Uint8Array(0);

/** White space between the data and `endstream`: an end-of-line marker, and what sloppy writers add. */
const MAX_SPACE_AFTER_DATA = 64;

/** Where the data start of the stream whose dictionary ends here (7.3.8.1), or -1 when it is no stream. */
export function dataStart(bytes: Uint8Array, dictionaryEnd: number): number {
  const at = skipBlanks(bytes, dictionaryEnd);
  if (!keywordAt(STREAM, bytes, at)) return -1;
  const eol = at + STREAM.length;
  if (bytes[eol] === 0x0a) return eol + 1;
  if (bytes[eol] !== 0x0d) throw new Damage('object-malformed', eol);
  // A carriage return alone is not allowed; some writers never knew.
  return bytes[eol + 1] === 0x0a ? eol + 2 : eol + 1;
}

/** Where the stream ends whose data end here: behind `endstream`. */
export function streamEnd(bytes: Uint8Array, dataEnd: number): number {
  const at = skipWhiteSpace(bytes, dataEnd, MAX_SPACE_AFTER_DATA);
  if (!keywordAt(ENDSTREAM, bytes, at)) throw new Damage('stream-length-mismatch', dataEnd);
  return at + ENDSTREAM.length;
}

/**
 * Decodes the stream whose dictionary was scanned last, as far as its filters can tell damaged data: the ASCII filters,
 * LZWDecode and FlateDecode.
 *
 * @param isRead whether the data are wanted, or their check alone
 * @returns the data, unless nobody wants them, another filter is in the way, or they are more than may be held
 * @throws Damage stream-corrupt
 * @throws OutOfWork
 */
export function decodeStream(
  scanner: Scanner,
  start: number,
  end: number,
  inflater: Inflater,
  isRead: boolean,
): Uint8Array | undefined {
  const { bytes } = scanner;
  const { work, scratch } = inflater;
  let data: Uint8Array | undefined = bytes.subarray(start, end);
  const chain = filters(scanner, start);
  for (const [index, filter] of chain.entries()) {
    const isDropped = index === chain.length - 1 && !isRead;
    if (FLATE.includes(filter)) {
      if (isDropped) inflater.check(data, start);
      data = isDropped ? undefined : inflater.inflate(data, start);
    } else if (ASCII_HEX.includes(filter) || ASCII_85.includes(filter)) {
      const isHex = ASCII_HEX.includes(filter);
      const room = isDropped ? 0 : isHex ? asciiHexBound(data) : ascii85Bound(data);
      if (!inflater.mayHold(room)) return undefined;
      const decode = isHex ? decodeAsciiHex : decodeAscii85;
      data = decode(data, isDropped ? NOTHING : scratch.next(room), work);
      if (data === undefined) throw new Damage('stream-corrupt', start);
    } else {
      // /DecodeParms may change when the codes become longer.
      const isDamaged = LZW.includes(filter) && scanner.at(DECODE_PARMS) === 0 && !isLzw(data, work);
      if (isDamaged) throw new Damage('stream-corrupt', start);
      return undefined;
    }
    if (data === undefined) return undefined;
  }
  return data;
}

/**
 * The numbers of the filters in the value of /Filter: a name or an array of names (Table 5). OTHER_NAME for one that
 * cannot be known.
 *
 * @throws Damage stream-corrupt when there is no such filter: a name that took damage would leave its stream unchecked
 */
function filters(scanner: Scanner, offset: number): number[] {
  const { bytes } = scanner;
  const value = scanner.at(FILTER);
  const names: number[] = [];
  if (value === 0 || keywordAt(NULL, bytes, value)) return names;
  // A reference is legal here and not followed: some filter or other.
  if (scanner.reference(FILTER) >= 0) return [OTHER_NAME];
  const isArray = bytes[value] === LEFT_BRACKET;
  let at = isArray ? skipBlanks(bytes, value + 1) : value;
  for (; bytes[at] === SOLIDUS && names.length < MAX_FILTERS; at = skipBlanks(bytes, nameEnd(bytes, at))) {
    const name = nameAt(bytes, at);
    if (!FILTERS.has(name) && !isEscaped(bytes, at)) throw new Damage('stream-corrupt', offset);
    names.push(FILTERS.has(name) ? name : OTHER_NAME);
    if (!isArray) return names;
  }
  if (isArray && isA(DIGIT, bytes, at)) return [...names, OTHER_NAME];
  if (!isArray || bytes[at] !== RIGHT_BRACKET) throw new Damage('stream-corrupt', offset);
  return names;
}

/** Whether the name that stands here writes a character of it by its number (7.3.5), so that it may be any. */
function isEscaped(bytes: Uint8Array, at: number): boolean {
  for (let pos = at + 1, end = nameEnd(bytes, at); pos < end; pos++) {
    if (bytes[pos] === NUMBER_SIGN && isA(HEX_DIGIT, bytes, pos + 1) && isA(HEX_DIGIT, bytes, pos + 2))
      return true;
  }
  return false;
}
