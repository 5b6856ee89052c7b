/** Failures that show an outage or overload of the upstream or of the network. */
const outages = [
  /** no connection: refused, unreachable, unknown host, timeout or untrusted certificate */
  'connect',
  /** the connection broke before the headers were complete */
  'reset',
  /** the connection broke inside the body, or the body was shorter than announced */
  'truncated',
  /** the headers or the next part of the body did not arrive in time */
  'timeout',
  /** a status of 5xx or 429 */
  'status',
  'protocol',
] as const;
/** Failures that concern only one answer. */
const others = ['unacceptable', 'oversized', 'no-memory', 'not-found'] as const;
/** Why an attempt got no document. `no-socket`: no descriptor or port is left here; the upstream was not asked. */
export const upstreamFailureKinds = [...outages, ...others, 'no-socket'] as const;
export type UpstreamFailureKind = (typeof upstreamFailureKinds)[number];

/**
 * The message of an error, never empty. For a host name with several addresses, the error of Node has no message and
 * contains one error per address.
 */
export function messageOf(error: Error & { readonly code?: unknown }): string {
  const { message, name, code, cause } = error;
  if (message !== '') return message;
  const joined: unknown[] = error instanceof AggregateError ? error.errors : [cause];
  const messages = joined.filter((each) => each instanceof Error).map((each) => messageOf(each));
  if (messages.length > 0) return messages.join('; ');
  return typeof code === 'string' && code !== '' ? code : name;
}

/** A failed attempt. The message is for logs and traces: it may contain addresses. */
export class UpstreamFailure extends Error {
  override readonly name = 'UpstreamFailure';
  /** The wait that Retry-After asks for, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The status of the refused answer, if there was one. */
  readonly status: number | undefined;

  constructor(
    readonly kind: UpstreamFailureKind,
    message: string,
    options: ErrorOptions & { readonly retryAfterMs?: number | undefined; readonly status?: number } = {},
  ) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
  }

  /** Whether it counts as an outage of the upstream, also for the breaker; undefined when the upstream was not asked. */
  get isOutage(): boolean | undefined {
    return this.kind === 'no-socket' ? undefined : outages.some((kind) => kind === this.kind);
  }

  /** Whether the cause may be the document rather than the upstream: one that is slow, or crashes a process there. */
  get mayBeSubject(): boolean {
    return this.kind !== 'connect';
  }
}
