import type { IncomingMessage } from 'node:http';
import { Problem } from '../problem/problem.ts';

/** The error of Node for a request that it cannot parse. */
export type ParserError = Error & {
  readonly code?: string;
  readonly rawPacket?: unknown;
  readonly bytesParsed?: number;
};

/** The maximum length of a URL in bytes, RFC 9112 section 3. */
const MAX_URL_BYTES = 2_048;

const REQUEST_LINE = /^([\w!#$%&'*+.^`|~-]+) (\S+) HTTP\/1\.\d\r?\n/;

/** The problem for input that is not a valid request, is too large or slow, or has an unknown method. */
export function parserProblem(error: ParserError): Problem {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      // The parser reports a long URL as a header overflow.
      return urlLength(error.rawPacket) > MAX_URL_BYTES
        ? urlTooLong()
        : new Problem('headers-too-large', 'The request headers are too large.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('request-timeout', 'The request did not arrive in time.');
    case 'HPE_INVALID_METHOD':
      // The parser reports this also for input that is not a request line.
      if (REQUEST_LINE.test(lineAt(error)))
        return new Problem('not-implemented', 'This method is not supported.');
  }
  return new Problem('malformed-request', 'The request is not valid HTTP.');
}

function urlTooLong(): Problem {
  return new Problem('url-too-long', `The URL is longer than ${MAX_URL_BYTES} bytes.`);
}

/** The text from the line of the parser error to the end of the packet. */
function lineAt({ rawPacket, bytesParsed = 0 }: ParserError): string {
  if (!Buffer.isBuffer(rawPacket)) return '';
  const before = bytesParsed === 0 ? -1 : rawPacket.lastIndexOf('\n', bytesParsed - 1);
  return rawPacket.toString('latin1', before + 1);
}

/** The length of the URL in the request line; 0 when the packet does not begin with one. */
function urlLength(packet: unknown): number {
  if (!Buffer.isBuffer(packet)) return 0;
  return /^[A-Z-]+ (\S+)/.exec(packet.toString('latin1'))?.[1]?.length ?? 0;
}

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
  // RFC 9112 sections 6.1 and 6.3. An unknown coding should be a 501, but a client without an API key must not be able
  // to cause apparent failures of the service.
  if (coding === undefined || (request.httpVersion !== '1.0' && coding.toLowerCase() === 'chunked'))
    return undefined;
  return new Problem(
    'malformed-request',
    'The only supported transfer coding is chunked, in HTTP/1.1.',
    LAST,
  );
}

/**
 * Whether a request asks for another protocol, which the service does not support (RFC 9110 section 7.8). The
 * connection is closed after the answer: the parser of Node discards the rest of its packet.
 */
export function asksForUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade !== undefined && /upgrade/i.test(headers.connection ?? '');
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
