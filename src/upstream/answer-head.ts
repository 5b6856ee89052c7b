import type { IncomingHttpHeaders } from 'node:http';
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
 * Whether a Content-Encoding names a coding, RFC 9110 section 8.4. Empty list elements are ignored (section 5.6.1),
 * and invalid values such as `utf-8`, `binary` or `none`: verification checks the body.
 */
function isEncoded(value: string | readonly string[] | undefined): boolean {
  const codings = value === undefined ? [] : String(value).split(',');
  return codings.some((coding) => CODINGS.has(coding.trim().toLowerCase()));
}

/** The date formats of RFC 9110 section 5.6.7. The asctime format is in UTC without saying so. */
const DATE =
  /^(?:[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4}|[A-Z][a-z]+day, \d{2}-[A-Z][a-z]{2}-\d{2}) [\d:]{8} GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4}$/;

/** The maximum wait that the upstream can ask for, in milliseconds. */
const MAX_RETRY_AFTER_MS = 60_000;

/** Retry-After, RFC 9110 section 10.2.3, in milliseconds from now, at most a minute; undefined for an invalid value. */
export function retryAfterMs(value: string | undefined, now = Date.now()): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, MAX_RETRY_AFTER_MS);
  const at = DATE.test(value) ? Date.parse(value) : ASCTIME.test(value) ? Date.parse(`${value} GMT`) : NaN;
  return Number.isNaN(at) ? undefined : Math.min(Math.max(0, at - now), MAX_RETRY_AFTER_MS);
}
