import type { IncomingHttpHeaders } from 'node:http';
import { retryAfterMs } from './retry-after.ts';
import { UpstreamFailure } from './upstream-failure.ts';

/** The content codings in the IANA registry (RFC 9110 section 16.6.1). An encoded body is not the document itself. */
const CODINGS = new Set([
  ...['gzip', 'x-gzip', 'deflate', 'compress', 'x-compress', 'br', 'zstd', 'dcb', 'dcz'],
  ...['exi', 'pack200-gzip', 'aes128gcm'],
]);

/** Returns why an answer is refused, by its status and headers. Only a 200 without content coding is accepted. */
export function refusalOf(status: number, headers: IncomingHttpHeaders): UpstreamFailure | undefined {
  if (status === 404) return new UpstreamFailure('not-found', 'the upstream answered 404', { status });
  if (status >= 500 || status === 429) {
    const wait = retryAfterMs(headers['retry-after']);
    return new UpstreamFailure('status', `the upstream answered ${status}`, { status, retryAfterMs: wait });
  }
  if (status !== 200)
    return new UpstreamFailure('unacceptable', `the upstream answered ${status}`, { status });
  if (!isEncoded(headers['content-encoding'])) return undefined;
  return new UpstreamFailure('unacceptable', 'the upstream sent an encoded body');
}

/**
 * Whether a Content-Encoding names a coding: RFC 9110 section 8.4. Empty list elements are ignored (section 5.6.1),
 * and `identity` is not a coding. Some upstreams send invalid values such as `utf-8`, `binary` or `none` with a plain
 * body, which verification checks.
 *
 * @param value an array if the header is repeated
 */
function isEncoded(value: string | readonly string[] | undefined): boolean {
  if (value === undefined) return false;
  return String(value)
    .split(',')
    .some((coding) => CODINGS.has(coding.trim().toLowerCase()));
}
