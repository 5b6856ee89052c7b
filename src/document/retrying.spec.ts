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
/** A deadline that a busy machine does not reach. */
const unmoved = (remainingMs: number): Deadline => ({ remainingMs }) as Deadline;
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

/** Requests one document after the other, with one retry each unless told otherwise. Returns their attempts. */
async function attemptsFor(
  ids: readonly string[],
  isFailing: (id: string, attempt: number) => boolean,
  { floor = 10, ratio = 0, maxAttempts = 2 } = {},
): Promise<number[]> {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  const source: DocumentSource = {
    fetch: ({ id, record: { attempts = 0 } }) =>
      isFailing(id, attempts)
        ? Promise.reject(new UpstreamFailure('status', '500'))
        : Promise.resolve(document),
  };
  const budget = new RetryBudget({ ratio, floor, windowMs: 1e9 });
  const link = new Retrying(source, maxAttempts, budget, metrics);
  const attempts: number[] = [];
  for (const id of ids) {
    const own: DocumentRequest['record'] = {};
    await link
      .fetch({ ...request, id, record: own, deadline: unmoved(10_000), signal: new AbortController().signal })
      .catch(() => 0);
    attempts.push(own.attempts ?? 0);
  }
  return attempts;
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

it('should wait longer before each further retry', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(1);
  const failure = new UpstreamFailure('connect', 'refused');
  const own: DocumentRequest['record'] = {};
  // Longer than the first two waits, 50 and 100 ms, and shorter than the third.
  const deadline = unmoved(150);
  const link = retrying([failure, failure, failure, failure]);
  const { signal } = new AbortController();
  await expect(link.fetch({ ...request, record: own, deadline, signal })).rejects.toBe(failure);
  expect(own.attempts).toBe(3);
});

it('should leave half of the retry budget to others when the retries of a document fail', async () => {
  const ids = [...Array.from({ length: 20 }, () => 'bad'), 'good', 'bad', 'good'];
  const attempts = await attemptsFor(ids, (id, attempt) => id === 'bad' || attempt === 1);
  expect(attempts).toEqual([2, 2, 2, 2, 2, ...Array.from({ length: 15 }, () => 1), 2, 1, 2]);
});

it('should let a document use the whole retry budget when its retries help', async () => {
  const ids = Array.from({ length: 11 }, () => 'good');
  expect(await attemptsFor(ids, (_, attempt) => attempt === 1)).toEqual([
    ...Array.from({ length: 10 }, () => 2),
    1,
  ]);
});

it('should let one request use the whole retry budget for several retries', async () => {
  expect(await attemptsFor(['unlucky'], (_, attempt) => attempt < 5, { floor: 4, maxAttempts: 5 })).toEqual([
    5,
  ]);
});

it('should not count a document as failing that had no retry', async () => {
  // No retry is left for the second document. Its next request adds one, which is half of the budget.
  expect(
    await attemptsFor(['first', 'unlucky', 'unlucky'], (_, attempt) => attempt === 1, {
      floor: 1,
      ratio: 0.5,
    }),
  ).toEqual([2, 1, 2]);
});

it('should use the whole retry budget again once a document was delivered', async () => {
  let fetches = 0;
  const ids = Array.from({ length: 12 }, () => 'well again');
  // The first two attempts fail, then every first one.
  const attempts = await attemptsFor(ids, (_, attempt) => attempt === 1 || (fetches += 1) === 1);
  expect(attempts).toEqual([...Array.from({ length: 10 }, () => 2), 1, 1]);
});

it('should know a bounded number of documents whose retries fail', async () => {
  const ids = ['bad', ...Array.from({ length: 1_000 }, (_, i) => `${i}`), '0', 'bad'];
  // Half of the budget is left for others when the first 1,001 have used it.
  const attempts = await attemptsFor(ids, () => true, { floor: 2_002 });
  expect(attempts.slice(-2)).toEqual([1, 2]);
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
