import { HEX_DIGIT, hexValue, isA, NUMBER_SIGN, startsWith } from './characters.ts';

/** The keys whose values are used. */
const KEYS = [
  ...['Type', 'Subtype', 'Length', 'Filter', 'DecodeParms', 'F', 'FFilter', 'DP', 'N', 'First'],
  ...['W', 'Index', 'Size', 'Root', 'Prev', 'XRefStm', 'Encrypt', 'ID'],
  // Parameters of filters (7.4)
  ...[
    'Predictor',
    'Columns',
    'Colors',
    'EarlyChange',
    'K',
    'Rows',
    'EncodedByteAlign',
    'EndOfLine',
    'DamagedRowsBeforeError',
  ],
  ...['JBIG2Globals', 'Name'],
  // The page tree and what pages name (7.7.3, 7.8.3)
  ...['Pages', 'Kids', 'Count', 'Parent', 'Contents', 'Resources', 'MediaBox', 'Font', 'XObject'],
  ...['FontDescriptor', 'DescendantFonts', 'FontFile', 'FontFile2', 'FontFile3', 'PatternType'],
  // Images (8.9.5)
  ...['Width', 'Height', 'BitsPerComponent', 'ColorSpace', 'ImageMask'],
  // Encryption (7.6)
  ...['V', 'R', 'O', 'U', 'OE', 'UE', 'P', 'CF', 'StmF', 'EFF', 'EncryptMetadata', 'CFM'],
];
/** The names that are compared with values. */
const VALUES = [
  ...['XRef', 'ObjStm', 'FlateDecode', 'Fl', 'LZWDecode', 'LZW'],
  ...['ASCIIHexDecode', 'AHx', 'ASCII85Decode', 'A85', 'RunLengthDecode', 'RL', 'CCITTFaxDecode', 'CCF'],
  ...['DCTDecode', 'DCT', 'JBIG2Decode', 'JPXDecode', 'Crypt', 'BrotliDecode'],
  ...['Page', 'Image', 'Form', 'PS', 'EmbeddedFile', 'Metadata'],
  ...['Standard', 'Identity', 'None', 'V2', 'AESV2', 'AESV3'],
  ...['Type0', 'Type1', 'MMType1', 'Type3', 'TrueType', 'CIDFontType0', 'CIDFontType2'],
  ...['Type1C', 'CIDFontType0C', 'OpenType'],
];
const NAMES = [...KEYS, ...VALUES];

/** Keys whose values are used have lower numbers. */
export const KEY_COUNT = KEYS.length;
/** The name is not in KEYS or VALUES. */
export const OTHER_NAME = -1;

const TABLE_SIZE = 512;
const table = new Int8Array(TABLE_SIZE).fill(OTHER_NAME);
const spellings = NAMES.map((name) => Uint8Array.from(Buffer.from(name)));
/** Characters of the longest name that is identified if it contains escapes. */
const MAX_ESCAPED = 32;

spellings.forEach((name, index) => {
  let slot = slotOf(hash(name), name.length);
  while (table[slot] !== OTHER_NAME) slot = (slot + 1) % TABLE_SIZE;
  table[slot] = index;
});

/** The number of a name in KEYS or VALUES. */
export function numberOf(name: string): number {
  return NAMES.indexOf(name);
}

/** The number of the name between two offsets, without its solidus, or OTHER_NAME. */
export function identify(bytes: Uint8Array, start: number, end: number): number {
  let h = 0;
  let hasEscape = false;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === NUMBER_SIGN) hasEscape = true;
    h = hashed(h, byte);
  }
  if (hasEscape && end - start <= MAX_ESCAPED) return identifyEscaped(bytes, start, end);
  return identifyHashed(h, bytes, start, end);
}

/** Extends the hash of a name by one byte. The hash of an empty name is 0. */
export function hashed(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0;
}

/** Like `identify`, for a name without escapes whose hash is known from reading it. */
export function identifyHashed(hash: number, bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  let slot = slotOf(hash, length);
  for (let index = table[slot] ?? OTHER_NAME; index !== OTHER_NAME; index = table[slot] ?? OTHER_NAME) {
    const spelling = spellings[index];
    if (spelling?.length === length && startsWith(spelling, bytes, start)) return index;
    slot = (slot + 1) % TABLE_SIZE;
  }
  return OTHER_NAME;
}

/** A name may contain escaped characters: `#46` is an F (7.3.5). */
function identifyEscaped(bytes: Uint8Array, start: number, end: number): number {
  const name = new Uint8Array(end - start);
  let length = 0;
  for (let at = start; at < end; at++) {
    const isEscape =
      bytes[at] === NUMBER_SIGN &&
      isA(HEX_DIGIT, bytes, at + 1) &&
      isA(HEX_DIGIT, bytes, at + 2) &&
      at + 2 < end;
    name[length++] = isEscape ? 16 * hexValue(bytes[at + 1]) + hexValue(bytes[at + 2]) : (bytes[at] ?? 0);
    if (isEscape) at += 2;
  }
  return identifyHashed(hash(name.subarray(0, length)), name, 0, length);
}

function hash(bytes: Uint8Array): number {
  return bytes.reduce(hashed, 0);
}

function slotOf(hash: number, length: number): number {
  return (hash ^ (hash >>> 12) ^ (length << 4)) & (TABLE_SIZE - 1);
}
