import { KEY } from '../e2e/harness.ts';

/** What an answer has to be. */
export interface Expected {
  readonly status: number;
  /** By their names in lower case: the whole value, or what it has to match. */
  readonly headers?: Readonly<Record<string, string | RegExp>>;
  readonly without?: readonly string[];
  /** Default: whatever there is. */
  readonly body?: 'none' | 'document' | { readonly part: readonly [first: number, last: number] };
}

/** One thing that an RFC asks of an origin server, and what shows that it is so. */
export interface Rule {
  readonly section: string;
  /** In the words of the RFC, shortened. */
  readonly rule: string;
  /** What goes over the wire, or several packets of it. */
  readonly send: string | readonly string[];
  /** The answers in their order. */
  readonly answers: readonly Expected[];
  /** Statuses of interim answers. */
  readonly interim?: readonly number[];
  /** The numbers of the answers that are to HEAD. */
  readonly heads?: readonly number[];
  /**
   * Whether the server closes the connection behind its answers. Where it does not, the connection has to serve
   * another request: that shows that both sides agree about where the last one ended, and the last answer.
   */
  readonly closes?: boolean;
}

/** A request for a document, the lines beside the necessary ones, and a body when there is one. */
export const ask = (start: string, lines: readonly string[] = [], body = ''): string =>
  [`${start} HTTP/1.1`, 'Host: gateway.test', `X-API-KEY: ${KEY}`, ...lines, '', body].join('\r\n');

/** A document as it is by default. */
export const WHOLE: Expected = { status: 200, body: 'document' };

/** A refusal that is a problem. */
export const refused = (status: number): Expected => ({
  status,
  headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
});

/** Section 5.6.7 of RFC 9110: the one format of a date that may be sent. */
export const DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
