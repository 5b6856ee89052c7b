import { keyword, keywordAt, LEFT_BRACKET, SOLIDUS } from './characters.ts';
import { Elements, Entries, firstElement, nameOf } from './containers.ts';
import { Damage } from './damage.ts';
import { nameEnd } from './lexer.ts';
import { numberOf, OTHER_NAME } from './names.ts';
import type { ObjectTable, Value } from './object-table.ts';
import { nameAt, referenceAt } from './scanner.ts';
import type { Scanner } from './scanner.ts';

/** A filter of a stream (7.4), and where its parameters are, when it has some. */
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
  /** Known by name alone: BrotliDecode, and those of one program. */
  | 'Other';

/** All there are: Table 6, with the abbreviations of Table 92, which readers take for streams as well. */
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
/** Keys whose values may be the names of filters: those of the stream, of an external file, and of parameters. */
const KEYS_OF_FILTERS: readonly number[] = [FILTER, F, F_FILTER, DECODE_PARMS, DP];
const NULL = keyword('null');

/** Characters that change at once when a name takes damage. */
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

/** More than any writer puts one over the other. */
const MAX_FILTERS = 8;
/** The shortest name of a filter that is taken for one under another key: two letters may mean anything. */
const MIN_NAME = 'DCTDecode'.length;

/**
 * The filters of the stream whose dictionary was scanned last (Table 5).
 *
 * @param table finds what the values refer to; without it references are followed nowhere
 * @param offset where in the document the stream is, for the verdict
 * @returns undefined when they cannot be known: a reference leads to what went unread
 * @throws Damage stream-corrupt when there is no such filter: a name that took damage would leave its stream unchecked
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

/** Whether a name is that of a filter which one program alone knows, and not one of Table 6 that took damage. */
function isOfAnother(name: string): boolean {
  const isWord = /^[A-Za-z][A-Za-z0-9._-]{2,31}$/.test(name);
  return isWord && !NAMES.some((known) => isAlike(name, known));
}

/** Whether a name becomes another by a change in one place: of up to MAX_CHANGED characters, or of their number. */
function isAlike(name: string, known: string): boolean {
  const shorter = Math.min(name.length, known.length);
  let same = 0;
  while (same < shorter && name[same] === known[same]) same++;
  let tail = 0;
  while (tail < shorter - same && name.at(-1 - tail) === known.at(-1 - tail)) tail++;
  return Math.max(name.length, known.length) - same - tail <= Math.min(MAX_CHANGED, known.length - 2);
}

/** Parameters of each filter; those of one filter may stand without an array, or in one. */
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

/** Whether a reference stands here that cannot be followed. */
function isUnread(table: ObjectTable | undefined, bytes: Uint8Array, at: number): boolean {
  const number = referenceAt(bytes, at);
  return number >= 0 && (table === undefined || table.isUnread(number));
}

/** Whether the name of a filter stands under another key, as it does when that of /Filter took damage. */
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
