import { startsWith } from './characters.ts';

/** The keys whose values are looked up. */
const KEYS = [
  ...['Type', 'Length', 'Filter', 'DecodeParms', 'Predictor', 'Columns', 'N', 'First'],
  ...['W', 'Index', 'Size', 'Root', 'Prev', 'XRefStm', 'Encrypt', 'Pages'],
];
/** The names that are compared with their values. */
const VALUES = [
  ...['XRef', 'ObjStm', 'FlateDecode', 'Fl', 'LZWDecode', 'LZW'],
  ...['ASCIIHexDecode', 'AHx', 'ASCII85Decode', 'A85', 'RunLengthDecode', 'RL', 'CCITTFaxDecode', 'CCF'],
  ...['DCTDecode', 'DCT', 'JBIG2Decode', 'JPXDecode', 'Crypt'],
];
const NAMES = [...KEYS, ...VALUES];

/** The numbers of the keys whose values are looked up are less than this. */
export const KEY_COUNT = KEYS.length;
/** The name is none of those that mean anything here. */
export const OTHER_NAME = -1;

const TABLE_SIZE = 256;
const table = new Int8Array(TABLE_SIZE).fill(OTHER_NAME);
const spellings = NAMES.map((name) => Uint8Array.from(Buffer.from(name)));

spellings.forEach((name, index) => {
  let slot = hash(name, 0, name.length);
  while (table[slot] !== OTHER_NAME) slot = (slot + 1) % TABLE_SIZE;
  table[slot] = index;
});

/** The number of a name that means something here. */
export function numberOf(name: string): number {
  return NAMES.indexOf(name);
}

/** The number of the name that stands between two offsets, without its solidus, or OTHER_NAME. */
export function identify(bytes: Uint8Array, start: number, end: number): number {
  let slot = hash(bytes, start, end);
  for (let index = table[slot] ?? OTHER_NAME; index !== OTHER_NAME; index = table[slot] ?? OTHER_NAME) {
    const spelling = spellings[index];
    if (spelling?.length === end - start && startsWith(spelling, bytes, start)) return index;
    slot = (slot + 1) % TABLE_SIZE;
  }
  return OTHER_NAME;
}

function hash(bytes: Uint8Array, start: number, end: number): number {
  let h = end - start;
  for (let i = start; i < end; i++) h = (Math.imul(h, 31) + (bytes[i] ?? 0)) | 0;
  return (h ^ (h >>> 12)) & (TABLE_SIZE - 1);
}
