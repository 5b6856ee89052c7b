import type { Content, Unchecked } from '../content.ts';
import { Work } from '../work.ts';
import { SegmentDecoder, type Start } from './segment-decoder.ts';
import { isSound, PAGE, readSegment, type Size } from './segments.ts';

/** Bytes allowed after the last segment, such as a line ending. */
const MAX_TRAILING = 2;
/** Units of work for a segment, besides its bytes. */
const SEGMENT = 32;
/** Units of work for each segment of the globals. */
const UNITS_PER_GLOBAL = 10;

/** Segments that images share (/JBIG2Globals). */
export interface Globals extends Start {
  readonly content: Content;
}

/** For an image without globals. */
export const NO_GLOBALS: Globals = { content: { kind: 'whole' }, results: new Map(), held: 0, isOpen: false };
/** For an image whose globals were not read. */
export const UNREAD_GLOBALS: Globals = {
  ...NO_GLOBALS,
  content: { kind: 'unchecked', why: 'jbig2' },
  isOpen: true,
};

/**
 * Checks a JBIG2 image in the form of JBIG2Decode (ISO 32000-1, 7.4.7; ITU-T T.88, 7.2): segments fill the data to the
 * end, the page has the size of the image, and the data of each segment are decoded to their end. With rare options, such
 * as the refinement of the page, they are not decoded: then the best result is `unchecked`.
 *
 * @param reserve units of work that decoding leaves for other checks; without more, the best result is `unchecked`, too
 * @throws OutOfWork
 */
export function checkJbig2(
  bytes: Uint8Array,
  size: Size,
  globals: Globals,
  work: Work,
  reserve: number,
): Content {
  return read(bytes, size, globals, work, reserve).content;
}

/**
 * Checks and decodes /JBIG2Globals, which contain neither a page nor regions.
 *
 * @param reserve units of work that decoding leaves for other checks
 * @throws OutOfWork
 */
export function readGlobals(bytes: Uint8Array, work: Work, reserve: number): Globals {
  return read(bytes, undefined, NO_GLOBALS, work, reserve);
}

function read(
  bytes: Uint8Array,
  size: Size | undefined,
  globals: Globals,
  work: Work,
  reserve: number,
): Globals {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  work.spend(bytes.length + UNITS_PER_GLOBAL * globals.results.size);
  const units = Math.max(0, work.remaining - reserve);
  const decoding = new Work(units);
  const decoder = new SegmentDecoder(bytes, decoding, globals);
  const unchecked = new Set<Unchecked>();
  const end = (content: Content): Globals => {
    work.spend(Math.min(units - decoding.remaining, work.remaining));
    const { results, held } = decoder;
    return { content, results, held, isOpen: unchecked.size > 0 };
  };
  if (globals.content.kind === 'unchecked') unchecked.add(globals.content.why);
  let hasPage = false;
  let at = 0;
  while (at + MAX_TRAILING < bytes.length) {
    work.spend(SEGMENT);
    const segment = readSegment(view, at);
    if (segment === undefined || !isSound(view, segment, size)) return end({ kind: 'damaged', at });
    work.spend(segment.references.length);
    const result = decoder.decode(segment);
    if (result === 'damaged') return end({ kind: 'damaged', at });
    if (result !== undefined) unchecked.add(result);
    hasPage ||= segment.type === PAGE;
    at = segment.end;
  }
  if (!hasPage && size !== undefined) return end({ kind: 'damaged', at: bytes.length });
  if (unchecked.size === 0) return end({ kind: 'whole' });
  return end({ kind: 'unchecked', why: unchecked.has('budget') ? 'budget' : 'jbig2' });
}
