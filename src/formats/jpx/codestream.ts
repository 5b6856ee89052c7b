import { type Content, NotDecoded } from '../content.ts';
import type { Work } from '../work.ts';
import { JpxDamage } from './damage.ts';
import { type ImageSize, readImageSize } from './image-size.ts';
import { Parameters } from './parameters.ts';
import { checkTile } from './tile-data.ts';

/** Markers (ISO/IEC 15444-1, Table A.2). */
const SOC = 0xff4f;
const CAP = 0xff50;
const SIZ = 0xff51;
const PPM = 0xff60;
const PPT = 0xff61;
const SOT = 0xff90;
const SOD = 0xff93;
const EOC = 0xffd9;
/** The range of all other markers, which have a segment. */
const FIRST_MARKER = 0xff30;
const FIRST_WITH_SEGMENT = 0xff50;
const LAST_MARKER = 0xff93;

const SIZ_LENGTH = 38;
const SOT_LENGTH = 10;
/** Bits of the capabilities that stand for extensions: Part 2, and High-Throughput (Table A.10). */
const EXTENSIONS = 0xc000;

/** Arithmetic codes never contain so many zero bytes in a row, unless all later data are empty. Raw bits may. */
const MAX_ZEROS = 256;

/** Units of work for a marker, besides the bytes. */
const MARKER = 16;

/** The tile-parts of a tile: its parameters, and the start and end of the data of each. */
interface TileParts {
  readonly parameters: Parameters;
  readonly ranges: [start: number, end: number][];
}

/**
 * Checks a codestream: the markers (Annex A), and the data of all tiles. The main header has image and tile sizes,
 * coding and quantization; the tile-parts have the length they declare and cover each tile; the end marker follows.
 *
 * @throws OutOfWork
 */
export function checkCodestream(view: DataView, start: number, end: number, work: Work): Content {
  work.spend(end - start);
  try {
    new Codestream(view, start, end, work).check();
    return { kind: 'whole' };
  } catch (error) {
    if (error instanceof JpxDamage) return { kind: 'damaged', at: error.at };
    if (error instanceof NotDecoded) return { kind: 'unchecked', why: error.why };
    throw error;
  }
}

class Codestream {
  readonly #view: DataView;
  readonly #end: number;
  readonly #work: Work;
  readonly #tiles = new Map<number, TileParts>();
  #at: number;
  /** Whether a header has something that is not decoded. */
  #hasExtension = false;

  constructor(view: DataView, start: number, end: number, work: Work) {
    this.#view = view;
    this.#at = start;
    this.#end = end;
    this.#work = work;
  }

  check(): void {
    if (this.#marker() !== SOC || this.#marker() !== SIZ) throw new JpxDamage(this.#at);
    const size = readImageSize(this.#view, this.#segment(SIZ_LENGTH));
    const parameters = new Parameters(size.components.length);
    this.#readSegments(SOT, parameters);
    if (!parameters.isComplete) throw new JpxDamage(this.#at);
    for (;;) {
      this.#tilePart(size, parameters);
      // Some writers omit the end marker.
      if (this.#at === this.#end) break;
      const at = this.#at;
      const marker = this.#marker();
      if (marker === EOC) break;
      if (marker !== SOT) throw new JpxDamage(at);
    }
    if (this.#tiles.size !== size.tiles) throw new JpxDamage(this.#at);
    if (this.#hasExtension || (size.capabilities & EXTENSIONS) !== 0) throw new NotDecoded('jpx');
    for (const [number, tile] of this.#tiles) this.#checkTile(size, number, tile);
  }

  #checkTile(size: ImageSize, number: number, { parameters, ranges }: TileParts): void {
    const at = ranges[0]?.[0] ?? this.#end;
    try {
      checkTile(size, parameters, number, this.#join(ranges), this.#work);
    } catch (error) {
      // The data of several tile-parts are joined, so that an offset in them is of no use.
      throw error instanceof JpxDamage ? new JpxDamage(at) : error;
    }
  }

  #join(ranges: readonly (readonly [start: number, end: number])[]): Uint8Array {
    const { buffer, byteOffset } = this.#view;
    const parts = ranges.map(([start, end]) => new Uint8Array(buffer, byteOffset + start, end - start));
    const [first] = parts;
    if (first !== undefined && parts.length === 1) return first;
    const size = parts.reduce((sum, { length }) => sum + length, 0);
    this.#work.spend(size);
    const joined = new Uint8Array(size);
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  }

  /** Reads segments up to a marker. */
  #readSegments(last: number, parameters: Parameters): void {
    for (;;) {
      const at = this.#at;
      const marker = this.#marker();
      if (marker === last) break;
      if (marker < FIRST_WITH_SEGMENT || marker === SOT) throw new JpxDamage(at);
      if (marker === CAP || marker === PPM || marker === PPT) this.#hasExtension = true;
      parameters.read(this.#view, marker, this.#segment(2), this.#at);
    }
  }

  /** Reads the tile-part whose SOT was read (A.4.2). */
  #tilePart(size: ImageSize, main: Parameters): void {
    const start = this.#at - 2;
    const at = this.#segment(SOT_LENGTH);
    const number = this.#view.getUint16(at + 2);
    const length = this.#view.getUint32(at + 4);
    // A tile-part of length 0 extends to the end marker.
    const isOpen = length === 0;
    const end = isOpen ? this.#end - (this.#endsInMarker() ? 2 : 0) : start + length;
    if (this.#view.getUint16(at) !== SOT_LENGTH || number >= size.tiles || end > this.#end)
      throw new JpxDamage(start);
    const known = this.#tiles.get(number);
    const tile = known ?? { parameters: new Parameters(size.components.length, main), ranges: [] };
    this.#tiles.set(number, tile);
    this.#readSegments(SOD, tile.parameters);
    if (this.#at > end) throw new JpxDamage(start);
    const zeros = tile.parameters.hasBypass ? -1 : longZeros(this.#view, this.#at, end);
    if (zeros >= 0) throw new JpxDamage(zeros);
    tile.ranges.push([this.#at, end]);
    this.#at = end;
  }

  #endsInMarker(): boolean {
    return this.#view.getUint16(this.#end - 2) === EOC;
  }

  #marker(): number {
    this.#work.spend(MARKER);
    if (this.#at + 2 > this.#end) throw new JpxDamage(this.#end);
    const marker = this.#view.getUint16(this.#at);
    if (marker < FIRST_MARKER || (marker > LAST_MARKER && marker !== EOC)) throw new JpxDamage(this.#at);
    this.#at += 2;
    return marker;
  }

  /** Skips a segment of at least `least` bytes, with its length field, and returns its start. */
  #segment(least: number): number {
    const at = this.#at;
    if (at + least > this.#end) throw new JpxDamage(at);
    const length = this.#view.getUint16(at);
    if (length < least || at + length > this.#end) throw new JpxDamage(at);
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
