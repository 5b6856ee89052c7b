import type { IncomingMessage } from 'node:http';
import { Problem } from '../problem/problem.ts';
import { MAX_URL_BYTES, urlTooLong } from './parser-problem.ts';

/** RFC 3986 section 3.2.2, by its characters, and a port: a name, an address, or nothing at all. */
const HOST = /^[\w.~%!$&'()*+,;=:[\]-]*$/;

/** What others on the way may read otherwise is the last on its connection. */
const LAST = { headers: { connection: 'close' } } as const;

/** Why a request that could be read is refused before its path is looked at. */
export function refusal(request: IncomingMessage): Problem | undefined {
  if (Buffer.byteLength(request.url ?? '') > MAX_URL_BYTES) return urlTooLong();
  const { host, 'transfer-encoding': coding } = request.headers;
  // RFC 9112 section 3.2: more than one host, one that cannot be, and none in HTTP/1.1, are a 400.
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
 * Whether a request asks to go on in another protocol, which is not taken (RFC 9110 section 7.8): it is answered, and is
 * the last on its connection. Node's parser takes what follows it in its packet for that protocol, and drops it.
 */
export function asksForUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade !== undefined && /upgrade/i.test(headers.connection ?? '');
}

/**
 * RFC 9112 sections 6.1 and 6.3. A coding that is not known should be a 501, but whoever has no key must not be able
 * to make the service look as if it failed.
 */
function codingProblem(coding: string, httpVersion: string): Problem | undefined {
  if (httpVersion !== '1.0' && coding === 'chunked') return undefined;
  return new Problem(
    'malformed-request',
    'The only supported transfer coding is chunked, in HTTP/1.1.',
    LAST,
  );
}

/** Node takes the first one and tells nobody of the others. */
function countHosts(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts;
}
