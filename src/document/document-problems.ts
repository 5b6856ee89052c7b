import { Problem } from '../problem/problem.ts';
import { DeadlineExceeded } from '../resilience/deadline.ts';
import { Overloaded } from '../resilience/overloaded.ts';
import type { UpstreamFailure } from '../upstream/upstream-failure.ts';

/** Every attempt was answered, and no answer was a whole document. */
export function damagedProblem(attempts: number, format: string, reason: string): Problem {
  return new Problem('document-damaged', `None of ${attempts} attempts brought an undamaged document.`, {
    cause: new Error(`the last of ${attempts} documents was damaged (${format}: ${reason})`),
  });
}

/** The upstream failed, and another attempt is not allowed or makes no sense. */
export function failureProblem(failure: UpstreamFailure): Problem {
  if (failure.kind === 'not-found') {
    return new Problem('document-not-found', 'There is no document with this id.', { cause: failure });
  }
  return new Problem('upstream-failed', 'The document store did not answer with a document.', {
    cause: failure,
    headers: failure.retryAfterMs === undefined ? {} : retryAfter(failure.retryAfterMs),
  });
}

/** What the protections and the deadline throw, as an answer; undefined for anything else. */
export function protectionProblem(error: unknown): Problem | undefined {
  if (error instanceof DeadlineExceeded) {
    return new Problem('deadline-exceeded', 'No document could be fetched in the time there is.', {
      cause: error,
    });
  }
  if (!(error instanceof Overloaded)) return undefined;
  const options = { cause: error, headers: retryAfter(error.retryAfterMs) };
  return error.reason === 'breaker-open'
    ? new Problem('upstream-unavailable', 'The document store is not answering. Try again later.', options)
    : new Problem('overloaded', 'There are more requests than can be served. Try again later.', options);
}

/** RFC 9110 section 10.2.3: whole seconds, so it rounds up. */
function retryAfter(ms: number): { 'retry-after': string } {
  return { 'retry-after': String(Math.max(1, Math.ceil(ms / 1000))) };
}
