import { constants } from 'node:zlib';
import type { Work } from '../work.ts';
import { ZlibStream } from '../zlib-stream.ts';

/** Damage in the image data of a PNG. Sections are those of the PNG specification, third edition. */
export type ImageDataReason =
  /** IEND without an IDAT before it, or empty IDATs, §11.2.3. */
  | 'image-data-missing'
  /** The image data do not start with a zlib header, §10.1, or cannot be inflated. */
  | 'image-data-corrupt'
  /** The inflated data are shorter than the rows of the image, §7.2. */
  | 'image-data-incomplete'
  /** The inflated data are longer than the rows of the image. */
  | 'image-data-excess'
  /** A row starts with a filter type other than 0 to 4, §9.2. */
  | 'filter-invalid';

/** The content of IHDR (§11.2.1). */
export interface Header {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly colourType: number;
  readonly isInterlaced: boolean;
}

/** Samples per pixel of each colour type, Table 9. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const MAX_FILTER = 4;

/** The passes of Adam7 (§8.1): first column and row, and the steps to the next ones. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

const DEFLATE = 8;
const MAX_WINDOW = 7;
const PRESET_DICTIONARY = 0x20;

/** The window size in bytes that the header value MAX_WINDOW stands for. */
const LARGEST_WINDOW = 32 * 1024;
const NOTHING = new Uint8Array(0);
/** Units of work to inflate: for the stream, for each input byte, for each output byte and for each row. */
const STREAM_COST = 10_000;
const INPUT_COST = 3;
const OUTPUT_COST = 1 / 16;
const ROW_COST = 1;

/** Checks the zlib header of the image data (RFC 1950 2.2, §10.1). */
export function checkZlibHeader(idats: Iterable<Uint8Array>): ImageDataReason | undefined {
  const begin: number[] = [];
  for (const idat of idats) {
    begin.push(...idat.subarray(0, 2));
    if (begin.length >= 2) break;
  }
  const [method, flags] = begin;
  if (method === undefined) return 'image-data-missing';
  const isHeader =
    flags !== undefined &&
    (method & 15) === DEFLATE &&
    method >>> 4 <= MAX_WINDOW &&
    (flags & PRESET_DICTIONARY) === 0 &&
    (256 * method + flags) % 31 === 0;
  return isHeader ? undefined : 'image-data-corrupt';
}

/**
 * Inflates the image data with the window that their header declares, and checks that they are exactly the rows of the
 * image. A small buffer limits the memory. Data after the zlib stream are ignored, as in decoders.
 *
 * @throws OutOfWork
 */
export function checkImageData(
  idats: Iterable<Uint8Array>,
  header: Header,
  work: Work,
): ImageDataReason | undefined {
  work.spend(STREAM_COST);
  const stream = new ZlibStream(0);
  try {
    return inflate(stream, idats, new Rows(header), windowOf(idats), work);
  } finally {
    stream.close();
  }
}

/** The window size in the zlib header, in bytes. */
function windowOf(idats: Iterable<Uint8Array>): number {
  for (const [method] of idats)
    if (method !== undefined) return LARGEST_WINDOW >>> (MAX_WINDOW - (method >>> 4));
  return LARGEST_WINDOW;
}

function inflate(
  stream: ZlibStream,
  idats: Iterable<Uint8Array>,
  rows: Rows,
  window: number,
  work: Work,
): ImageDataReason | undefined {
  // Not larger than the window, because zlib also lets data refer to all earlier bytes in this buffer.
  const chunk = new Uint8Array(window);
  for (const idat of idats) {
    work.spend(INPUT_COST * idat.length);
    for (let at = 0, made = chunk.length; made === chunk.length;) {
      const step = stream.step(constants.Z_SYNC_FLUSH, idat, at, chunk);
      if (step.error !== undefined) return 'image-data-corrupt';
      made = step.made;
      at = idat.length - step.left;
      work.spend(OUTPUT_COST * made);
      const reason = rows.take(chunk.subarray(0, made), work);
      if (reason !== undefined) return reason;
    }
  }
  const isFinished = stream.step(constants.Z_FINISH, NOTHING, 0, chunk).error === undefined;
  return isFinished && rows.areComplete ? undefined : 'image-data-incomplete';
}

/** Receives the rows of all passes in pieces. */
class Rows {
  readonly #passes: readonly { readonly rows: number; readonly bytes: number }[];
  #pass = 0;
  #row = 0;
  /** Bytes left in the current row. At 0, the next byte is a filter type. */
  #left = 0;

  constructor({ width, height, bitDepth, colourType, isInterlaced }: Header) {
    const bits = bitDepth * (CHANNELS[colourType] ?? 1);
    const passes = isInterlaced ? ADAM7 : [[0, 0, 1, 1] as const];
    this.#passes = passes
      .map(([column, row, columnStep, rowStep]) => ({
        rows: Math.ceil((height - row) / rowStep),
        bytes: Math.ceil((Math.ceil((width - column) / columnStep) * bits) / 8),
      }))
      .filter(({ rows, bytes }) => rows > 0 && bytes > 0);
  }

  get areComplete(): boolean {
    return this.#left === 0 && this.#pass === this.#passes.length;
  }

  take(data: Uint8Array, work: Work): ImageDataReason | undefined {
    for (let at = 0; at < data.length;) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, data.length - at);
        this.#left -= taken;
        at += taken;
        continue;
      }
      const pass = this.#passes[this.#pass];
      if (pass === undefined) return 'image-data-excess';
      if ((data[at++] ?? 0) > MAX_FILTER) return 'filter-invalid';
      work.spend(ROW_COST);
      this.#left = pass.bytes;
      if (++this.#row === pass.rows) {
        this.#row = 0;
        this.#pass++;
      }
    }
    return undefined;
  }
}
