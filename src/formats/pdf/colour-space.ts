import { LEFT_BRACKET, SOLIDUS } from './characters.ts';
import { Elements } from './containers.ts';
import { nameEnd } from './lexer.ts';
import { numberOf } from './names.ts';
import type { ObjectTable, Value } from './object-table.ts';
import { Scanner } from './scanner.ts';

const N = numberOf('N');

/** The maximum number of counted colorants in DeviceN; readers support 32 (ISO 32000-1, Annex C). */
const MAX_COLORANTS = 256;

/** Components of the colour spaces that are defined by their name (8.6). */
const COMPONENTS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    DeviceGray: 1,
    DeviceRGB: 3,
    DeviceCMYK: 4,
    G: 1,
    RGB: 3,
    CMYK: 4,
    CalGray: 1,
    CalRGB: 3,
    CalCMYK: 4,
    Lab: 3,
    Indexed: 1,
    I: 1,
    Separation: 1,
  }),
);

/** The number of components of the colour space at this offset (8.6); 0 when unknown. */
export function componentsOf(bytes: Uint8Array, at: number, table: ObjectTable): number {
  const space = table.resolve(bytes, at);
  if (space === undefined) return 0;
  if (space.bytes[space.at] !== LEFT_BRACKET) return COMPONENTS.get(nameOf(space.bytes, space.at)) ?? 0;
  const element = new Elements(space.bytes, space.at);
  const name = element.next() ? table.resolve(space.bytes, element.at) : undefined;
  if (name === undefined) return 0;
  const text = nameOf(name.bytes, name.at);
  const value = element.next() ? table.resolve(space.bytes, element.at) : undefined;
  if (value === undefined) return COMPONENTS.get(text) ?? 0;
  if (text === 'DeviceN') return colorants(value);
  if (text !== 'ICCBased') return COMPONENTS.get(text) ?? 0;
  const scanner = new Scanner(value.bytes);
  scanner.scan(value.at);
  return Math.max(table.integer(value.bytes, scanner.at(N)), 0);
}

/** The number of colorants, at most MAX_COLORANTS. */
function colorants({ bytes, at }: Value): number {
  const colorant = new Elements(bytes, at);
  let count = 0;
  while (count < MAX_COLORANTS && colorant.next()) count++;
  return count;
}

function nameOf(bytes: Uint8Array, at: number): string {
  if (bytes[at] !== SOLIDUS) return '';
  return Buffer.from(bytes.subarray(at + 1, nameEnd(bytes, at))).toString('latin1');
}
