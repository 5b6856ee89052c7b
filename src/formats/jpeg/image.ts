import type { Unchecked } from '../content.ts';
import type { Work } from '../work.ts';
import { Colours } from './colours.ts';
import { JpegDamage } from './damage.ts';
import { readFrame } from './frame.ts';
import type { Frame } from './frame.ts';
import { HuffmanTables } from './huffman.ts';
import { ImageData, skipImageData } from './image-data.ts';
import {
  APP0,
  APP14,
  COM,
  DAC,
  DHT,
  DNL,
  DQT,
  DRI,
  EOI,
  isRestart,
  markerAt,
  PREFIX,
  segmentAt,
  SOF0,
  SOF1,
  SOF10,
  SOF11,
  SOF2,
  SOF3,
  SOF9,
  SOI,
  SOS,
  TEM,
} from './markers.ts';
import type { Segment } from './markers.ts';
import { QuantizationTables } from './quantization.ts';
import { Progress, readScan } from './scan.ts';

/** Units of work for a segment, besides its bytes. */
const UNITS_PER_SEGMENT = 100;
/** A lossless scan contains all of its components, and no coefficients (H.1). */
const LOSSLESS = { first: 0, last: 63, high: 0, low: 0 };

const FRAMES: ReadonlySet<number> = new Set([SOF0, SOF1, SOF2, SOF3, SOF9, SOF10, SOF11]);
/** Segments that need no check: application data, comments, arithmetic conditioning and a repeated line count. */
const PASSED_OVER = [...Array.from({ length: 16 }, (_, n) => APP0 + n), COM, DAC, DNL];
const SEGMENTS: ReadonlySet<number> = new Set([...FRAMES, ...PASSED_OVER, DQT, DHT, DRI, SOS]);

export interface ImageOptions {
  /** False to skip the entropy-coded data. */
  readonly decodes: boolean;
  /** True for an image inside a document. Its EOI marker is optional, and the document defines its colours. */
  readonly isEmbedded: boolean;
}

/** One image from SOI to EOI (B.2). Data after it are not read. */
export class Image {
  readonly #bytes: Uint8Array;
  readonly #work: Work;
  readonly #options: ImageOptions;
  readonly #quantization = new QuantizationTables();
  readonly #huffman = new HuffmanTables();
  #restartInterval = 0;
  #frame: Frame | undefined;
  #progress: Progress | undefined;
  #data: ImageData | undefined;
  readonly #colours = new Colours();

  constructor(bytes: Uint8Array, work: Work, options: ImageOptions) {
    this.#bytes = bytes;
    this.#work = work;
    this.#options = options;
  }

  /**
   * Reads the image.
   *
   * @returns the reason when its data are not decoded
   * @throws JpegDamage
   * @throws OutOfWork
   */
  read(): Unchecked | undefined {
    const bytes = this.#bytes;
    if (bytes[0] !== PREFIX || bytes[1] !== SOI) throw new JpegDamage('marker-missing', 0);
    for (let at = 2; !this.#isDone();) {
      const codeAt = markerAt(bytes, at);
      const code = bytes[codeAt] ?? 0;
      at = codeAt + 1;
      if (code === EOI) {
        if (this.#progress?.hasAll !== true) throw new JpegDamage('image-missing', codeAt);
        break;
      }
      if (isRestart(code) || code === TEM) continue;
      if (!SEGMENTS.has(code)) throw new JpegDamage('marker-unexpected', codeAt);
      this.#work.spend(UNITS_PER_SEGMENT);
      const segment = segmentAt(bytes, at);
      at = code === SOS ? this.#readScan(segment) : this.#readSegment(code, segment);
    }
    return this.#frame?.unchecked;
  }

  #isDone(): boolean {
    return this.#options.isEmbedded && this.#progress?.isFinal === true;
  }

  #readSegment(code: number, segment: Segment): number {
    if (FRAMES.has(code)) this.#startFrame(code, segment);
    else if (code === DQT) this.#quantization.define(segment);
    else if (code === DHT) this.#huffman.define(segment);
    else if (code === DRI) this.#restartInterval = restartInterval(segment);
    else if (code === APP0 && !this.#options.isEmbedded) this.#colours.readJfif(segment);
    else if (code === APP14) this.#colours.readAdobe(segment);
    return segment.end;
  }

  #startFrame(code: number, segment: Segment): void {
    if (this.#frame !== undefined) throw new JpegDamage('marker-unexpected', segment.at);
    this.#frame = readFrame(code, segment);
    this.#progress = new Progress(this.#frame);
    this.#data = new ImageData(this.#bytes, this.#frame, this.#work);
  }

  #readScan(segment: Segment): number {
    const { at, end } = segment;
    if (this.#frame === undefined || this.#progress === undefined || this.#data === undefined)
      throw new JpegDamage('marker-unexpected', at);
    if (!this.#options.isEmbedded && !this.#colours.fit(this.#frame.components.length))
      throw new JpegDamage('segment-invalid', at);
    const scan = readScan(segment, this.#frame);
    const isLossless = this.#frame.unchecked === 'jpeg-lossless';
    this.#progress.add(isLossless ? { ...scan, ...LOSSLESS } : scan, at);
    if (!this.#options.decodes || this.#frame.unchecked !== undefined) return skipImageData(this.#bytes, end);
    return this.#data.read(scan, end, this.#huffman, this.#quantization, this.#restartInterval);
  }
}

/** B.2.4.4 */
function restartInterval({ view, at }: Segment): number {
  if (view.byteLength !== 2) throw new JpegDamage('segment-invalid', at);
  return view.getUint16(0);
}
