import { KEY } from '../e2e/harness.ts';

/** An expected answer. */
export interface Expected {
  readonly status: number;
  /** Names in lower case. The value is the whole field or a pattern. */
  readonly headers?: Readonly<Record<string, string | RegExp>>;
  readonly without?: readonly string[];
  /** The default accepts any body. */
  readonly body?: 'none' | 'document' | { readonly part: readonly [first: number, last: number] };
}

/** A requirement of an RFC for an origin server, and the test for it. */
export interface Rule {
  readonly section: string;
  /** The requirement in the words of the RFC, shortened. */
  readonly rule: string;
  /** The bytes to send, in one or several packets. */
  readonly send: string | readonly string[];
  /** The expected answers in order. */
  readonly answers: readonly Expected[];
  /** The expected statuses of interim answers. */
  readonly interim?: readonly number[];
  /** The indices of the answers to HEAD. */
  readonly heads?: readonly number[];
  /**
   * Whether the server closes the connection after its answers. If not, the connection must serve another request,
   * which shows that both sides agree where the last message ended.
   */
  readonly closes?: boolean;
}

/** A request with the necessary header lines, these lines, and this body if any. */
export const ask = (start: string, lines: readonly string[] = [], body = ''): string =>
  [`${start} HTTP/1.1`, 'Host: gateway.test', `X-API-KEY: ${KEY}`, ...lines, '', body].join('\r\n');

/** A whole document. */
export const WHOLE: Expected = { status: 200, body: 'document' };

/** A problem with this status. */
export const refused = (status: number): Expected => ({
  status,
  headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
});

/** RFC 9110, section 5.6.7: the only date format that may be sent. */
export const DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
