/**
 * Whether `id` is a document id by `DOCUMENT_ID_PATTERN`. A dot segment is never one, whatever the pattern: it would
 * change the path of the request to the upstream (RFC 3986 section 5.2.4).
 */
export function isDocumentId(id: string, pattern: RegExp): boolean {
  return id !== '.' && id !== '..' && pattern.test(id);
}
