/** Why a JPEG is damaged. Stable: the values of metrics and logs. Clauses are those of ITU-T T.81. */
export type JpegReason =
  /** The data end before the image does (B.2.1). */
  | 'truncated'
  /** Other data stand in the place of a marker (B.1.1.2). */
  | 'marker-missing'
  /** A marker that is not allowed here or not supported: hierarchical frames, extensions (B.1.1.3). */
  | 'marker-unexpected'
  /** The length of a segment does not match its content (B.1.1.4). */
  | 'segment-invalid'
  /** A quantization table is missing or breaks its syntax (B.2.4.1). */
  | 'quantization-table-invalid'
  /** A Huffman table is missing, breaks its syntax, or has code lengths that form no valid code (B.2.4.2, C.2). */
  | 'huffman-table-invalid'
  /** The frame header has an illegal or unsupported value (B.2.2). */
  | 'frame-invalid'
  /** A scan header has an illegal value, or does not continue the previous scans (B.2.3, G.1.1.1). */
  | 'scan-invalid'
  /** A code that is in no table, coefficients that exceed the block (F.2.2, G.2), or samples out of their range (A.3.1). */
  | 'image-data-corrupt'
  /** A marker stands before the end of the announced image data. */
  | 'image-data-incomplete'
  /** The image data are longer than the frame header announces. */
  | 'image-data-excess'
  /** The expected restart marker is missing, or another one stands there (E.2.4). */
  | 'restart-mismatch'
  /** The image ends without a frame, or without a scan of a component. */
  | 'image-missing';

/** Ends the verification of a damaged image. */
export class JpegDamage extends Error {
  readonly reason: JpegReason;
  /** Offset in the image, in bytes. */
  readonly offset: number;

  constructor(reason: JpegReason, offset: number) {
    super(reason);
    this.reason = reason;
    this.offset = offset;
  }
}
