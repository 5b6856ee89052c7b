import { crc32 } from 'node:zlib';
import type { Format, Verdict, VerifyOptions } from './format.ts';
import { checkImageData, checkZlibHeader } from './png/image-data.ts';
import type { Header, ImageDataReason } from './png/image-data.ts';
import { OutOfWork, Work } from './work.ts';

/** Why a PNG is damaged. Sections are those of the PNG specification, third edition (W3C, 2025). */
export type PngReason =
  | ImageDataReason
  /** The first eight bytes are not the signature, §5.2. */
  | 'signature-mismatch'
  /** The bytes end before the IEND chunk does, §5.3. */
  | 'truncated'
  /** A chunk claims more than 2^31 - 1 bytes of data, §5.3. */
  | 'chunk-length-invalid'
  /** A chunk type contains a byte that is not an ASCII letter, §5.3. */
  | 'chunk-type-invalid'
  /** A critical chunk (capital first letter) that the specification does not define, §5.4. */
  | 'chunk-unknown'
  /** The CRC-32 of a chunk's type and data differs from the stored one, §5.5. */
  | 'crc-mismatch'
  /** The first chunk is not IHDR, §5.6. */
  | 'header-missing'
  /** IHDR has a wrong length or an illegal value or combination of values, §11.2.1. */
  | 'header-invalid'
  /** A second IHDR or PLTE, PLTE after IDAT, or IDATs with another chunk between them, §5.6. */
  | 'chunk-misplaced'
  /** Indexed colour without a PLTE before the image data, §11.2.2. */
  | 'palette-missing'
  /** PLTE in a greyscale image, or without 1 to 256 entries of three bytes, §11.2.2. */
  | 'palette-invalid'
  /** IEND contains data, §11.2.4. */
  | 'trailer-invalid'
  /** Data follow IEND, the last chunk, §5.6. */
  | 'trailing-data';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

const IHDR = 0x49484452;
const PLTE = 0x504c5445;
const IDAT = 0x49444154;
const IEND = 0x49454e44;

/** Bytes of a chunk besides its data: length, type and CRC. */
const CHUNK_OVERHEAD = 12;
const HEADER_LENGTH = 13;
const MAX_UINT31 = 0x7fffffff;

/** Of a chunk longer than this in bytes, the imprint has only both ends. */
const MAX_WHOLE_CHUNK = 1024;
/** Bytes of an end: length and type; or the last 4 bytes of the data, in IDAT the Adler-32, and the CRC. */
const CHUNK_ENDS = 8;

const INDEXED_COLOUR = 3;
/** Table 12: the allowed bit depths of each colour type. */
const BIT_DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  [INDEXED_COLOUR]: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/**
 * PNG and APNG: checks the order and the CRC of every chunk.
 *
 * `structure` and `deep` make the same checks, and their verdict is always complete. The CRCs cover every byte of the
 * image data: inflating would find no more transport damage, at a thousand times the cost (a 48 KB scan inflates to
 * megabytes). `full` inflates the image data too, to find an upstream that encoded them wrongly before it computed the
 * CRCs.
 */
export const png: Format = {
  name: 'png',
  mediaType: 'image/png',
  extension: 'png',

  /** Tests only the three letters, so that a PNG with other damage in its signature is a damaged PNG. */
  recognises: (bytes) => bytes[1] === 0x50 && bytes[2] === 0x4e && bytes[3] === 0x47,

  verify(bytes, options): Verdict<PngReason> {
    for (let i = 0; i < SIGNATURE.length; i++) {
      if (i >= bytes.length) return damaged('truncated', i);
      if (bytes[i] !== SIGNATURE[i]) return damaged('signature-mismatch', i);
    }
    try {
      return walk(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), options);
    } catch (error) {
      if (error instanceof OutOfWork) return { intact: true, complete: false, unchecked: ['budget'] };
      throw error;
    }
  },

  imprint,
};

/**
 * Replaces the data of large chunks by their length and checksum, which the verification has checked. Two images share
 * these as rarely as damage stays undetected. Hashing all bytes would take three times as long as the verification.
 */
function imprint(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array[] = [];
  let from = 0;
  for (let at = SIGNATURE.length, next = 0; at + CHUNK_OVERHEAD <= bytes.length; at = next) {
    next = at + CHUNK_OVERHEAD + view.getUint32(at);
    if (next > bytes.length) break;
    if (next - at <= MAX_WHOLE_CHUNK) continue;
    kept.push(bytes.subarray(from, at + CHUNK_ENDS));
    from = next - CHUNK_ENDS;
  }
  return Buffer.concat([...kept, bytes.subarray(from)]);
}

function walk(bytes: Uint8Array, view: DataView, options: VerifyOptions): Verdict<PngReason> {
  let header: Header | undefined;
  let palette = false;
  let imageData = 0;
  let previous = 0;

  for (let at = SIGNATURE.length; ;) {
    if (bytes.length - at < CHUNK_OVERHEAD) return damaged('truncated', bytes.length);
    const length = view.getUint32(at);
    const type = view.getUint32(at + 4);
    if (length > MAX_UINT31) return damaged('chunk-length-invalid', at);
    if (!isFourLetters(type)) return damaged('chunk-type-invalid', at + 4);
    const next = at + CHUNK_OVERHEAD + length;
    if (next > bytes.length) return damaged('truncated', bytes.length);
    if (crc32(bytes.subarray(at + 4, next - 4)) !== view.getUint32(next - 4))
      return damaged('crc-mismatch', at);

    if (header === undefined && type !== IHDR) return damaged('header-missing', at);
    switch (type) {
      case IHDR:
        if (header !== undefined) return damaged('chunk-misplaced', at);
        if (length !== HEADER_LENGTH || !isLegalHeader(view, at + 8)) return damaged('header-invalid', at);
        header = readHeader(view, at + 8);
        break;
      case PLTE:
        if (palette || imageData > 0) return damaged('chunk-misplaced', at);
        if (header?.colourType === 0 || header?.colourType === 4) return damaged('palette-invalid', at);
        // More entries than the bit depth can address also violate §11.2.2, but decoders ignore them.
        if (length === 0 || length > 3 * 256 || length % 3 !== 0) return damaged('palette-invalid', at);
        palette = true;
        break;
      case IDAT:
        if (imageData > 0 && previous !== IDAT) return damaged('chunk-misplaced', at);
        if (header?.colourType === INDEXED_COLOUR && !palette) return damaged('palette-missing', at);
        if (imageData === 0) imageData = at;
        break;
      case IEND:
        if (length !== 0) return damaged('trailer-invalid', at);
        if (next !== bytes.length) return damaged('trailing-data', next);
        if (header === undefined || imageData === 0) return damaged('image-data-missing', at);
        return verifyImageData(bytes, view, imageData, header, options);
      default:
        if (isCritical(type)) return damaged('chunk-unknown', at);
    }
    previous = type;
    at = next;
  }
}

/** @param at offset of the first IDAT */
function verifyImageData(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  header: Header,
  { level, units }: VerifyOptions,
): Verdict<PngReason> {
  const data = { [Symbol.iterator]: () => idats(bytes, view, at) };
  const reason =
    checkZlibHeader(data) ?? (level === 'full' ? checkImageData(data, header, new Work(units)) : undefined);
  return reason === undefined ? { intact: true, complete: true } : damaged(reason, at);
}

/** The data of the consecutive IDATs from the first one. */
function* idats(bytes: Uint8Array, view: DataView, first: number): Generator<Uint8Array> {
  for (let at = first; view.getUint32(at + 4) === IDAT;) {
    const end = at + 8 + view.getUint32(at);
    yield bytes.subarray(at + 8, end);
    at = end + 4;
  }
}

function readHeader(view: DataView, at: number): Header {
  return {
    width: view.getUint32(at),
    height: view.getUint32(at + 4),
    bitDepth: view.getUint8(at + 8),
    colourType: view.getUint8(at + 9),
    isInterlaced: view.getUint8(at + 12) === 1,
  };
}

/** §11.2.1: width, height, bit depth, colour type, compression, filter and interlace method. */
function isLegalHeader(view: DataView, at: number): boolean {
  return (
    isDimension(view.getUint32(at)) &&
    isDimension(view.getUint32(at + 4)) &&
    (BIT_DEPTHS[view.getUint8(at + 9)]?.includes(view.getUint8(at + 8)) ?? false) &&
    view.getUint8(at + 10) === 0 &&
    view.getUint8(at + 11) === 0 &&
    view.getUint8(at + 12) <= 1
  );
}

function isDimension(value: number): boolean {
  return value > 0 && value <= MAX_UINT31;
}

/** §5.3: 41 to 5A and 61 to 7A, in each of the four bytes. */
function isFourLetters(type: number): boolean {
  return (
    isLetter(type >>> 24) &&
    isLetter((type >>> 16) & 0xff) &&
    isLetter((type >>> 8) & 0xff) &&
    isLetter(type & 0xff)
  );
}

function isLetter(byte: number): boolean {
  const capital = byte & ~0x20;
  return capital >= 0x41 && capital <= 0x5a;
}

/** §5.4: a clear bit 5 in the first byte marks a chunk that decoders need. */
function isCritical(type: number): boolean {
  return (type & 0x20000000) === 0;
}

function damaged(reason: PngReason, offset: number): Verdict<PngReason> {
  return { intact: false, reason, offset };
}
