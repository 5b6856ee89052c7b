/** Why an attempt at the upstream brought no document. */
export const upstreamFailureKinds = [
  /** no connection: refused, unreachable, unknown host, too slow, or a certificate that nobody vouches for */
  'connect',
  /** the connection broke before the headers were there */
  'reset',
  /** the connection broke inside the body, or the body was shorter than announced */
  'truncated',
  /** the headers, or the next part of the body, did not come in time */
  'timeout',
  /** a 5xx, or a 429 */
  'status',
  /** what came is not HTTP that can be read */
  'protocol',
  /** an answer that is no plain 200: a redirect, a part, an encoding, a refusal */
  'unacceptable',
  /** more bytes than a document may have */
  'oversized',
  /** the memory for documents in flight is used up */
  'no-memory',
  /** the upstream says that there is no such document */
  'not-found',
] as const;
export type UpstreamFailureKind = (typeof upstreamFailureKinds)[number];

/** The failures that speak of an upstream, or of a way to it, that is broken or has too much to do. */
const OUTAGE: ReadonlySet<UpstreamFailureKind> = new Set([
  'connect',
  'reset',
  'truncated',
  'timeout',
  'status',
  'protocol',
]);

/**
 * What an error says, never nothing: of a name with several addresses, Node joins the errors of all in one that has no
 * message of its own.
 */
export function messageOf(error: Error & { readonly code?: unknown }): string {
  const { message, name, code, cause } = error;
  if (message !== '') return message;
  const joined: unknown[] = error instanceof AggregateError ? error.errors : [cause];
  const messages = joined.filter((each) => each instanceof Error).map((each) => messageOf(each));
  if (messages.length > 0) return messages.join('; ');
  return typeof code === 'string' && code !== '' ? code : name;
}

/** One attempt at the upstream that failed. Its message is for logs and traces: it may name addresses. */
export class UpstreamFailure extends Error {
  override readonly name = 'UpstreamFailure';
  readonly kind: UpstreamFailureKind;
  /** Milliseconds that the upstream asked to wait for, by Retry-After. */
  readonly retryAfterMs: number | undefined;
  /** Of the answer, when one came that was refused for it. */
  readonly status: number | undefined;

  constructor(
    kind: UpstreamFailureKind,
    message: string,
    options: {
      readonly retryAfterMs?: number | undefined;
      readonly status?: number;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
  }

  /** Whether it counts against the upstream, rather than against one answer of it. */
  get isOutage(): boolean {
    return OUTAGE.has(this.kind);
  }
}

/** What a breaker is to think of an error of an attempt: what is not the upstream's own counts neither way. */
export const judgement = {
  isFailure: (error: unknown): boolean => error instanceof UpstreamFailure && error.isOutage,
  isAnswer: (error: unknown): boolean => error instanceof UpstreamFailure && !error.isOutage,
};
