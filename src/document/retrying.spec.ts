import { expect, it } from '@jest/globals';
import { Deadline } from '../resilience/deadline.ts';
import { RetryBudget } from '../resilience/retry-budget.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import { DocumentDamaged } from './document-problems.ts';
import type { DocumentRequest, DocumentSource, VerifiedDocument } from './document-source.ts';
import { buildDocumentMetrics } from './document.metrics.fixture.ts';
import { Retrying } from './retrying.ts';

const metrics = await buildDocumentMetrics();

const deadline = new Deadline(60_000);
deadline.clear();
const record: DocumentRequest['record'] = {};
const request: DocumentRequest = {
  id: '7',
  deadline,
  signal: deadline.signal,
  headers: {},
  record,
  span: undefined,
};
const document = {} as VerifiedDocument;
const damaged = new DocumentDamaged(request, 'pdf', 'xref-missing');

/** The link over a source that throws these failures in order and then delivers. */
function retrying(failures: readonly Error[], maxDelayMs: number): Retrying {
  let attempt = 0;
  const source: DocumentSource = {
    fetch: () => {
      const failure = failures[attempt];
      attempt += 1;
      return failure === undefined ? Promise.resolve(document) : Promise.reject(failure);
    },
  };
  const budget = new RetryBudget({ ratio: 0, floor: 10, windowMs: 600_000 });
  return new Retrying(source, 5, budget, metrics, { baseDelayMs: maxDelayMs, maxDelayMs });
}

it('should ask again at once after a damaged document, however long it waits after a failure', async () => {
  const link = retrying([damaged, damaged, damaged, damaged], 1e9);
  expect(await link.fetch(request)).toBe(document);
  expect(record.attempts).toBe(5);
});

it('should give up at once when the wait would outlast the deadline', async () => {
  const failure = new UpstreamFailure('connect', 'refused');
  // The random wait ends before the deadline in one of a million runs.
  const link = retrying([failure], 6e10);
  await expect(link.fetch(request)).rejects.toBe(failure);
});
