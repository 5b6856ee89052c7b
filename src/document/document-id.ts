/**
 * Whether this is a document id by `DOCUMENT_ID_PATTERN`. A dot segment never is, whatever the pattern says: it would
 * change the path that is asked of the upstream (RFC 3986 section 5.2.4).
 */
export function isDocumentId(id: string, pattern: RegExp): boolean {
  return id !== '.' && id !== '..' && pattern.test(id);
}
