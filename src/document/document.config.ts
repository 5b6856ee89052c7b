import { z } from 'zod';
import { flag, milliseconds, wholeNumber } from '../settings/kinds.ts';
import { namespace, unlessWrong } from '../settings/namespace.ts';
import { isDocumentId } from './document-id.ts';

const pattern = z.string().transform((source, context) => {
  try {
    return new RegExp(`^(?:${source})$`);
  } catch {
    context.addIssue({ code: 'custom', message: 'must be a regular expression' });
    return z.NEVER;
  }
});

/** What a document id is, and the policy by which its document is delivered. */
export const documentConfig = namespace(
  'document',
  {
    /** Matches the whole of an id. */
    idPattern: ['DOCUMENT_ID_PATTERN', pattern.default(/^(?:[0-9]{1,20})$/)],
    /** Milliseconds for the whole request: waiting, all attempts and verification. */
    deadlineMs: ['DEADLINE_MS', milliseconds(10).default(10_000)],
    /** Attempts for one request at most. */
    maxAttempts: ['MAX_ATTEMPTS', wholeNumber(1, 20).default(5)],
    /** Whether a second attempt is made beside a slow one. */
    hedge: ['HEDGE', flag.default(false)],
    /** Whether concurrent requests for one id share one fetch: then an id must mean one document. */
    coalesce: ['COALESCE', flag.default(false)],
    /** Seconds: the age up to which a last good copy stands in, when an id means one document; 0 for never. */
    staleIfErrorSeconds: ['STALE_IF_ERROR_SECONDS', wholeNumber(0, 31_536_000).default(0)],
    /** The id of the document without which a replica does not become ready for the first time; none by default. */
    readinessDocument: ['READINESS_DOCUMENT', z.string().trim().optional()],
  },
  (schema) =>
    schema.refine(({ readinessDocument: id, idPattern }) => id === undefined || isDocumentId(id, idPattern), {
      path: ['readinessDocument'],
      error: 'must be a document id that DOCUMENT_ID_PATTERN matches',
      when: unlessWrong('readinessDocument', 'idPattern'),
    }),
);
