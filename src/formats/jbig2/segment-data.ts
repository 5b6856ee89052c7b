import { NotDecoded } from '../content.ts';
import type { Work } from '../work.ts';
import type { Bitmap, Bitmaps } from './bitmap.ts';
import { CodedData } from './coded-data.ts';
import { Jbig2Damage } from './damage.ts';
import type { Bits } from './huffman.ts';
import type { Segment } from './segments.ts';

/** The flag of a region in colours (ITU-T T.88, 7.4.1.5, in its amendments). */
const COLOURED = 0x08;
/** Units of work to begin a segment with its contexts. */
const UNITS_PER_SEGMENT = 5_000;
/** Bytes that may stay unread after Huffman codes. Sound files leave none; this allows for padding. */
const MAX_UNREAD = 4;

/** Size of a region, in pixels. */
export interface Region {
  readonly width: number;
  readonly height: number;
}

/** The data of one segment: fields, which are read in turn, then coded data. */
export class SegmentData {
  readonly segment: Segment;
  readonly bytes: Uint8Array;
  readonly work: Work;
  readonly bitmaps: Bitmaps;
  readonly #view: DataView;
  #at: number;

  /** @throws OutOfWork */
  constructor(bytes: Uint8Array, segment: Segment, work: Work, bitmaps: Bitmaps) {
    work.spend(UNITS_PER_SEGMENT);
    this.bytes = bytes;
    this.segment = segment;
    this.work = work;
    this.bitmaps = bitmaps;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, segment.dataEnd);
    this.#at = segment.start;
  }

  /** @throws Jbig2Damage when the data end before that; so do the other methods that read fields */
  byte(): number {
    return this.#view.getUint8(this.#next(1));
  }

  short(): number {
    return this.#view.getUint16(this.#next(2));
  }

  word(): number {
    return this.#view.getUint32(this.#next(4));
  }

  signedWord(): number {
    return this.#view.getInt32(this.#next(4));
  }

  /** Places of adaptive pixels: column and row of each. */
  places(count: number): number[] {
    return Array.from({ length: 2 * count }, () => this.#view.getInt8(this.#next(1)));
  }

  /** The region information (7.4.1). */
  region(): Region {
    const region = { width: this.word(), height: this.word() };
    this.#next(8);
    if ((this.byte() & COLOURED) !== 0) throw new NotDecoded('jbig2');
    return region;
  }

  /**
   * The bitmap of a region that other segments refer to; undefined for one of the page, which is not needed.
   *
   * @throws NotDecoded
   * @throws OutOfWork
   */
  target({ width, height }: Region): Bitmap | undefined {
    return this.segment.isIntermediate ? this.bitmaps.create(width, height) : undefined;
  }

  /** Offset of the next field. */
  get at(): number {
    return this.#at;
  }

  /**
   * Checks that Huffman codes were read to the end of the data.
   *
   * @throws Jbig2Damage
   */
  finishBits(bits: Bits): void {
    if (this.segment.dataEnd - bits.at > MAX_UNREAD) throw new Jbig2Damage();
  }

  /** The rest of the data. */
  rest(): Uint8Array {
    return this.bytes.subarray(this.#at, this.segment.dataEnd);
  }

  /** @throws OutOfWork */
  coded(): CodedData {
    return new CodedData(this.bytes, this.#at, this.segment.dataEnd, this.work, this.bitmaps);
  }

  #next(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    if (this.#at > this.segment.dataEnd) throw new Jbig2Damage();
    return at;
  }
}
