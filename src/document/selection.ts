import type { FastifyRequest } from 'fastify';
import { mediaTypes } from '../formats/formats.ts';
import { acceptable } from '../http/accept.ts';
import { namesStrongly, namesWeakly } from '../http/entity-tags.ts';
import { Problem } from '../problem/problem.ts';
import type { VerifiedDocument } from './document-source.ts';

export type Selection =
  | { readonly status: 200; readonly bytes: Buffer }
  | { readonly status: 206; readonly bytes: Buffer; readonly contentRange: string }
  | { readonly status: 304 };

type Asked = Pick<FastifyRequest, 'method' | 'headers'>;

/** Rejects a request that no document can satisfy. @throws Problem `not-acceptable` */
export function assertAcceptable({ headers }: Asked): void {
  if (acceptable(headers.accept, mediaTypes).length === 0) {
    const detail = `Accept must allow ${mediaTypes.join(' or ')}.`;
    throw new Problem('not-acceptable', detail);
  }
}

/**
 * Conditions follow RFC 9110 section 13.2.2. Those on dates are ignored: documents have none (13.1.3, 13.1.4).
 * @throws Problem `not-acceptable`, `precondition-failed`, `range-not-satisfiable`
 */
export function select(request: Asked, document: Omit<VerifiedDocument, 'release'>): Selection {
  const { headers } = request;
  const { bytes, entityTag, format } = document;
  // Section 13.2.1: conditions are ignored unless the answer without them would be a success.
  if (acceptable(headers.accept, [format.mediaType]).length === 0) {
    throw new Problem('not-acceptable', `The document is ${format.mediaType}, which Accept does not allow.`);
  }
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined && !namesStrongly(ifMatch, entityTag)) {
    throw new Problem('precondition-failed', 'The entity tag of the document is not in If-Match.');
  }
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined && namesWeakly(ifNoneMatch, entityTag)) return { status: 304 };
  return (headers['if-range'] === undefined ? undefined : part(request, document)) ?? { status: 200, bytes };
}

/** Requires `If-Range` with the current entity tag: two ranges of one id could be of different documents. */
function part(
  { method, headers: asked }: Asked,
  { bytes, entityTag }: Pick<VerifiedDocument, 'bytes' | 'entityTag'>,
): Selection | undefined {
  // Section 14.2: ranges are defined only for GET. Section 13.1.5: strong comparison.
  if (method !== 'GET' || asked.range === undefined || asked['if-range'] !== entityTag) return undefined;
  const range = byteRange(asked.range, bytes.length);
  if (range === undefined) return undefined;
  if (range === 'unsatisfiable') {
    const detail = `Range lies outside the document (${bytes.length} bytes).`;
    const headers = { 'content-range': `bytes */${bytes.length}` };
    throw new Problem('range-not-satisfiable', detail, { headers });
  }
  const { first, last } = range;
  return {
    status: 206,
    bytes: bytes.subarray(first, last + 1),
    contentRange: `bytes ${first}-${last}/${bytes.length}`,
  };
}

/** The first and last byte position, both inclusive; or `unsatisfiable` when no byte of the content is in the range. */
export type ByteRange = { readonly first: number; readonly last: number } | 'unsatisfiable';

/** RFC 9110 section 14.1.2. Range units are case-insensitive, section 14.1. */
const ONE_RANGE = /^bytes=(\d*)-(\d*)$/i;

/** RFC 9110 section 14.1.2. Undefined for a field to ignore: several ranges, another unit or invalid syntax. */
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
