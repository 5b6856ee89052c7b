import type { Content } from '../content.ts';
import type { Work } from '../work.ts';
import { tag } from './sfnt.ts';
import type { Table } from './sfnt.ts';

const GLYF = tag('glyf');
const LOCA = tag('loca');
const HEAD = tag('head');
const MAXP = tag('maxp');

const HEAD_LENGTH = 54;
const INDEX_TO_LOC_FORMAT = 50;
const GLYPH_HEADER = 10;
/** Padding in bytes after a glyph, which aligns the next glyph to 4 bytes. */
const MAX_PADDING = 3;

/** Flags of a point in a simple glyph. */
const X_SHORT = 0x02;
const Y_SHORT = 0x04;
const REPEAT = 0x08;
const X_SAME = 0x10;
const Y_SAME = 0x20;

/** Flags of a component of a composite glyph. */
const WORDS = 0x0001;
const HAS_SCALE = 0x0008;
const MORE = 0x0020;
const HAS_TWO_SCALES = 0x0040;
const HAS_MATRIX = 0x0080;
const HAS_INSTRUCTIONS = 0x0100;

const WHOLE: Content = { kind: 'whole' };

/**
 * Checks the outlines of a TrueType font: the offsets in `loca` ascend and stay in `glyf`, and each glyph has the
 * length that its data define.
 *
 * @param view the whole font
 * @throws OutOfWork
 */
export function checkGlyphs(view: DataView, tables: ReadonlyMap<number, Table>, work: Work): Content {
  const [glyf, loca, head, maxp] = [GLYF, LOCA, HEAD, MAXP].map((name) => tables.get(name));
  // Bitmap fonts have no outlines.
  if (glyf === undefined || loca === undefined) return WHOLE;
  if (head === undefined || head.length < HEAD_LENGTH) return { kind: 'damaged', at: head?.offset ?? 0 };
  if (maxp === undefined || maxp.length < 6) return { kind: 'damaged', at: maxp?.offset ?? 0 };
  const isLong = view.getUint16(head.offset + INDEX_TO_LOC_FORMAT) !== 0;
  const size = isLong ? 4 : 2;
  const glyphs = Math.min(view.getUint16(maxp.offset + 4), Math.floor(loca.length / size) - 1);
  work.spend(loca.length + 4 * glyf.length);
  const offsetOf = (index: number): number =>
    isLong ? view.getUint32(loca.offset + 4 * index) : 2 * view.getUint16(loca.offset + 2 * index);
  let bytes = 0;
  for (let index = 0; index < glyphs; index++) {
    const start = offsetOf(index);
    const end = offsetOf(index + 1);
    if (end === start) continue;
    if (end < start || end > glyf.length) return { kind: 'damaged', at: loca.offset + size * index };
    // Glyphs do not overlap: their total length is at most that of the table.
    bytes += end - start;
    if (bytes > glyf.length) return { kind: 'damaged', at: loca.offset + size * index };
    const at = glyf.offset + start;
    const used = glyphLength(new DataView(view.buffer, view.byteOffset + at, end - start), glyphs);
    if (used < 0 || end - start - used > MAX_PADDING) return { kind: 'damaged', at };
  }
  return WHOLE;
}

/** The length of a glyph in bytes; -1 when its place is too short. */
function glyphLength(view: DataView, glyphs: number): number {
  if (view.byteLength < GLYPH_HEADER) return -1;
  const contours = view.getInt16(0);
  const length = contours < 0 ? compositeLength(view, glyphs) : simpleLength(view, contours);
  return length > view.byteLength ? -1 : length;
}

function simpleLength(view: DataView, contours: number): number {
  const size = view.byteLength;
  let at = GLYPH_HEADER + 2 * contours;
  // Some subset writers overwrite unused glyphs with zeros.
  if (contours === 0) return size;
  if (at + 2 > size) return -1;
  for (let end = GLYPH_HEADER, last = -1; end < at; end += 2) {
    if (view.getUint16(end) < last) return -1;
    last = view.getUint16(end);
  }
  const points = view.getUint16(at - 2) + 1;
  at += 2 + view.getUint16(at);
  let coordinates = 0;
  for (let point = 0; point < points;) {
    if (at + 1 >= size) return at + 1 === size && point + 1 === points ? at + 1 + coordinates : -1;
    const flags = view.getUint8(at++);
    const times = flags & REPEAT ? view.getUint8(at++) + 1 : 1;
    const x = flags & X_SHORT ? 1 : flags & X_SAME ? 0 : 2;
    const y = flags & Y_SHORT ? 1 : flags & Y_SAME ? 0 : 2;
    coordinates += times * (x + y);
    point += times;
    if (point > points) return -1;
  }
  return at + coordinates;
}

function compositeLength(view: DataView, glyphs: number): number {
  const size = view.byteLength;
  let at = GLYPH_HEADER;
  let flags = 0;
  do {
    if (at + 4 > size || view.getUint16(at + 2) >= glyphs) return -1;
    flags = view.getUint16(at);
    at += 4 + (flags & WORDS ? 4 : 2);
    if (flags & HAS_SCALE) at += 2;
    else if (flags & HAS_TWO_SCALES) at += 4;
    else if (flags & HAS_MATRIX) at += 8;
  } while (flags & MORE);
  // Some fonts set this flag only on a component before the last. The bytes after the components are then unknown.
  if ((flags & HAS_INSTRUCTIONS) === 0) return size;
  return at + 2 > size ? -1 : at + 2 + view.getUint16(at);
}
