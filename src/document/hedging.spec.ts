import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../../test/eventually.ts';
import type { Bulkhead } from '../resilience/bulkhead.ts';
import { Deadline } from '../resilience/deadline.ts';
import { RetryBudget } from '../resilience/retry-budget.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import { DocumentDamaged } from './document-problems.ts';
import type { DocumentRequest, VerifiedDocument } from './document-source.ts';
import { buildDocumentMetrics } from './document.metrics.fixture.ts';
import { Hedging } from './hedging.ts';

const metrics = await buildDocumentMetrics();
beforeEach(() => {
  metrics.hedges.reset();
});

const failed = new UpstreamFailure('reset', 'reset');
const damaged = new DocumentDamaged({ record: {} } as DocumentRequest, 'pdf', 'truncated');

interface Setup {
  readonly retries?: number;
  readonly hasRoom?: boolean;
  /** Attempts ignore their signal, like those that already have their document. */
  readonly ignoresSignal?: boolean;
}

/** The link over attempts that end when the test decides. */
class Run {
  readonly started: PromiseWithResolvers<VerifiedDocument>[] = [];
  readonly signals: AbortSignal[] = [];
  readonly retries: RetryBudget;
  released = 0;
  readonly deadline = new Deadline(60_000);
  readonly #hedging: Hedging;

  constructor({ retries = 10, hasRoom = true, ignoresSignal = false }: Setup = {}) {
    this.deadline.clear();
    this.retries = new RetryBudget({ ratio: 0, floor: retries, windowMs: 600_000 });
    const attempts = {
      fetch: ({ signal }: DocumentRequest) => {
        const pending = Promise.withResolvers<VerifiedDocument>();
        this.started.push(pending);
        this.signals.push(signal);
        if (!ignoresSignal) signal.addEventListener('abort', () => pending.reject(signal.reason));
        return pending.promise;
      },
    };
    this.#hedging = new Hedging(attempts, 10_000, { hasRoom } as Bulkhead, this.retries, metrics);
  }

  readonly intact = (text: string): VerifiedDocument => ({
    bytes: Buffer.from(text),
    format: { mediaType: 'image/png', extension: 'png' },
    entityTag: '"tag"',
    release: () => (this.released += 1),
  });

  attempt(): Promise<VerifiedDocument> {
    const { deadline } = this;
    const { signal } = deadline;
    const result = this.#hedging.fetch({
      id: '7',
      deadline,
      signal,
      headers: {},
      record: {},
      span: undefined,
    });
    // The test awaits it later. Until then, Node must not report its failure as unhandled.
    result.catch(() => undefined);
    return result;
  }

  /** Runs attempts that end at once, so that the link learns the usual latency. */
  async learn(end: Error | VerifiedDocument, times = 100): Promise<void> {
    for (let each = 0; each < times; each += 1) {
      const attempt = this.attempt();
      const [pending] = this.started.splice(0);
      if (end instanceof Error) pending?.reject(end);
      else pending?.resolve(end);
      await attempt.catch(() => undefined);
    }
    this.signals.splice(0);
  }

  /** Starts a slow attempt and its hedge. */
  async both(): Promise<{
    readonly result: Promise<VerifiedDocument>;
    readonly first: PromiseWithResolvers<VerifiedDocument>;
    readonly second: PromiseWithResolvers<VerifiedDocument>;
  }> {
    await this.learn(damaged);
    const result = this.attempt();
    return eventually(() => {
      const [first, second] = this.started;
      if (first === undefined || second === undefined) throw new Error('there is no second attempt');
      return { result, first, second };
    });
  }
}

/** Long enough for an attempt that ends at once, and for the timer of a hedge. */
const aWhile = (): Promise<void> => new Promise((done) => setTimeout(done, 100));
const hedges = async (): Promise<number | undefined> => (await metrics.hedges.get()).values[0]?.value;

describe('Hedging', () => {
  it('should make one attempt when it is fast, and keep no timer for a second one', async () => {
    const run = new Run();
    jest.useFakeTimers();
    try {
      await run.learn(run.intact('fast'));
      await run.learn(failed);
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
    expect([await hedges(), run.released]).toEqual([0, 0]);
  });

  it('should pass on at once that a fast attempt failed', async () => {
    const run = new Run();
    await run.learn(damaged);
    const attempt = run.attempt();
    run.started[0]?.reject(failed);
    await expect(attempt).rejects.toBe(failed);
    expect(run.started).toHaveLength(1);
  });

  it('should make a second attempt beside a slow one, count it, take the faster and abort the other', async () => {
    const run = new Run();
    const { result, second } = await run.both();
    expect([await hedges(), run.retries.available]).toEqual([1, 9]);
    const good = run.intact('second');
    second.resolve(good);
    expect(await result).toBe(good);
    expect(String(run.signals[0]?.reason)).toBe('Cancelled: the other attempt was faster');
    expect([run.started.length, run.released]).toEqual([2, 0]);
  });

  it('should use the first attempt when it succeeds first, and abort the second', async () => {
    const run = new Run();
    const { result, first } = await run.both();
    const good = run.intact('first');
    first.resolve(good);
    expect(await result).toBe(good);
    expect(run.signals[1]?.aborted).toBe(true);
  });

  it.each([damaged, failed])('should wait for a document when the first result is: %s', async (spoilt) => {
    const run = new Run();
    const { result, first, second } = await run.both();
    second.reject(spoilt);
    await aWhile();
    const good = run.intact('first');
    first.resolve(good);
    expect(await result).toBe(good);
  });

  it('should throw the last failure when both attempts fail', async () => {
    const { result, first, second } = await new Run().both();
    second.reject(damaged);
    await aWhile();
    first.reject(failed);
    await expect(result).rejects.toBe(failed);
  });

  it('should release a document that arrives too late', async () => {
    const run = new Run({ ignoresSignal: true });
    const { result, first, second } = await run.both();
    const good = run.intact('second');
    second.resolve(good);
    expect(await result).toBe(good);
    first.resolve(run.intact('late'));
    await eventually(() => {
      expect(run.released).toBe(1);
    });
  });

  it.each<[string, Setup, number]>([
    ['what is slow is not known yet', {}, 49],
    ['there is no room', { hasRoom: false }, 100],
    ['the retry budget does not pay for it', { retries: 0 }, 100],
  ])('should wait for a slow attempt, and make no second one, when %s', async (_, setup, times) => {
    const run = new Run(setup);
    await run.learn(damaged, times);
    const attempt = run.attempt();
    await aWhile();
    expect(run.started).toHaveLength(1);
    const good = run.intact('slow');
    run.started[0]?.resolve(good);
    expect(await attempt).toBe(good);
    expect(await hedges()).toBe(0);
    expect(run.retries.available).toBe(setup.retries ?? 10);
  });

  it('should learn nothing from failures, which may be fast', async () => {
    const run = new Run();
    await run.learn(failed);
    const attempt = run.attempt();
    await aWhile();
    expect(run.started).toHaveLength(1);
    run.started[0]?.reject(failed);
    await expect(attempt).rejects.toBe(failed);
  });

  it('should end both attempts with the reason of the request', async () => {
    const run = new Run();
    const { result } = await run.both();
    run.deadline.cancel();
    await expect(result).rejects.toBe(run.deadline.signal.reason);
    expect(run.signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it('should end a first attempt with the reason of the request', async () => {
    const run = new Run();
    const result = run.attempt();
    run.deadline.cancel();
    await expect(result).rejects.toBe(run.deadline.signal.reason);
    expect(run.started).toHaveLength(1);
  });
});
