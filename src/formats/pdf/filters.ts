import { keyword, keywordAt, LEFT_BRACKET, SOLIDUS } from './characters.ts';
import { Elements, Entries, firstElement, nameOf } from './containers.ts';
import { Damage } from './damage.ts';
import { nameEnd } from './lexer.ts';
import { numberOf, OTHER_NAME } from './names.ts';
import type { ObjectTable, Value } from './object-table.ts';
import { nameAt, referenceAt } from './scanner.ts';
import type { Scanner } from './scanner.ts';

/** A filter of a stream (7.4), with the position of its parameters, if any. */
export interface Filter {
  readonly name: FilterName;
  readonly parameters: Value | undefined;
}

export type FilterName =
  | 'Flate'
  | 'LZW'
  | 'ASCIIHex'
  | 'ASCII85'
  | 'RunLength'
  | 'CCITTFax'
  | 'DCT'
  | 'JBIG2'
  | 'JPX'
  | 'Crypt'
  /** Recognised only by its name: BrotliDecode, and proprietary filters. */
  | 'Other';

/** All filters of Table 6, and the abbreviations of Table 92, which readers also accept in streams. */
const FILTERS: ReadonlyMap<number, FilterName> = new Map(
  Object.entries({
    FlateDecode: 'Flate',
    Fl: 'Flate',
    LZWDecode: 'LZW',
    LZW: 'LZW',
    ASCIIHexDecode: 'ASCIIHex',
    AHx: 'ASCIIHex',
    ASCII85Decode: 'ASCII85',
    A85: 'ASCII85',
    RunLengthDecode: 'RunLength',
    RL: 'RunLength',
    CCITTFaxDecode: 'CCITTFax',
    CCF: 'CCITTFax',
    DCTDecode: 'DCT',
    DCT: 'DCT',
    JBIG2Decode: 'JBIG2',
    JPXDecode: 'JPX',
    Crypt: 'Crypt',
    BrotliDecode: 'Other',
  } as const).map(([name, filter]) => [numberOf(name), filter]),
);

const FILTER = numberOf('Filter');
const F = numberOf('F');
const F_FILTER = numberOf('FFilter');
const DECODE_PARMS = numberOf('DecodeParms');
const DP = numberOf('DP');
/** Keys whose values may be filter names: of the stream, of an external file, and of parameters. */
const KEYS_OF_FILTERS: readonly number[] = [FILTER, F, F_FILTER, DECODE_PARMS, DP];
const NULL = keyword('null');

/** Adjacent characters that one damage of a name may change. */
const MAX_CHANGED = 2;
const NAMES = [
  'FlateDecode',
  'LZWDecode',
  'ASCIIHexDecode',
  'ASCII85Decode',
  'RunLengthDecode',
  'CCITTFaxDecode',
  'DCTDecode',
  'JBIG2Decode',
  'JPXDecode',
  ...['LZW', 'AHx', 'A85', 'CCF', 'DCT'],
];

/** More filters than any writer combines. */
const MAX_FILTERS = 8;
/** The shortest filter name that is searched under other keys. Two-letter abbreviations may have other meanings. */
const MIN_NAME = 'DCTDecode'.length;

/**
 * The filters of the stream whose dictionary was scanned last (Table 5).
 *
 * @param table resolves references; without it no reference is resolved
 * @param offset offset of the stream in the document, for the verdict
 * @returns undefined when they are unknown, because a reference leads to an unread object
 * @throws Damage stream-corrupt for an unknown filter, because a damaged name would prevent the check of its stream
 */
export function filtersOf(
  scanner: Scanner,
  table: ObjectTable | undefined,
  offset: number,
): Filter[] | undefined {
  const { bytes } = scanner;
  const at = scanner.at(FILTER);
  if (at === 0) return misplaced(scanner) ? damaged(offset) : [];
  if (keywordAt(NULL, bytes, at)) return [];
  const value = resolved(table, bytes, at);
  if (value === undefined) return isUnread(table, bytes, at) ? undefined : damaged(offset);
  const parameters =
    scanner.at(DECODE_PARMS) === 0 ? undefined : resolved(table, bytes, scanner.at(DECODE_PARMS));
  const isArray = value.bytes[value.at] === LEFT_BRACKET;
  if (!isArray) return [{ name: filterAt(value, offset), parameters: firstOf(parameters, table) }];
  const all = parameters === undefined ? [] : parametersOf(parameters, table);
  const filters: Filter[] = [];
  for (const element = new Elements(value.bytes, value.at); element.next();) {
    const name = resolved(table, value.bytes, element.at);
    if (name === undefined) return isUnread(table, value.bytes, element.at) ? undefined : damaged(offset);
    if (filters.length === MAX_FILTERS) return damaged(offset);
    filters.push({ name: filterAt(name, offset), parameters: all[filters.length] });
  }
  return filters;
}

function damaged(offset: number): never {
  throw new Damage('stream-corrupt', offset);
}

function filterAt({ bytes, at }: Value, offset: number): FilterName {
  const known = FILTERS.get(nameAt(bytes, at));
  if (known !== undefined) return known;
  const name = bytes[at] === SOLIDUS ? nameOf(bytes, at + 1, nameEnd(bytes, at)) : '';
  return isOfAnother(name) ? 'Other' : damaged(offset);
}

/** Whether the name is that of a proprietary filter, and not a damaged name of Table 6. */
function isOfAnother(name: string): boolean {
  const isWord = /^[A-Za-z][A-Za-z0-9._-]{2,31}$/.test(name);
  return isWord && !NAMES.some((known) => isAlike(name, known));
}

/** Whether one change turns a name into a known one: of up to MAX_CHANGED adjacent characters, or of its length. */
function isAlike(name: string, known: string): boolean {
  const shorter = Math.min(name.length, known.length);
  let same = 0;
  while (same < shorter && name[same] === known[same]) same++;
  let tail = 0;
  while (tail < shorter - same && name.at(-1 - tail) === known.at(-1 - tail)) tail++;
  return Math.max(name.length, known.length) - same - tail <= Math.min(MAX_CHANGED, known.length - 2);
}

/** The parameters of each filter. The parameters of a single filter may stand without an array. */
function parametersOf(value: Value, table: ObjectTable | undefined): (Value | undefined)[] {
  if (value.bytes[value.at] !== LEFT_BRACKET) return [value];
  const parameters: (Value | undefined)[] = [];
  const element = new Elements(value.bytes, value.at);
  while (parameters.length < MAX_FILTERS && element.next()) {
    parameters.push(resolved(table, value.bytes, element.at));
  }
  return parameters;
}

function firstOf(value: Value | undefined, table: ObjectTable | undefined): Value | undefined {
  return value === undefined ? undefined : parametersOf(value, table)[0];
}

function resolved(table: ObjectTable | undefined, bytes: Uint8Array, at: number): Value | undefined {
  if (table !== undefined) return table.resolve(bytes, at);
  return referenceAt(bytes, at) >= 0 || keywordAt(NULL, bytes, at) ? undefined : { bytes, at };
}

/** Whether a reference stands here that cannot be resolved. */
function isUnread(table: ObjectTable | undefined, bytes: Uint8Array, at: number): boolean {
  const number = referenceAt(bytes, at);
  return number >= 0 && (table === undefined || table.isUnread(number));
}

/** Whether a filter name stands under another key, because the key /Filter was damaged. */
function misplaced({ bytes, start }: Scanner): boolean {
  for (const entry = new Entries(bytes, start); entry.next();) {
    const { key, at } = entry;
    if (KEYS_OF_FILTERS.includes(key)) continue;
    const first = bytes[at] === LEFT_BRACKET ? firstElement(bytes, at) : at;
    const isName = first !== undefined && bytes[first] === SOLIDUS && nameAt(bytes, first) !== OTHER_NAME;
    if (isName && FILTERS.has(nameAt(bytes, first)) && hasLength(bytes, first)) return true;
  }
  return false;
}

function hasLength(bytes: Uint8Array, at: number): boolean {
  return nameEnd(bytes, at) - at - 1 >= MIN_NAME;
}
