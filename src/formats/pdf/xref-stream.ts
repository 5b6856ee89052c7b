import { decimal, digitsEnd, LEFT_BRACKET, RIGHT_BRACKET } from './characters.ts';
import { Damage } from './damage.ts';
import { decode, unpredict } from './decode.ts';
import { filtersOf } from './filters.ts';
import type { Inflater } from './inflater.ts';
import { skipBlanks } from './lexer.ts';
import { numberOf } from './names.ts';
import { objectEnd, type Scanner } from './scanner.ts';
import { dataStart, streamEnd } from './streams.ts';

const TYPE = numberOf('Type');
const XREF = numberOf('XRef');
const W = numberOf('W');
const INDEX = numberOf('Index');
const SIZE = numberOf('Size');
const LENGTH = numberOf('Length');

/** Called for each entry, with the object number and the three fields of Table 18. */
export type EntryVisitor = (number: number, type: number, second: number, third: number) => void;

/**
 * Reads the cross-reference stream (7.5.8) whose dictionary was scanned last, and returns its end.
 *
 * @throws Damage xref-missing, xref-malformed, stream-corrupt, stream-length-mismatch, object-malformed
 */
export function readXrefStream(scanner: Scanner, inflater: Inflater, visit: EntryVisitor): number {
  const { bytes } = scanner;
  const start = dataStart(bytes, scanner.end);
  const length = scanner.integer(LENGTH);
  if (start < 0 || length < 0 || !scanner.isName(TYPE, XREF)) throw new Damage('xref-missing', scanner.end);
  const end = objectEnd(bytes, streamEnd(bytes, start + length));
  const widths = integers(bytes, scanner.at(W));
  const size = scanner.integer(SIZE);
  const index = scanner.at(INDEX) === 0 ? [0, size] : integers(bytes, scanner.at(INDEX));
  const [typeWidth = 0, secondWidth = 0, thirdWidth = 0] = widths;
  const width = typeWidth + secondWidth + thirdWidth;
  if (widths.length !== 3 || width === 0 || index.length % 2 !== 0) throw new Damage('xref-malformed', start);
  const filters = filtersOf(scanner, undefined, start) ?? [];
  const decoded = decode(filters, bytes.subarray(start, start + length), start, inflater, true);
  if (decoded.data === undefined || decoded.rest !== undefined) {
    if (decoded.rest !== undefined) inflater.unchecked.add('filter');
    return end;
  }
  const data = unpredict(decoded.data, filters.at(-1), inflater);
  inflater.work.spend(data.length);

  let at = 0;
  for (let i = 0; i < index.length; i += 2) {
    const first = index[i] ?? 0;
    const count = index[i + 1] ?? 0;
    for (let number = first; number < first + count; number++, at += width) {
      if (at + width > data.length) throw new Damage('xref-malformed', start);
      const type = typeWidth === 0 ? 1 : field(data, at, typeWidth);
      const second = field(data, at + typeWidth, secondWidth);
      const third = field(data, at + typeWidth + secondWidth, thirdWidth);
      visit(number, type, second, third);
    }
  }
  return end;
}

/** A big-endian field; 0 when its width is 0 (Table 17). */
function field(data: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = at; i < at + width; i++) value = value * 256 + (data[i] ?? 0);
  return value;
}

const MAX_INTEGERS = 1_000_000;

/** The array of integers at this offset; empty when there is none. */
function integers(bytes: Uint8Array, at: number): number[] {
  const values: number[] = [];
  if (at === 0 || bytes[at] !== LEFT_BRACKET) return values;
  for (let pos = skipBlanks(bytes, at + 1); bytes[pos] !== RIGHT_BRACKET && values.length < MAX_INTEGERS;) {
    const end = digitsEnd(bytes, pos);
    const value = decimal(bytes, pos, end);
    if (value < 0) return [];
    values.push(value);
    pos = skipBlanks(bytes, end);
  }
  return values;
}
