import { Problem } from '../problem/problem.ts';
import { DeadlineExceeded } from '../resilience/deadline.ts';
import { Overloaded } from '../resilience/overloaded.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import type { DocumentRequest } from './document-source.ts';

/** The document of an attempt is damaged. The message is for logs. Has no stack: damage is no defect, but frequent. */
export class DocumentDamaged extends Error {
  override readonly name = 'DocumentDamaged';
  /** Attempts of the request so far. */
  readonly attempts: number;

  constructor({ record }: DocumentRequest, format: string, reason: string, options?: ErrorOptions) {
    const attempts = record.attempts ?? 1;
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(`the last of ${attempts} documents was damaged (${format}: ${reason})`, options);
    Error.stackTraceLimit = stackTraceLimit;
    this.attempts = attempts;
  }
}

/** The problem that the consumer gets for a failure; undefined for a defect and for a disconnected client. */
export function problemOf(cause: unknown): Problem | undefined {
  if (cause instanceof DocumentDamaged) {
    const detail = `None of ${cause.attempts} attempts returned an undamaged document.`;
    return new Problem('document-damaged', detail, { cause });
  }
  if (cause instanceof UpstreamFailure) {
    const headers = retryAfter(cause.retryAfterMs);
    return cause.kind === 'not-found'
      ? new Problem('document-not-found', 'There is no document with this id.', { cause })
      : new Problem('upstream-failed', 'The upstream did not answer with a document.', { cause, headers });
  }
  if (cause instanceof Overloaded) {
    const options = { cause, headers: retryAfter(cause.retryAfterMs) };
    return cause.reason === 'breaker-open'
      ? new Problem('upstream-unavailable', 'The upstream does not answer. Try again later.', options)
      : new Problem('overloaded', 'The service has too many requests. Try again later.', options);
  }
  if (cause instanceof DeadlineExceeded) {
    return new Problem('deadline-exceeded', 'No undamaged document arrived before the deadline.', { cause });
  }
  return undefined;
}

/** RFC 9110 section 10.2.3: whole seconds, rounded up. */
function retryAfter(ms: number | undefined): Readonly<Record<string, string>> {
  return ms === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(ms / 1000))) };
}
