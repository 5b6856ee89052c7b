import type { IncomingHttpHeaders } from 'node:http';
import { retryAfterMs } from './retry-after.ts';
import { UpstreamFailure } from './upstream-failure.ts';

/** The content codings that IANA has on its list (RFC 9110 section 16.6.1). A document in one of them is not the document. */
const CODINGS = new Set([
  ...['gzip', 'x-gzip', 'deflate', 'compress', 'x-compress', 'br', 'zstd', 'dcb', 'dcz'],
  ...['exi', 'pack200-gzip', 'aes128gcm'],
]);

/** Why an answer is not taken, by its status and headers: only a plain 200 of the whole document is, in no encoding. */
export function refusalOf(status: number, headers: IncomingHttpHeaders): UpstreamFailure | undefined {
  if (status === 404) return new UpstreamFailure('not-found', 'the upstream answered 404', { status });
  if (status >= 500 || status === 429) {
    const wait = retryAfterMs(headers['retry-after']);
    return new UpstreamFailure('status', `the upstream answered ${status}`, { status, retryAfterMs: wait });
  }
  if (status !== 200)
    return new UpstreamFailure('unacceptable', `the upstream answered ${status}`, { status });
  if (!isEncoded(headers['content-encoding'])) return undefined;
  return new UpstreamFailure('unacceptable', 'the upstream sent an encoded body that nobody asked for');
}

/**
 * Whether a Content-Encoding names a coding: RFC 9110 section 8.4. Empty elements of a list mean nothing (section 5.6.1),
 * and `identity` is none. Some stores send what is no coding, such as `utf-8`, `binary` or `none`, with a plain body: what
 * the body is, its verification tells.
 *
 * @param value a list where the header is repeated
 */
function isEncoded(value: string | readonly string[] | undefined): boolean {
  if (value === undefined) return false;
  return String(value)
    .split(',')
    .some((coding) => CODINGS.has(coding.trim().toLowerCase()));
}
