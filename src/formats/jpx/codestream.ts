import type { Content } from '../content.ts';
import type { Work } from '../work.ts';

/** Markers (ISO/IEC 15444-1, Table A.2). */
const SOC = 0xff4f;
const SIZ = 0xff51;
const COD = 0xff52;
const QCD = 0xff5c;
const SOT = 0xff90;
const SOD = 0xff93;
const EOC = 0xffd9;
/** The range of all other markers, which have a segment. */
const FIRST_MARKER = 0xff30;
const FIRST_WITH_SEGMENT = 0xff50;
const LAST_MARKER = 0xff93;

const SIZ_LENGTH = 38;
const SIZ_COMPONENT = 3;
const SOT_LENGTH = 10;
const MAX_COMPONENTS = 16384;
const MAX_TILES = 65535;

/** Coded data never contain so many zero bytes in a row, unless all later data are empty. */
const MAX_ZEROS = 256;

/** Units of work for a marker, besides the bytes. */
const MARKER = 16;

class Malformed extends Error {
  readonly at: number;

  constructor(at: number) {
    super('malformed');
    this.at = at;
  }
}

/**
 * Checks the markers of a codestream (Annex A): the main header has image and tile sizes, coding and quantization; the
 * tile-parts have the length they declare and cover each tile; the end marker follows.
 *
 * @throws OutOfWork
 */
export function checkCodestream(view: DataView, start: number, end: number, work: Work): Content {
  work.spend(end - start);
  try {
    new Codestream(view, start, end, work).check();
    return { kind: 'unchecked', why: 'jpx' };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { kind: 'damaged', at: error.at };
  }
}

class Codestream {
  readonly #view: DataView;
  readonly #end: number;
  readonly #work: Work;
  #at: number;

  constructor(view: DataView, start: number, end: number, work: Work) {
    this.#view = view;
    this.#at = start;
    this.#end = end;
    this.#work = work;
  }

  check(): void {
    if (this.#marker() !== SOC || this.#marker() !== SIZ) throw new Malformed(this.#at);
    const tiles = this.#size();
    this.#skipSegments(SOT, new Set([COD, QCD]));
    const seen = new Set<number>();
    for (;;) {
      seen.add(this.#tilePart(tiles));
      // Some writers omit the end marker.
      if (this.#at === this.#end) break;
      const at = this.#at;
      const marker = this.#marker();
      if (marker === EOC) break;
      if (marker !== SOT) throw new Malformed(at);
    }
    if (seen.size !== tiles) throw new Malformed(this.#at);
  }

  /** Skips segments up to a marker. All required segments must be among them. */
  #skipSegments(last: number, required: ReadonlySet<number>): void {
    const missing = new Set(required);
    for (;;) {
      const at = this.#at;
      const marker = this.#marker();
      if (marker === last) break;
      if (marker < FIRST_WITH_SEGMENT || marker === SOT) throw new Malformed(at);
      missing.delete(marker);
      this.#segment(2);
    }
    if (missing.size > 0) throw new Malformed(this.#at);
  }

  /** The number of tiles in SIZ (A.5.1). */
  #size(): number {
    const at = this.#segment(SIZ_LENGTH);
    const view = this.#view;
    const [width, height, left, top, tileWidth, tileHeight, tileLeft, tileTop] = Array.from(
      { length: 8 },
      (_, i) => view.getUint32(at + 4 + 4 * i),
    ) as [number, number, number, number, number, number, number, number];
    const components = view.getUint16(at + 36);
    const isSound =
      width > left &&
      height > top &&
      tileWidth > 0 &&
      tileHeight > 0 &&
      tileLeft <= left &&
      tileTop <= top &&
      components > 0 &&
      components <= MAX_COMPONENTS &&
      view.getUint16(at) === SIZ_LENGTH + SIZ_COMPONENT * components;
    const tiles = Math.ceil((width - tileLeft) / tileWidth) * Math.ceil((height - tileTop) / tileHeight);
    if (!isSound || tiles > MAX_TILES) throw new Malformed(at);
    return tiles;
  }

  /** Skips the tile-part whose SOT was read (A.4.2), and returns its tile number. */
  #tilePart(tiles: number): number {
    const start = this.#at - 2;
    const at = this.#segment(SOT_LENGTH);
    const tile = this.#view.getUint16(at + 2);
    const length = this.#view.getUint32(at + 4);
    // A tile-part of length 0 extends to the end marker.
    const isOpen = length === 0;
    const end = isOpen ? this.#end - (this.#endsInMarker() ? 2 : 0) : start + length;
    if (this.#view.getUint16(at) !== SOT_LENGTH || tile >= tiles || end > this.#end)
      throw new Malformed(start);
    this.#skipSegments(SOD, new Set());
    if (this.#at > end) throw new Malformed(start);
    const zeros = longZeros(this.#view, this.#at, end);
    if (zeros >= 0) throw new Malformed(zeros);
    this.#at = end;
    return tile;
  }

  #endsInMarker(): boolean {
    return this.#view.getUint16(this.#end - 2) === EOC;
  }

  #marker(): number {
    this.#work.spend(MARKER);
    if (this.#at + 2 > this.#end) throw new Malformed(this.#end);
    const marker = this.#view.getUint16(this.#at);
    if (marker < FIRST_MARKER || (marker > LAST_MARKER && marker !== EOC)) throw new Malformed(this.#at);
    this.#at += 2;
    return marker;
  }

  /** Skips a segment of at least `least` bytes, with its length field, and returns its start. */
  #segment(least: number): number {
    const at = this.#at;
    if (at + least > this.#end) throw new Malformed(at);
    const length = this.#view.getUint16(at);
    if (length < least || at + length > this.#end) throw new Malformed(at);
    this.#at += length;
    return at;
  }
}

/** The start of a long run of zeros with data after it, or -1. */
function longZeros(view: DataView, start: number, end: number): number {
  let zeros = 0;
  for (let at = start; at < end; at++) {
    if (view.getUint8(at) === 0) zeros++;
    else if (zeros >= MAX_ZEROS) return at - zeros;
    else zeros = 0;
  }
  return -1;
}
