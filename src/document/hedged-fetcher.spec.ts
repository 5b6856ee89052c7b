import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { register } from 'prom-client';
import { eventually } from '../../test/eventually.ts';
import { Metrics } from '../metrics/metrics.ts';
import { Deadline } from '../resilience/deadline.ts';
import { RetryBudget } from '../resilience/retry-budget.ts';
import type { UpstreamProtection } from '../resilience/upstream-protection.ts';
import { parseSettings } from '../settings/settings.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import type { AttemptOutcome, DocumentFetcher, DocumentRequest } from './document-fetcher.ts';
import { HedgedFetcher } from './hedged-fetcher.ts';

const metrics = new Metrics();
afterAll(() => {
  register.clear();
});
beforeEach(() => {
  metrics.hedges.reset();
});

const failed: AttemptOutcome = { kind: 'failed', failure: new UpstreamFailure('reset', 'reset') };
const damaged: AttemptOutcome = { kind: 'damaged', format: 'pdf', reason: 'truncated' };

interface Setup {
  readonly HEDGE?: string;
  readonly retries?: number;
  readonly hasRoom?: boolean;
}

/** A fetcher whose attempts end when the test says so. */
class Run {
  readonly started: PromiseWithResolvers<AttemptOutcome>[] = [];
  readonly signals: AbortSignal[] = [];
  readonly retries: RetryBudget;
  released = 0;
  readonly #deadline = new Deadline(60_000);
  readonly #hedged: HedgedFetcher;

  constructor({ HEDGE = 'true', retries = 10, hasRoom = true }: Setup = {}) {
    this.#deadline.clear();
    this.retries = new RetryBudget({ ratio: 0, floor: retries, windowMs: 600_000 });
    const fetcher = {
      attempt: (_request: DocumentRequest, signal: AbortSignal) => {
        const pending = Promise.withResolvers<AttemptOutcome>();
        this.started.push(pending);
        this.signals.push(signal);
        return pending.promise;
      },
    };
    this.#hedged = new HedgedFetcher(
      parseSettings({ API_KEY: 'a-key', HEDGE }),
      fetcher as unknown as DocumentFetcher,
      { bulkhead: { hasRoom } } as UpstreamProtection,
      this.retries,
      metrics,
    );
  }

  get signal(): AbortSignal {
    return this.#deadline.signal;
  }

  readonly intact = (text: string): AttemptOutcome => ({
    kind: 'intact',
    document: {
      bytes: Buffer.from(text),
      format: { mediaType: 'image/png', extension: 'png' },
      entityTag: '"tag"',
      release: () => (this.released += 1),
    },
  });

  attempt(): Promise<AttemptOutcome> {
    return this.#hedged.attempt({ id: '7', deadline: this.#deadline, headers: {}, record: {} });
  }

  /** So many attempts that end at once, from which it learns what is slow. */
  async learn(outcome: AttemptOutcome, times = 100): Promise<void> {
    for (let each = 0; each < times; each += 1) {
      const attempt = this.attempt();
      this.started.splice(0)[0]?.resolve(outcome);
      await attempt;
    }
    this.signals.splice(0);
  }

  /** The second attempt, when there is one. */
  async second(): Promise<PromiseWithResolvers<AttemptOutcome> | undefined> {
    return eventually(() => {
      expect(this.started).toHaveLength(2);
      return this.started[1];
    });
  }
}

/** Longer than an attempt takes that ends at once, and longer than a timer of that time. */
const aWhile = (): Promise<void> => new Promise((done) => setTimeout(done, 100));
const hedges = async (): Promise<number | undefined> => (await metrics.hedges.get()).values[0]?.value;

describe('HedgedFetcher', () => {
  it('should make one attempt under the signal of the request unless it is switched on', async () => {
    const run = new Run({ HEDGE: 'false' });
    await run.learn(damaged);
    const attempt = run.attempt();
    await aWhile();
    expect(run.signals).toEqual([run.signal]);
    run.started[0]?.resolve(damaged);
    expect(await attempt).toBe(damaged);
  });

  it('should make a second attempt beside a slow one, count it, and take the first that is good', async () => {
    const run = new Run();
    await run.learn(damaged);
    const attempt = run.attempt();
    const second = await run.second();
    expect([await hedges(), run.retries.available]).toEqual([1, 9]);
    second?.resolve(damaged);
    const good = run.intact('first');
    run.started[0]?.resolve(good);
    expect(await attempt).toBe(good);
    expect(run.signals[1]?.aborted).toBe(true);
    expect(run.released).toBe(0);
  });

  it('should give back the memory of a document that comes too late, and of nothing else', async () => {
    for (const [late, released] of [
      [(run: Run) => run.intact('late'), 1],
      [() => damaged, 0],
    ] as const) {
      const run = new Run();
      await run.learn(damaged);
      const attempt = run.attempt();
      (await run.second())?.resolve(run.intact('second'));
      await attempt;
      run.started[0]?.resolve(late(run));
      await eventually(() => {
        expect(run.released).toBe(released);
      });
    }
  });

  it.each<[string, Setup, number]>([
    ['what is slow is not known yet', {}, 49],
    ['there is no room', { hasRoom: false }, 100],
    ['the retry budget does not pay for it', { retries: 0 }, 100],
  ])('should make no second attempt when %s', async (_, setup, times) => {
    const run = new Run(setup);
    await run.learn(damaged, times);
    const attempt = run.attempt();
    await aWhile();
    expect(run.started).toHaveLength(1);
    run.started[0]?.resolve(damaged);
    expect(await attempt).toBe(damaged);
    expect(await hedges()).toBe(0);
    expect(run.retries.available).toBe(setup.retries ?? 10);
  });

  it('should learn nothing from failures, which may be fast', async () => {
    const run = new Run();
    await run.learn(failed);
    const attempt = run.attempt();
    await aWhile();
    expect(run.started).toHaveLength(1);
    run.started[0]?.resolve(failed);
    expect(await attempt).toBe(failed);
  });
});
