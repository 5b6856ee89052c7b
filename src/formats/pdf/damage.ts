/** Why a PDF is damaged. Stable: the values of metrics and logs. Sections are those of ISO 32000-2. */
export type PdfReason =
  /** No `%PDF-` in the first 1,024 bytes (7.5.2). */
  | 'header-missing'
  /** The file does not end with `startxref`, an offset and `%%EOF` (7.5.5). */
  | 'truncated'
  /** Data other than padding follow `%%EOF` or the last cross-reference section. */
  | 'trailing-data'
  /** `startxref`, /Prev or /XRefStm does not refer to a cross-reference section (7.5.4, 7.5.8). */
  | 'xref-missing'
  /** A cross-reference section breaks its syntax, or the sections form a circle or have over 500,000 entries. */
  | 'xref-malformed'
  /** An entry of the cross-reference does not refer to its object. */
  | 'xref-entry-mismatch'
  /** The trailer dictionary lacks /Size or /Root (7.5.5). */
  | 'trailer-malformed'
  /** /Root refers to no catalog, or the catalog to no page tree (7.7.2). */
  | 'catalog-missing'
  /** A kid in the page tree is not a page or node, a node occurs twice, or /Count is wrong (7.7.3). */
  | 'page-tree-malformed'
  /** A page refers to contents, resources, fonts or XObjects that are missing or of another type (7.7.3.3, 7.8). */
  | 'page-content-missing'
  /** An object breaks the syntax, or does not end with `endobj` (7.3). */
  | 'object-malformed'
  /** `endstream` does not follow the data of the length /Length (7.3.8). */
  | 'stream-length-mismatch'
  /** The content of a stream cannot be decoded, or its checksum is wrong (7.4). */
  | 'stream-corrupt'
  /** An object stream does not contain the objects that it lists (7.5.7). */
  | 'object-stream-malformed';

/** Ends the verification of a damaged document. */
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
