import type { Content } from '../content.ts';
import type { Work } from '../work.ts';
import { byteAt, Malformed, numberAt, readDict, readIndex } from './cff-reader.ts';
import type { Dict, Index } from './cff-reader.ts';
import { checkCharstring } from './charstring.ts';

/** Operators of a Top DICT and of a Private DICT (Tables 9, 10 and 23). */
const CHARSET = 15;
const CHAR_STRINGS = 17;
const PRIVATE = 18;
const SUBRS = 19;
const CHARSTRING_TYPE = 0x0c06;
const FD_ARRAY = 0x0c24;
const FD_SELECT = 0x0c25;

/** Charset offsets below this are predefined charsets without a table. */
const PREDEFINED_CHARSETS = 3;
const NO_SUBRS: Index = { count: 0, end: 0, start: () => 0 };

/**
 * Checks a CFF font (Adobe Technical Note 5176): the header, INDEXes and DICTs are complete, their offsets stay in the
 * font, and every charstring can be executed (Technical Note 5177).
 *
 * @throws OutOfWork
 */
export function checkCff(bytes: Uint8Array, work: Work): Content {
  work.spend(bytes.length);
  try {
    const at = findDamage(bytes, work);
    return at < 0 ? { kind: 'whole' } : { kind: 'damaged', at };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { kind: 'damaged', at: Math.min(error.at, bytes.length) };
  }
}

/** Offset of the first damaged charstring, or -1. */
function findDamage(bytes: Uint8Array, work: Work): number {
  const headerSize = byteAt(bytes, 2);
  if (byteAt(bytes, 0) !== 1 || headerSize < 4) throw new Malformed(0);
  const names = readIndex(bytes, headerSize);
  const tops = readIndex(bytes, names.end);
  const strings = readIndex(bytes, tops.end);
  const globals = readIndex(bytes, strings.end);
  if (tops.count === 0) throw new Malformed(names.end);
  const top = readDict(bytes, tops.start(0), tops.start(1));
  const glyphs = readIndex(bytes, offsetOf(top, CHAR_STRINGS));
  checkCharset(bytes, top.get(CHARSET)?.[0] ?? 0, glyphs.count);
  const subrsOf = readSubrs(bytes, top, glyphs.count);
  if ((top.get(CHARSTRING_TYPE)?.[0] ?? 2) !== 2) return -1;
  for (let glyph = 0; glyph < glyphs.count; glyph++) {
    const start = glyphs.start(glyph);
    const isSound = checkCharstring(bytes, start, glyphs.start(glyph + 1), subrsOf(glyph), globals, work);
    if (!isSound) return start;
  }
  return -1;
}

function offsetOf(dict: Dict, operator: number): number {
  const offset = dict.get(operator)?.at(-1);
  if (offset === undefined || !(offset > 0)) throw new Malformed(0);
  return offset;
}

/** The charset (13) must name every glyph except the first. */
function checkCharset(bytes: Uint8Array, at: number, glyphs: number): void {
  if (at < PREDEFINED_CHARSETS) return;
  const format = byteAt(bytes, at);
  if (format > 2) throw new Malformed(at);
  if (format === 0) {
    if (at + 1 + 2 * (glyphs - 1) > bytes.length) throw new Malformed(at);
    return;
  }
  let named = 1;
  for (let range = at + 1; named < glyphs; range += 2 + format) {
    named += 1 + numberAt(bytes, range + 2, format);
  }
}

/** The local subroutines of each glyph: of its font DICT in a CID-keyed font (18, 19), otherwise of the font. */
function readSubrs(bytes: Uint8Array, top: Dict, glyphs: number): (glyph: number) => Index {
  if (!top.has(FD_ARRAY)) {
    const subrs = localSubrs(bytes, top);
    return () => subrs;
  }
  const array = readIndex(bytes, offsetOf(top, FD_ARRAY));
  const all = Array.from({ length: array.count }, (_, index) =>
    localSubrs(bytes, readDict(bytes, array.start(index), array.start(index + 1))),
  );
  const select = readSelect(bytes, offsetOf(top, FD_SELECT), glyphs);
  return (glyph) => {
    const subrs = all[select[glyph] ?? 0];
    if (subrs === undefined) throw new Malformed(offsetOf(top, FD_SELECT));
    return subrs;
  };
}

function localSubrs(bytes: Uint8Array, dict: Dict): Index {
  const [size, at] = dict.get(PRIVATE) ?? [];
  if (size === undefined || at === undefined) return NO_SUBRS;
  const subrs = readDict(bytes, at, at + size).get(SUBRS)?.[0];
  return subrs === undefined ? NO_SUBRS : readIndex(bytes, at + subrs);
}

/** FDSelect (19): the font DICT index of each glyph. */
function readSelect(bytes: Uint8Array, at: number, glyphs: number): Uint8Array {
  const format = byteAt(bytes, at);
  if (format === 0) {
    if (at + 1 + glyphs > bytes.length) throw new Malformed(at);
    return bytes.subarray(at + 1, at + 1 + glyphs);
  }
  if (format !== 3) throw new Malformed(at);
  const select = new Uint8Array(glyphs);
  const ranges = numberAt(bytes, at + 1, 2);
  for (let range = 0, entry = at + 3; range < ranges; range++, entry += 3) {
    const first = numberAt(bytes, entry, 2);
    const next = numberAt(bytes, entry + 3, 2);
    if (next < first) throw new Malformed(entry);
    select.fill(byteAt(bytes, entry + 2), first, next);
  }
  return select;
}
