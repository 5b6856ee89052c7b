import { startsWith } from './characters.ts';

/** Names that decide what pages show, from five characters on. Shorter ones are too similar to custom names. */
const STANDARD = [
  ...[
    'Pages',
    'Parent',
    'Count',
    'Contents',
    'Resources',
    'MediaBox',
    'CropBox',
    'Rotate',
    'Annots',
    'Group',
  ],
  ...[
    'XObject',
    'ExtGState',
    'ColorSpace',
    'Pattern',
    'Shading',
    'ProcSet',
    'Properties',
    'Subtype',
    'Matrix',
  ],
  ...['Image', 'Width', 'Height', 'BitsPerComponent', 'ImageMask', 'SMask', 'Decode', 'Length'],
  ...[
    'DecodeParms',
    'Predictor',
    'Columns',
    'Colors',
    'BlackIs1',
    'EncodedByteAlign',
    'EndOfLine',
    'EndOfBlock',
  ],
  'JBIG2Globals',
  ...[
    'DeviceGray',
    'DeviceRGB',
    'DeviceCMYK',
    'CalGray',
    'CalRGB',
    'ICCBased',
    'Indexed',
    'Separation',
    'DeviceN',
  ],
  ...[
    'Type0',
    'Type1',
    'Type3',
    'MMType1',
    'TrueType',
    'CIDFontType0',
    'CIDFontType2',
    'BaseFont',
    'Encoding',
  ],
  ...[
    'FontDescriptor',
    'DescendantFonts',
    'FontFile',
    'FontFile2',
    'FontFile3',
    'FirstChar',
    'LastChar',
    'Widths',
  ],
  ...['CIDToGIDMap', 'CIDSystemInfo', 'ToUnicode', 'CharProcs', 'FontMatrix', 'Differences', 'BaseEncoding'],
  ...['WinAnsiEncoding', 'MacRomanEncoding', 'StandardEncoding', 'Identity-H', 'Identity-V', 'Identity'],
  ...['Encrypt', 'Standard', 'StdCF', 'AESV2', 'AESV3', 'EncryptMetadata', 'XRefStm', 'ObjStm'],
].map((name) => Uint8Array.from(Buffer.from(name)));

/** The standard names by length. */
const byLength: (readonly Uint8Array[])[] = [];
for (const name of STANDARD) byLength[name.length] = [...(byLength[name.length] ?? []), name];

/** The bit that differs between capital and small letters. A name in other case is a different name. */
const CASE = 0x20;
/** 1 for each byte that ends a name. */
const ENDS = new Uint8Array(256);
for (const byte of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+*#')) {
  ENDS[byte] = 1;
}

/**
 * Whether the name between two offsets is a standard one with one damaged bit, or with a damaged white-space byte after
 * it. Readers ignore such a key and show a page without the value.
 */
export function isMisspelt(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  for (const name of byLength[length] ?? []) {
    if (differsInOneBit(name, bytes, start)) return !isStandard(length, bytes, start);
  }
  return ENDS[bytes[end - 1] ?? 0] !== 1 && isStandard(length - 1, bytes, start);
}

function isStandard(length: number, bytes: Uint8Array, start: number): boolean {
  return (byLength[length] ?? []).some((name) => startsWith(name, bytes, start));
}

function differsInOneBit(name: Uint8Array, bytes: Uint8Array, start: number): boolean {
  let difference = 0;
  for (let index = 0; index < name.length; index++) {
    const bits = (name[index] ?? 0) ^ (bytes[start + index] ?? 0);
    if (bits === 0) continue;
    if (difference !== 0 || (bits & (bits - 1)) !== 0 || bits === CASE) return false;
    difference = bits;
  }
  return difference !== 0;
}
