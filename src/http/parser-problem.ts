import { Problem } from '../problem/problem.ts';

/** The error of Node for a request that it cannot parse. */
export type ParserError = Error & {
  readonly code?: string;
  readonly rawPacket?: unknown;
  readonly bytesParsed?: number;
};

/** The maximum length of a URL in bytes. */
export const MAX_URL_BYTES = 2_048;

/** RFC 9110 section 9.1 and RFC 9112 section 3: a request line with any method. */
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
