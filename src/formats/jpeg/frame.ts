import type { Unchecked } from '../content.ts';
import { JpegDamage } from './damage.ts';
import { SOF10, SOF11, SOF2, SOF3, SOF9 } from './markers.ts';
import type { Segment } from './markers.ts';

/** Limits of decoders (libjpeg: MAX_COMPONENTS, MAX_SAMP_FACTOR, JPEG_MAX_DIMENSION). */
const MAX_COMPONENTS = 10;
const MAX_SAMPLING = 4;
const MAX_DIMENSION = 65_500;
const BLOCK = 8;

export interface Component {
  readonly id: number;
  readonly horizontal: number;
  readonly vertical: number;
  readonly quantizationTable: number;
  /** Blocks per row, and rows of blocks, in a scan of this component alone (A.2.2). */
  readonly columns: number;
  readonly rows: number;
}

/** A frame header (B.2.2). */
export interface Frame {
  readonly isProgressive: boolean;
  /** Bits per sample, 8 or 12. */
  readonly precision: number;
  readonly components: readonly Component[];
  /** MCUs of a scan with several components, and those of one of its rows (A.2.3). */
  readonly mcus: number;
  readonly mcuColumns: number;
  /** The reason when the coding of the image data is not supported. */
  readonly unchecked: Unchecked | undefined;
}

/**
 * Reads a SOFn segment.
 *
 * A height of 0, which a later DNL segment would define, counts as damage, as in libjpeg.
 *
 * @throws JpegDamage frame-invalid
 */
export function readFrame(code: number, { view, at }: Segment): Frame {
  const count = view.byteLength < 6 ? 0 : view.getUint8(5);
  if (count < 1 || count > MAX_COMPONENTS || view.byteLength !== 6 + 3 * count) throw invalid(at);
  const precision = view.getUint8(0);
  const height = view.getUint16(1);
  const width = view.getUint16(3);
  const isLossless = code === SOF3 || code === SOF11;
  const isPrecise = isLossless ? precision >= 2 && precision <= 16 : precision === 8 || precision === 12;
  if (!isPrecise || !isDimension(height) || !isDimension(width)) throw invalid(at);

  const headers = Array.from({ length: count }, (_, index) => {
    const sampling = view.getUint8(7 + 3 * index);
    const id = view.getUint8(6 + 3 * index);
    const quantizationTable = view.getUint8(8 + 3 * index);
    return { id, horizontal: sampling >>> 4, vertical: sampling & 15, quantizationTable };
  });
  const horizontal = Math.max(...headers.map((header) => header.horizontal));
  const vertical = Math.max(...headers.map((header) => header.vertical));
  for (const header of headers) {
    // libjpeg scales samples only by whole numbers.
    if (!isSampling(header.horizontal, horizontal) || !isSampling(header.vertical, vertical))
      throw invalid(at);
  }
  const mcuColumns = Math.ceil(width / (horizontal * BLOCK));
  return {
    isProgressive: code === SOF2 || code === SOF10,
    precision,
    components: headers.map((header) => ({
      ...header,
      columns: Math.ceil((width * header.horizontal) / (horizontal * BLOCK)),
      rows: Math.ceil((height * header.vertical) / (vertical * BLOCK)),
    })),
    mcus: mcuColumns * Math.ceil(height / (vertical * BLOCK)),
    mcuColumns,
    unchecked: isLossless ? 'jpeg-lossless' : code === SOF9 || code === SOF10 ? 'jpeg-arithmetic' : undefined,
  };
}

function isDimension(value: number): boolean {
  return value > 0 && value <= MAX_DIMENSION;
}

function isSampling(factor: number, largest: number): boolean {
  return factor > 0 && factor <= MAX_SAMPLING && largest % factor === 0;
}

function invalid(at: number): JpegDamage {
  return new JpegDamage('frame-invalid', at);
}
