/** Characters of a digest in base64url: 132 bits, more than enough that two representations never share a tag. */
const TAG_LENGTH = 22;

/** A strong entity tag, RFC 9110 section 8.8.3, of a SHA-256 in base64url. */
export function entityTagOf(digest: string): string {
  return `"${digest.slice(0, TAG_LENGTH)}"`;
}

/*
 * Comparison with a list of entity tags, RFC 9110 section 8.8.3.2. Ours is found in a list by its quotes: no tag
 * holds a quote inside, and ours holds no comma, so that these bytes stand for nothing else in a list.
 */

/** Whether `If-None-Match` names this strong tag, be it there as a weak one: the weak comparison. */
export function namesWeakly(field: string, tag: string): boolean {
  return field === '*' || field.includes(tag);
}

/** Whether `If-Match` names this strong tag as a strong one: the strong comparison. */
export function namesStrongly(field: string, tag: string): boolean {
  if (field === '*') return true;
  for (let at = field.indexOf(tag); at !== -1; at = field.indexOf(tag, at + 1)) {
    if (!field.endsWith('W/', at)) return true;
  }
  return false;
}
