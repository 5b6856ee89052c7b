import { JpegDamage } from './damage.ts';

/** The second byte of each marker, Table B.1. */
export const SOF0 = 0xc0;
export const SOF1 = 0xc1;
export const SOF2 = 0xc2;
export const SOF3 = 0xc3;
export const DHT = 0xc4;
export const SOF9 = 0xc9;
export const SOF10 = 0xca;
export const SOF11 = 0xcb;
export const DAC = 0xcc;
export const RST0 = 0xd0;
export const RST7 = 0xd7;
export const SOI = 0xd8;
export const EOI = 0xd9;
export const SOS = 0xda;
export const DQT = 0xdb;
export const DNL = 0xdc;
export const DRI = 0xdd;
export const APP0 = 0xe0;
export const APP14 = 0xee;
export const COM = 0xfe;
export const TEM = 0x01;

export const PREFIX = 0xff;

/**
 * Offset of the second byte of the marker that starts here. Any number of fill bytes may precede it (B.1.1.2).
 *
 * @throws JpegDamage truncated, marker-missing
 */
export function markerAt(bytes: Uint8Array, at: number): number {
  let code = at;
  while (bytes[code] === PREFIX) code++;
  if (code >= bytes.length) throw new JpegDamage('truncated', bytes.length);
  if (code === at || bytes[code] === 0) throw new JpegDamage('marker-missing', at);
  return code;
}

/** The content of a segment after its length field. */
export interface Segment {
  readonly view: DataView;
  /** Offset of its first byte in the image. */
  readonly at: number;
  /** Offset of the first byte after it in the image. */
  readonly end: number;
}

/**
 * The segment whose length field is at this offset (B.1.1.4).
 *
 * @throws JpegDamage truncated, segment-invalid
 */
export function segmentAt(bytes: Uint8Array, at: number): Segment {
  if (at + 2 > bytes.length) throw new JpegDamage('truncated', bytes.length);
  const length = 256 * (bytes[at] ?? 0) + (bytes[at + 1] ?? 0);
  if (length < 2) throw new JpegDamage('segment-invalid', at);
  const end = at + length;
  if (end > bytes.length) throw new JpegDamage('truncated', bytes.length);
  return { view: new DataView(bytes.buffer, bytes.byteOffset + at + 2, length - 2), at: at + 2, end };
}

export function isRestart(code: number): boolean {
  return code >= RST0 && code <= RST7;
}
