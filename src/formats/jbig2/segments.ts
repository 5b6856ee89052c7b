/** Types of segments (ITU-T T.88, 7.3). */
export const SYMBOL_DICTIONARY = 0;
export const PATTERN_DICTIONARY = 16;
export const PAGE = 48;
const END_OF_STRIPE = 50;
export const TABLES = 53;
const GENERIC_REGION = 38;
/** Regions, which have a position on the page, by their kind. An intermediate one is only referred to. */
const KINDS = new Map<number, 'text' | 'halftone' | 'generic' | 'refinement'>([
  [4, 'text'],
  [6, 'text'],
  [7, 'text'],
  [20, 'halftone'],
  [22, 'halftone'],
  [23, 'halftone'],
  [36, 'generic'],
  [38, 'generic'],
  [39, 'generic'],
  [40, 'refinement'],
  [42, 'refinement'],
  [43, 'refinement'],
]);
const INTERMEDIATE: ReadonlySet<number> = new Set([4, 20, 36, 40]);
const OTHERS: ReadonlySet<number> = new Set([0, 16, 49, 50, 51, 52, 53, 62]);

/** Minimum data length in bytes of page information (7.4.8) and of a region (7.4.1). */
const PAGE_LENGTH = 19;
const REGION_LENGTH = 17;
/** A page height that the stripes determine, or a generic region length that an end marker determines. */
const UNKNOWN = 0xffffffff;

/** The end of a generic region of unknown length (7.2.7): MMR or arithmetic coding, then the row count. */
const MMR_END = [0x00, 0x00];
const ARITHMETIC_END = [0xff, 0xac];
const ROW_COUNT = 4;
/** Coded data never contain so many zero bytes in a row. */
const MAX_ZEROS = 256;

export interface Segment {
  readonly number: number;
  readonly type: number;
  /** The kind of a region; undefined for other segments. */
  readonly kind: 'text' | 'halftone' | 'generic' | 'refinement' | undefined;
  readonly isIntermediate: boolean;
  /** Numbers of the segments that this one refers to. */
  readonly references: readonly number[];
  readonly start: number;
  /** End of the data, and of the segment. A region of unknown length has its row count between them. */
  readonly dataEnd: number;
  readonly end: number;
  /** That row count. */
  readonly rows: number | undefined;
}

/** Size in samples from the image dictionary; undefined for the globals. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Reads a segment header (7.2.2); undefined when it is cut short. */
export function readSegment(view: DataView, at: number): Segment | undefined {
  // The shortest header refers to no segments.
  if (at + 11 > view.byteLength) return undefined;
  const number = view.getUint32(at);
  const flags = view.getUint8(at + 4);
  let pos = at + 5;
  let count = view.getUint8(pos) >> 5;
  if (count === 7) {
    count = view.getUint32(pos) & 0x1fffffff;
    pos += 4 + ((count + 8) >> 3);
  } else {
    pos++;
  }
  const size = number <= 256 ? 1 : number <= 65536 ? 2 : 4;
  const listed = pos;
  pos += count * size + (flags & 0x40 ? 4 : 1);
  if (pos + 4 > view.byteLength) return undefined;
  const references = Array.from({ length: count }, (_, i) => unsigned(view, listed + i * size, size));
  const length = view.getUint32(pos);
  const type = flags & 0x3f;
  const start = pos + 4;
  const isUnknown = length === UNKNOWN;
  const end = isUnknown ? unknownEnd(view, type, start) : start + length;
  if (end < start || end > view.byteLength) return undefined;
  const dataEnd = isUnknown ? end - ROW_COUNT : end;
  const rows = isUnknown ? view.getUint32(dataEnd) : undefined;
  const isIntermediate = INTERMEDIATE.has(type);
  return { number, type, kind: KINDS.get(type), isIntermediate, references, start, dataEnd, end, rows };
}

function unsigned(view: DataView, at: number, size: number): number {
  return size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at) : view.getUint32(at);
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

/** Whether a segment may be there, and is long enough for its type. */
export function isSound(view: DataView, segment: Segment, size: Size | undefined): boolean {
  const { type, start, end } = segment;
  if (type === PAGE) return size !== undefined && isPage(view, start, end, size);
  if (segment.kind !== undefined)
    return size !== undefined && end - start >= REGION_LENGTH && !hasLongZeros(view, start, end);
  return OTHERS.has(type) && (type !== END_OF_STRIPE || end - start === 4) && !hasLongZeros(view, start, end);
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
