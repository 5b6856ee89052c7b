import type { Content } from '../content.ts';
import type { Work } from '../work.ts';
import { checkCff } from './cff.ts';
import { checkGlyphs } from './glyf.ts';

/** Bytes of the header before the table directory, and of one directory entry. */
const HEADER = 12;
const ENTRY = 16;
/** Padding in bytes that aligns a table to 4 bytes. */
const MAX_PADDING = 3;
/** Offset of the number of fonts in a font collection. */
const COLLECTION_HEADER = 12;
const MAX_FONTS = 64;
const MAX_TABLES = 1024;

const WHOLE: Content = { kind: 'whole' };
const VERSIONS: ReadonlySet<number> = new Set([
  0x00010000,
  tag('true'),
  tag('OTTO'),
  tag('typ1'),
  0x00020000,
]);
const TTCF = tag('ttcf');
const HEAD = tag('head');
const CFF = tag('CFF ');
const CMAP = tag('cmap');
/** Tables that PDF readers need (ISO 32000-1, 9.9). */
const NEEDED: ReadonlySet<number> = new Set(
  ['glyf', 'loca', 'head', 'hhea', 'hmtx', 'maxp', 'cvt ', 'fpgm', 'prep', 'CFF '].map(tag),
);
const OUTLINES: readonly number[] = ['glyf', 'loca'].map(tag);
const REWRITTEN: ReadonlySet<number> = new Set(['name', 'post', 'head', 'hhea', 'OS/2', 'fpgm'].map(tag));
const NAME = tag('name');
/** Offset in `head` of the checksum adjustment, which counts as 0 in the checksum of the table. */
const ADJUSTMENT = 8;

export interface Table {
  readonly tag: number;
  readonly sum: number;
  readonly offset: number;
  readonly length: number;
}

/**
 * Checks a TrueType or OpenType font (ISO/IEC 14496-22): the table directory stays in the font, and the table checksums
 * are right. Wrong checksums are accepted if most are wrong, because many subset writers do not update them. Outlines
 * with a wrong checksum are then decoded.
 *
 * @throws OutOfWork
 */
export function checkSfnt(bytes: Uint8Array, work: Work): Content {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  work.spend(bytes.length);
  if (bytes.length < HEADER) return damaged(0);
  const version = view.getUint32(0);
  if (version !== TTCF) return checkFont(view, 0, work);
  const count = view.getUint32(COLLECTION_HEADER - 4);
  if (count === 0 || count > MAX_FONTS || COLLECTION_HEADER + 4 * count > bytes.length) return damaged(8);
  for (let index = 0; index < count; index++) {
    const found = checkFont(view, view.getUint32(COLLECTION_HEADER + 4 * index), work);
    if (found.kind !== 'whole') return found;
  }
  return WHOLE;
}

/** Whether the bytes start with the header of a TrueType or OpenType font or a font collection. */
export function isSfnt(bytes: Uint8Array): boolean {
  if (bytes.length < 4) return false;
  const version = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
  return version === TTCF || VERSIONS.has(version);
}

function checkFont(view: DataView, at: number, work: Work): Content {
  const size = view.byteLength;
  if (at + HEADER > size || !VERSIONS.has(view.getUint32(at))) return damaged(at);
  let count = view.getUint16(at + 4);
  const end = at + HEADER + ENTRY * count;
  if (count === 0 || count > MAX_TABLES || end > size) return damaged(at + 4);
  const tables = new Map<number, Table>();
  const wrong = new Map<number, Table>();
  for (let entry = at + HEADER; entry < end; entry += ENTRY) {
    const table = readEntry(view, entry);
    const excess = table.offset + table.length - size;
    if (excess > 0) {
      // Readers ignore unknown tables, and missing padding is harmless.
      if (excess > MAX_PADDING && NEEDED.has(table.tag)) return damaged(entry);
      count--;
      continue;
    }
    work.spend(table.length);
    tables.set(table.tag, table);
    if (!isSumRight(view, table)) wrong.set(table.tag, table);
  }
  if (2 * wrong.size < count) {
    const found = [...wrong.values()].find((table) => table.sum !== 0 && !isRewritten(table.tag, wrong));
    if (found !== undefined) return damaged(found.offset);
  }
  const cff = tables.get(CFF);
  if (cff !== undefined && wrong.has(CFF)) {
    return checkCff(new Uint8Array(view.buffer, view.byteOffset + cff.offset, cff.length), work);
  }
  return OUTLINES.some((name) => wrong.has(name)) ? checkGlyphs(view, tables, work) : WHOLE;
}

/** Whether subset writers change this table without updating its checksum, and keep other checksums right. */
function isRewritten(name: number, wrong: ReadonlyMap<number, Table>): boolean {
  return REWRITTEN.has(name) || (name === CMAP && wrong.has(NAME));
}

function readEntry(view: DataView, at: number): Table {
  return {
    tag: view.getUint32(at),
    sum: view.getUint32(at + 4),
    offset: view.getUint32(at + 8),
    length: view.getUint32(at + 12),
  };
}

/** Whether the checksum of a table is right: the sum of its 32-bit words. Some writers include the adjustment. */
function isSumRight(view: DataView, { tag: name, sum, offset, length }: Table): boolean {
  let actual = 0;
  const words = offset + (length & ~3);
  for (let at = offset; at < words; at += 4) actual = (actual + view.getUint32(at)) | 0;
  // iText omits an incomplete last word from the sum.
  if (actual === (sum | 0)) return true;
  for (let at = words, shift = 24; at < offset + length; at++, shift -= 8) {
    actual = (actual + (view.getUint8(at) << shift)) | 0;
  }
  if (actual === (sum | 0)) return true;
  return (
    name === HEAD && length > ADJUSTMENT + 4 && actual === ((sum + view.getUint32(offset + ADJUSTMENT)) | 0)
  );
}

/** The number of a table tag. */
export function tag(name: string): number {
  return Buffer.from(name, 'latin1').readUInt32BE();
}

function damaged(at: number): Content {
  return { kind: 'damaged', at };
}
