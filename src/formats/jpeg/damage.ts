/** Why a JPEG is not intact. Stable: metrics and logs carry these words. Clauses are those of ITU-T T.81. */
export type JpegReason =
  /** The bytes end before the image does (B.2.1). */
  | 'truncated'
  /** Something else stands where a marker has to (B.1.1.2). */
  | 'marker-missing'
  /** A marker that has no place here, or that decoders do not know: hierarchical frames, extensions (B.1.1.3). */
  | 'marker-unexpected'
  /** A segment's length and its content disagree (B.1.1.4). */
  | 'segment-invalid'
  /** A quantization table is missing or breaks its syntax (B.2.4.1). */
  | 'quantization-table-invalid'
  /** A Huffman table is missing, breaks its syntax, or its lengths make no code (B.2.4.2, C.2). */
  | 'huffman-table-invalid'
  /** The frame header has an illegal value, or one that no decoder takes (B.2.2). */
  | 'frame-invalid'
  /** A scan header has an illegal value, or the scan does not follow from those before it (B.2.3, G.1.1.1). */
  | 'scan-invalid'
  /** A code that is in no table, or coefficients that do not fit in a block (F.2.2, G.2). */
  | 'image-data-corrupt'
  /** A marker stands before the end of the image data that the frame announces. */
  | 'image-data-incomplete'
  /** More image data than the frame announces. */
  | 'image-data-excess'
  /** The restart marker that is due is missing, or is another one (E.2.4). */
  | 'restart-mismatch'
  /** No frame or no scan of a component before the end of the image. */
  | 'image-missing';

/** Ends a verification: the image is damaged. */
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
