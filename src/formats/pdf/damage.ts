/** Why a PDF is not intact. Stable: metrics and logs carry these words. Sections are those of ISO 32000-2. */
export type PdfReason =
  /** No `%PDF-` in the first 1,024 bytes (7.5.2). */
  | 'header-missing'
  /** The file does not end in `startxref`, an offset and `%%EOF` (7.5.5). */
  | 'truncated'
  /** Something else than padding follows `%%EOF`, or the last cross-reference section. */
  | 'trailing-data'
  /** `startxref`, /Prev or /XRefStm leads to no cross-reference section (7.5.4, 7.5.8). */
  | 'xref-missing'
  /** A cross-reference section breaks its own syntax, the sections run in a circle, or they have 500,000 entries. */
  | 'xref-malformed'
  /** An entry of the cross-reference points at no object, or at another one. */
  | 'xref-entry-mismatch'
  /** The trailer dictionary lacks what it must have: /Size, /Root (7.5.5). */
  | 'trailer-malformed'
  /** /Root leads to no catalog, or the catalog to no pages (7.7.2). */
  | 'catalog-missing'
  /** A kid of the page tree is no page or node, one is met twice, or /Count is wrong (7.7.3). */
  | 'page-tree-malformed'
  /** What a page names is not there, or of another kind: its contents, resources, fonts, external objects (7.7.3.3, 7.8). */
  | 'page-content-missing'
  /** An object breaks the syntax, or is not ended by `endobj` (7.3). */
  | 'object-malformed'
  /** `endstream` is not where /Length says (7.3.8). */
  | 'stream-length-mismatch'
  /** The content of a stream cannot be decoded, or its checksum differs (7.4). */
  | 'stream-corrupt'
  /** An object stream does not hold the objects that it announces (7.5.7). */
  | 'object-stream-malformed';

/** Ends a verification: the document is damaged. */
export class Damage extends Error {
  readonly reason: PdfReason;
  /** Offset in the document, in bytes. */
  readonly offset: number | undefined;

  constructor(reason: PdfReason, offset?: number) {
    super(reason);
    this.reason = reason;
    this.offset = offset;
  }
}
