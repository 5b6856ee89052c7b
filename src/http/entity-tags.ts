/** Characters of the base64url digest in a tag: 132 bits, enough to avoid collisions. */
const TAG_LENGTH = 22;

/** Makes a strong entity tag, RFC 9110 section 8.8.3, from a SHA-256 in base64url. */
export function entityTagOf(digest: string): string {
  return `"${digest.slice(0, TAG_LENGTH)}"`;
}

/*
 * Comparison with a list of entity tags, RFC 9110 section 8.8.3.2. A text search is enough: a tag contains no quote,
 * and ours contains no comma, so the quoted tag matches only a whole member of the list.
 */

/** Whether `If-None-Match` contains this strong tag, by weak comparison. */
export function namesWeakly(field: string, tag: string): boolean {
  return field === '*' || field.includes(tag);
}

/** Whether `If-Match` contains this strong tag, by strong comparison. */
export function namesStrongly(field: string, tag: string): boolean {
  if (field === '*') return true;
  for (let at = field.indexOf(tag); at !== -1; at = field.indexOf(tag, at + 1)) {
    if (!field.endsWith('W/', at)) return true;
  }
  return false;
}
