import { Problem } from '../problem/problem.ts';

/** What Node reports of a request that it cannot read. */
export type ParserError = Error & {
  readonly code?: string;
  readonly rawPacket?: unknown;
  readonly bytesParsed?: number;
};

/** Bytes of the longest URL that is taken. */
export const MAX_URL_BYTES = 2_048;

/** RFC 9110 section 9.1 and RFC 9112 section 3: a method, whatever it is, and the rest of a request line. */
const REQUEST_LINE = /^([\w!#$%&'*+.^`|~-]+) (\S+) HTTP\/1\.\d\r?\n/;

/** The answer to what is no request, or one that is too large, too slow or of no known method. */
export function parserProblem(error: ParserError): Problem {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      // The parser counts the URL as a header, and tells them apart for nobody.
      return urlLength(error.rawPacket) > MAX_URL_BYTES
        ? urlTooLong()
        : new Problem('headers-too-large', 'The request headers are too large.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('request-timeout', 'The request did not arrive in time.');
    case 'HPE_INVALID_METHOD':
      // The parser says so of anything that does not begin like a request.
      if (REQUEST_LINE.test(lineAt(error))) {
        return new Problem('not-implemented', 'This method is not supported.');
      }
  }
  return new Problem('malformed-request', 'The request is not valid HTTP.');
}

/** RFC 9112 section 3 */
export function urlTooLong(): Problem {
  return new Problem('url-too-long', `The URL is longer than ${MAX_URL_BYTES} bytes.`);
}

/** The line in which the parser gave up, and what follows it in the packet. */
function lineAt({ rawPacket, bytesParsed = 0 }: ParserError): string {
  if (!Buffer.isBuffer(rawPacket)) return '';
  const before = bytesParsed === 0 ? -1 : rawPacket.lastIndexOf('\n', bytesParsed - 1);
  return rawPacket.toString('latin1', before + 1);
}

/** Of the URL in a packet that begins with a request line; 0 when it begins in the midst of a request. */
function urlLength(packet: unknown): number {
  if (!Buffer.isBuffer(packet)) return 0;
  return /^[A-Z-]+ (\S+)/.exec(packet.toString('latin1'))?.[1]?.length ?? 0;
}
