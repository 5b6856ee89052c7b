import type { IncomingMessage } from 'node:http';
import { Problem } from '../problem/problem.ts';
import { MAX_URL_BYTES, urlTooLong } from './parser-problem.ts';

/** The characters of a host (RFC 3986 section 3.2.2) with a port; may be empty. */
const HOST = /^[\w.~%!$&'()*+,;=:[\]-]*$/;

/** Closes the connection, because a proxy may parse this request differently. */
const LAST = { headers: { connection: 'close' } } as const;

/** Checks a parsed request before routing. Returns the problem if it must be refused. */
export function refusal(request: IncomingMessage): Problem | undefined {
  if (Buffer.byteLength(request.url ?? '') > MAX_URL_BYTES) return urlTooLong();
  const { host, 'transfer-encoding': coding } = request.headers;
  // RFC 9112 section 3.2: several hosts, an invalid host, and no host in HTTP/1.1 are a 400.
  const hosts = countHosts(request.rawHeaders);
  if (hosts > 1 || (hosts === 0 && request.httpVersion === '1.1')) {
    return new Problem('malformed-request', 'Exactly one Host header is required.', LAST);
  }
  if (host !== undefined && !HOST.test(host)) {
    return new Problem('malformed-request', 'The Host header is not a valid host name.', LAST);
  }
  return coding === undefined ? undefined : codingProblem(coding.toLowerCase(), request.httpVersion);
}

/**
 * Whether a request asks for another protocol, which the service does not support (RFC 9110 section 7.8). It is
 * answered, and the connection is closed: Node's parser discards the rest of its packet.
 */
export function asksForUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade !== undefined && /upgrade/i.test(headers.connection ?? '');
}

/**
 * RFC 9112 sections 6.1 and 6.3. An unknown coding should be a 501, but a client without an API key must not be able
 * to cause apparent failures of the service.
 */
function codingProblem(coding: string, httpVersion: string): Problem | undefined {
  if (httpVersion !== '1.0' && coding === 'chunked') return undefined;
  return new Problem(
    'malformed-request',
    'The only supported transfer coding is chunked, in HTTP/1.1.',
    LAST,
  );
}

/** Counts Host headers. Node keeps only the first. */
function countHosts(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts;
}
