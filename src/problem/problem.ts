/**
 * All problems that the service answers with, RFC 9457. The names are stable: they are the end of the `type` URI.
 * docs/problems.md explains each.
 */
export const problems = {
  'malformed-request': { status: 400, title: 'Malformed request' },
  'malformed-id': { status: 400, title: 'Malformed document id' },
  unauthorized: { status: 401, title: 'A valid API key is required' },
  'document-not-found': { status: 404, title: 'Document not found' },
  'route-not-found': { status: 404, title: 'Route not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  'not-acceptable': { status: 406, title: 'Not acceptable' },
  'request-timeout': { status: 408, title: 'Request timeout' },
  'precondition-failed': { status: 412, title: 'Precondition failed' },
  'url-too-long': { status: 414, title: 'The URL is too long' },
  'range-not-satisfiable': { status: 416, title: 'Range not satisfiable' },
  'rate-limited': { status: 429, title: 'Rate limit exceeded' },
  'authentication-throttled': { status: 429, title: 'Too many wrong API keys from this address' },
  'headers-too-large': { status: 431, title: 'The request headers are too large' },
  'not-implemented': { status: 501, title: 'Method not implemented' },
  'internal-error': { status: 500, title: 'Internal error' },
  'document-damaged': { status: 502, title: 'No undamaged document could be fetched' },
  'upstream-failed': { status: 502, title: 'The upstream failed' },
  overloaded: { status: 503, title: 'The service is overloaded' },
  'upstream-unavailable': { status: 503, title: 'The upstream is unavailable' },
  'deadline-exceeded': { status: 504, title: 'The document could not be fetched in time' },
} as const;

export type ProblemType = keyof typeof problems;

/** The `type` of a problem: a URN, so that it is the same in every deployment. */
export function problemTypeUri(type: ProblemType): string {
  return `urn:problem-type:document-gateway:${type}`;
}

/** An error that the problem filter turns into an answer. Throw it anywhere below a route. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly type: ProblemType;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param detail one sentence for the consumer, without addresses, keys and stack traces
   * @param headers further response headers, such as Retry-After in seconds
   */
  constructor(
    type: ProblemType,
    detail: string,
    options: { readonly headers?: Readonly<Record<string, string>>; readonly cause?: unknown } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.type = type;
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return problems[this.type].status;
  }

  /** @param instance the id of the failed request */
  toBody(instance: string): string {
    const { status, title } = problems[this.type];
    return JSON.stringify({ type: problemTypeUri(this.type), title, status, detail: this.message, instance });
  }
}

export const PROBLEM_HEADERS = {
  'content-type': 'application/problem+json',
  'cache-control': 'no-store',
} as const;
