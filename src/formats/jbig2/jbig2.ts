import type { Content } from '../content.ts';
import type { Work } from '../work.ts';

/** Types of segments (ITU-T T.88, 7.3): regions, which have a position on the page, and others. */
const REGIONS: ReadonlySet<number> = new Set([4, 6, 7, 20, 22, 23, 36, 38, 39, 40, 42, 43]);
const GENERIC_REGION = 38;
const PAGE = 48;
const OTHERS: ReadonlySet<number> = new Set([0, 16, 49, 50, 51, 52, 53, 62]);
const END_OF_STRIPE = 50;

/** Minimum data length in bytes of page information (7.4.8) and of a region (7.4.1). */
const PAGE_LENGTH = 19;
const REGION_LENGTH = 17;
/** A page height that the stripes determine, or a generic region length that an end marker determines. */
const UNKNOWN = 0xffffffff;

/** The end of a generic region of unknown length (7.2.7): MMR or arithmetic coding, then the row count. */
const MMR_END = [0x00, 0x00];
const ARITHMETIC_END = [0xff, 0xac];
const ROW_COUNT = 4;

/** Bytes allowed after the last segment, such as a line ending. */
const MAX_TRAILING = 2;
/** Units of work for a segment, besides its bytes. */
const SEGMENT = 32;
/** Coded data never contain so many zero bytes in a row. */
const MAX_ZEROS = 256;

interface Segment {
  readonly type: number;
  readonly start: number;
  readonly end: number;
}

/** Size in samples from the image dictionary; undefined for the globals. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Checks the segments of a JBIG2 image in the form of JBIG2Decode (ISO 32000-1, 7.4.7; ITU-T T.88, 7.2): segments fill
 * the data to the end, and the page has the size of the image. Coded data are not decoded, so the best result is
 * `unchecked`.
 *
 * @param size size of the image; undefined for /JBIG2Globals, which contain neither a page nor regions
 * @throws OutOfWork
 */
export function checkJbig2(bytes: Uint8Array, size: Size | undefined, work: Work): Content {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  work.spend(bytes.length);
  let hasPage = false;
  let at = 0;
  while (at + MAX_TRAILING < bytes.length) {
    work.spend(SEGMENT);
    const segment = readSegment(view, at);
    if (segment === undefined || !isSound(view, segment, size)) return { kind: 'damaged', at };
    hasPage ||= segment.type === PAGE;
    at = segment.end;
  }
  if (!hasPage && size !== undefined) return { kind: 'damaged', at: bytes.length };
  return { kind: 'unchecked', why: 'jbig2' };
}

/** Reads a segment header (7.2.2); undefined when it is cut short. */
function readSegment(view: DataView, at: number): Segment | undefined {
  // The shortest header refers to no segments.
  if (at + 11 > view.byteLength) return undefined;
  const number = view.getUint32(at);
  const flags = view.getUint8(at + 4);
  let pos = at + 5;
  let references = view.getUint8(pos) >> 5;
  if (references === 7) {
    references = view.getUint32(pos) & 0x1fffffff;
    pos += 4 + ((references + 8) >> 3);
  } else {
    pos++;
  }
  pos += references * (number <= 256 ? 1 : number <= 65536 ? 2 : 4);
  pos += flags & 0x40 ? 4 : 1;
  if (pos + 4 > view.byteLength) return undefined;
  const length = view.getUint32(pos);
  const type = flags & 0x3f;
  const start = pos + 4;
  const end = length === UNKNOWN ? unknownEnd(view, type, start) : start + length;
  return end < start || end > view.byteLength ? undefined : { type, start, end };
}

/** The end of a generic region of unknown length (7.2.7), or -1. */
function unknownEnd(view: DataView, type: number, start: number): number {
  if (type !== GENERIC_REGION || start + REGION_LENGTH >= view.byteLength) return -1;
  const isMmr = (view.getUint8(start + REGION_LENGTH) & 1) === 1;
  const [first, second] = isMmr ? MMR_END : ARITHMETIC_END;
  for (let at = start + REGION_LENGTH + 1; at + 2 + ROW_COUNT <= view.byteLength; at++) {
    if (view.getUint8(at) === first && view.getUint8(at + 1) === second) return at + 2 + ROW_COUNT;
  }
  return -1;
}

function isSound(view: DataView, { type, start, end }: Segment, size: Size | undefined): boolean {
  if (!REGIONS.has(type)) {
    if (type === PAGE) return size !== undefined && isPage(view, start, end, size);
    return (
      OTHERS.has(type) && (type !== END_OF_STRIPE || end - start === 4) && !hasLongZeros(view, start, end)
    );
  }
  return size !== undefined && end - start >= REGION_LENGTH && !hasLongZeros(view, start, end);
}

function isPage(view: DataView, start: number, end: number, { width, height }: Size): boolean {
  if (end - start !== PAGE_LENGTH) return false;
  const rows = view.getUint32(start + 4);
  return view.getUint32(start) === width && (rows === height || rows === UNKNOWN);
}

function hasLongZeros(view: DataView, start: number, end: number): boolean {
  let zeros = 0;
  for (let at = start; at < end; at++) {
    zeros = view.getUint8(at) === 0 ? zeros + 1 : 0;
    if (zeros === MAX_ZEROS) return true;
  }
  return false;
}
