import { afterEach, expect, it, jest } from '@jest/globals';
import { Deadline } from '../resilience/deadline.ts';
import { RetryBudget } from '../resilience/retry-budget.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import { DocumentDamaged } from './document-problems.ts';
import type { DocumentRequest, DocumentSource, VerifiedDocument } from './document-source.ts';
import { buildDocumentMetrics } from './document.metrics.fixture.ts';
import { backoff, Retrying } from './retrying.ts';

const metrics = await buildDocumentMetrics();

/** No time is left for a wait. */
const deadline = new Deadline(0);
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
function retrying(failures: readonly Error[]): Retrying {
  let attempt = 0;
  const source: DocumentSource = {
    fetch: () => {
      const failure = failures[attempt];
      attempt += 1;
      return failure === undefined ? Promise.resolve(document) : Promise.reject(failure);
    },
  };
  const budget = new RetryBudget({ ratio: 0, floor: 10, windowMs: 600_000 });
  return new Retrying(source, 5, budget, metrics);
}

afterEach(() => {
  jest.restoreAllMocks();
});

it('should ask again at once after a damaged document', async () => {
  const link = retrying([damaged, damaged, damaged, damaged]);
  expect(await link.fetch(request)).toBe(document);
  expect(record.attempts).toBe(5);
});

it('should give up at once when the wait would outlast the deadline', async () => {
  const failure = new UpstreamFailure('connect', 'refused');
  const link = retrying([failure]);
  await expect(link.fetch(request)).rejects.toBe(failure);
});

it('should double the maximum of the random wait with each attempt, up to a second', () => {
  const random = jest.spyOn(Math, 'random').mockReturnValue(1);
  expect([1, 2, 3, 4, 5, 6, 7, 5_000].map(backoff)).toEqual([50, 100, 200, 400, 800, 1_000, 1_000, 1_000]);
  random.mockReturnValue(0.5);
  expect(backoff(3)).toBe(100);
  random.mockRestore();
  const drawn = Array.from({ length: 500 }, () => backoff(3));
  expect(Math.min(...drawn)).toBeLessThan(50);
  expect(Math.max(...drawn)).toBeGreaterThan(150);
  expect(Math.max(...drawn)).toBeLessThanOrEqual(200);
});
