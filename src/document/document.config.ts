import * as z from 'zod';
import { flag, milliseconds, wholeNumber } from '../settings/kinds.ts';
import { namespace, unlessWrong } from '../settings/namespace.ts';

const pattern = z.string().transform((source, context) => {
  try {
    return new RegExp(`^(?:${source})$`);
  } catch {
    context.addIssue({ code: 'custom', message: 'must be a regular expression' });
    return z.NEVER;
  }
});

/** The pattern of ids, and the delivery policy. */
export const documentConfig = namespace(
  'document',
  {
    /** Must match the whole id. */
    idPattern: ['DOCUMENT_ID_PATTERN', pattern.default(/^(?:[0-9]{1,20})$/)],
    /** The deadline of a request in milliseconds, with waits, all attempts and verification. */
    deadlineMs: ['DEADLINE_MS', milliseconds(10).default(10_000)],
    maxAttempts: ['MAX_ATTEMPTS', wholeNumber(1, 20).default(5)],
    /** Whether to start a second attempt beside a slow one. */
    hedge: ['HEDGE', flag.default(false)],
    /** Whether concurrent requests for one id share one fetch. Requires that an id always means the same document. */
    coalesce: ['COALESCE', flag.default(false)],
    /**
     * The maximum age of a last good copy in seconds; 0 for none. Requires that an id always means the same document.
     */
    staleIfErrorSeconds: ['STALE_IF_ERROR_SECONDS', wholeNumber(0, 31_536_000).default(0)],
    /** The id of a document that must be delivered once before the replica becomes ready; none by default. */
    readinessDocument: ['READINESS_DOCUMENT', z.string().trim().optional()],
  },
  (schema) =>
    schema.refine(({ readinessDocument: id, idPattern }) => id === undefined || isDocumentId(id, idPattern), {
      path: ['readinessDocument'],
      error: 'must be a document id that DOCUMENT_ID_PATTERN matches',
      when: unlessWrong('readinessDocument', 'idPattern'),
    }),
);

/** Whether `id` is a document id by `DOCUMENT_ID_PATTERN`. An id is text and is never converted to a number. */
export function isDocumentId(id: string, pattern: RegExp): boolean {
  // A dot segment would change the path of the request to the upstream (RFC 3986 section 5.2.4).
  return id !== '.' && id !== '..' && pattern.test(id);
}
