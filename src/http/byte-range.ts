/** The first and last byte position, both inclusive; or `unsatisfiable` when no byte of the content is in the range. */
export type ByteRange = { readonly first: number; readonly last: number } | 'unsatisfiable';

/** RFC 9110 section 14.1.2. Range units are case-insensitive, section 14.1. */
const ONE_RANGE = /^bytes=(\d*)-(\d*)$/i;

/**
 * Resolves a single byte range for content of this length, RFC 9110 section 14.1.2.
 * @returns undefined for a field to ignore: several ranges, another unit or invalid syntax
 */
export function byteRange(field: string, length: number): ByteRange | undefined {
  const [, from = '', to = ''] = ONE_RANGE.exec(field) ?? [];
  if (from === '') return to === '' ? undefined : lastBytes(Number(to), length);
  const first = Number(from);
  const last = to === '' ? Infinity : Number(to);
  if (last < first) return undefined;
  return first < length ? { first, last: Math.min(last, length - 1) } : 'unsatisfiable';
}

function lastBytes(count: number, length: number): ByteRange {
  return count === 0 ? 'unsatisfiable' : { first: Math.max(0, length - count), last: length - 1 };
}
