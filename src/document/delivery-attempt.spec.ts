import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Breaker } from '../resilience/breaker.ts';
import type { Bulkhead } from '../resilience/bulkhead.ts';
import { ByteBudget } from '../resilience/byte-budget.ts';
import { Cancelled, Deadline, DeadlineExceeded } from '../resilience/deadline.ts';
import { Overloaded } from '../resilience/overloaded.ts';
import type { RequestSpan } from '../tracing/spans.ts';
import { UpstreamFailure, type UpstreamFailureKind } from '../upstream/upstream-failure.ts';
import type { UpstreamReach } from '../upstream/upstream-reach.ts';
import type { AttemptContext, UpstreamClient } from '../upstream/upstream.client.ts';
import type { Verification } from '../verification/verification.ts';
import type { Verifier } from '../verification/verifier.ts';
import type { DocumentRequest, VerifiedDocument } from './document-source.ts';
import { buildDocumentMetrics } from './document.metrics.fixture.ts';
import type { DocumentMetrics } from './document.metrics.ts';
import { GuardedUpstream } from './guarded-upstream.ts';
import { Verifying } from './verifying.ts';

let metrics: DocumentMetrics;
let reached = 0;
beforeEach(async () => {
  metrics = await buildDocumentMetrics();
  reached = 0;
});

const ACCEPT = 'image/png, image/jpeg, application/pdf';
const SIZE = 100;
const LIMIT = 1_000;
const pdf = { name: 'pdf', mediaType: 'application/pdf', extension: 'pdf' } as const;
const whole = { intact: true, complete: true } as const;

interface Setup {
  /** The failure of the upstream, instead of a document. */
  readonly fail?: Error;
  readonly found?: Partial<Verification>;
  readonly whileWaiting?: (budget: ByteBudget) => void;
  readonly whileFetching?: () => void;
  readonly verify?: () => Promise<Verification>;
}

interface Run {
  readonly budget: ByteBudget;
  readonly record: DocumentRequest['record'];
  readonly asked: AttemptContext[];
  /** The calls of protections, upstream and verifier, in order. */
  readonly steps: string[];
  readonly attempt: (span?: RequestSpan) => Promise<VerifiedDocument>;
}

function setup({ fail, found, whileWaiting, whileFetching, verify }: Setup = {}): Run {
  const budget = new ByteBudget(LIMIT);
  const asked: AttemptContext[] = [];
  const steps: string[] = [];
  const record: DocumentRequest['record'] = {};
  const bytes = Buffer.alloc(SIZE, 'x');
  const upstream = {
    urlOf: (id: string) => new URL(`http://store.test/${id}`),
    fetch: (id: string, context: AttemptContext) => {
      steps.push(`fetch ${id}`);
      asked.push(context);
      whileFetching?.();
      if (!context.reserve(SIZE)) return Promise.reject(new UpstreamFailure('no-memory', 'none'));
      return fail ? Promise.reject(fail) : Promise.resolve(bytes);
    },
  } as unknown as UpstreamClient;
  const bulkhead = {
    run: (_signal: AbortSignal, work: () => Promise<Buffer>) => {
      steps.push('bulkhead');
      whileWaiting?.(budget);
      return work();
    },
  } as Bulkhead;
  const breaker = {
    admit: () => {
      steps.push('breaker');
    },
    run: (_signal: AbortSignal, _id: string, call: () => Promise<Buffer>) => {
      steps.push('breaker');
      return call();
    },
  } as Breaker;
  const verifier = {
    level: 'deep',
    verify: () => {
      steps.push('verify');
      return verify ? verify() : { bytes, format: pdf, verdict: whole, entityTag: '"tag"', ...found };
    },
  } as unknown as Verifier;
  const guarded = new GuardedUpstream(upstream, budget, bulkhead, breaker, metrics);
  const reach = { reached: () => (reached += 1) } as unknown as UpstreamReach;
  const link = new Verifying(guarded, upstream, verifier, reach, metrics);
  return {
    budget,
    record,
    asked,
    steps,
    attempt: async (span) => {
      const deadline = new Deadline(60_000);
      const headers = { 'x-request-id': 'r-1' };
      try {
        return await link.fetch({ id: '7', deadline, signal: deadline.signal, headers, record, span });
      } finally {
        deadline.clear();
      }
    },
  };
}

/** The labels and value of a counter, or the sum of a histogram. */
async function seen(name: keyof DocumentMetrics, suffix = ''): Promise<unknown[]> {
  const { values } = (await metrics[name].get()) as {
    values: { metricName?: string; labels: Record<string, unknown>; value: number }[];
  };
  return values
    .filter(({ metricName = '', value }) => value > 0 && metricName.endsWith(suffix))
    .map(({ labels, value }) => [...Object.values(labels), value]);
}

async function sumOf(name: keyof DocumentMetrics): Promise<number> {
  const all = (await seen(name, '_sum')) as unknown[][];
  return all.reduce((sum, values) => sum + Number(values.at(-1)), 0);
}

describe('an attempt', () => {
  it('should fetch under the protections, verify, and return the document with its memory', async () => {
    const { attempt, budget, record, asked, steps } = setup();
    const document = await attempt();
    expect(document).toMatchObject({ format: pdf, entityTag: '"tag"' });
    // The breaker is asked before and after the queue.
    expect(steps).toEqual(['breaker', 'bulkhead', 'breaker', 'fetch 7', 'verify']);
    expect(reached).toBe(1);
    expect(asked[0]?.headers).toEqual({ accept: ACCEPT, 'x-request-id': 'r-1' });
    expect(record).toMatchObject({ verified: true });
    expect(record).not.toHaveProperty('unchecked');
    expect(budget.used).toBe(SIZE);
    expect(document.bytes).toHaveLength(SIZE);
    document.release();
    expect(budget.used).toBe(0);
    expect(await seen('attempts')).toEqual([['intact', 1]]);
    expect(await seen('verificationFailures')).toEqual([]);
    expect(await seen('verificationIncomplete')).toEqual([]);
    expect(await seen('verificationRemembered')).toEqual([]);
  });

  it('should measure the waits of all attempts of a request', async () => {
    const wait = (): void => {
      const end = performance.now() + 5;
      while (performance.now() < end);
    };
    const verification = { bytes: Buffer.alloc(SIZE), format: pdf, verdict: whole, entityTag: '"tag"' };
    const { attempt, record } = setup({
      whileFetching: wait,
      verify: async () => {
        wait();
        return Promise.resolve(verification);
      },
    });
    await attempt();
    const first = { ...record };
    await attempt();
    for (const name of ['upstreamMs', 'verifyMs'] as const) {
      expect(first[name]).toBeGreaterThanOrEqual(5);
      expect(record[name]).toBeGreaterThanOrEqual((first[name] ?? NaN) + 5);
      expect(record[name]).toBeLessThan(60_000);
    }
    // The metrics are in seconds.
    expect(await sumOf('upstreamDuration')).toBeCloseTo((record.upstreamMs ?? NaN) / 1_000, 6);
    expect(await sumOf('verificationDuration')).toBeCloseTo((record.verifyMs ?? NaN) / 1_000, 6);
    expect(await seen('verificationDuration', '_count')).toEqual([['pdf', 2]]);
  });

  it.each<[string, Partial<Verification>, string, string]>([
    ['a damaged one', { verdict: { intact: false, reason: 'xref-missing' } }, 'pdf', 'xref-missing'],
    [
      'what is of no format',
      { format: undefined, verdict: { intact: false, reason: 'unsupported' } },
      'unknown',
      'unsupported',
    ],
  ])('should deliver only a whole document: %s', async (_, found, format, reason) => {
    const { attempt, budget, record } = setup({ found });
    await expect(attempt()).rejects.toMatchObject({
      name: 'DocumentDamaged',
      message: `the last of 1 documents was damaged (${format}: ${reason})`,
    });
    expect([budget.used, reached]).toEqual([0, 0]);
    expect(record).not.toHaveProperty('verified');
    expect(await seen('attempts')).toEqual([['damaged', 1]]);
    expect(await seen('verificationFailures')).toEqual([[format, reason, 1]]);
    expect(await seen('verificationDuration', '_count')).toEqual([[format, 1]]);
  });

  it('should record that a document was partly verified, or remembered', async () => {
    const large = setup({
      found: { verdict: { intact: true, complete: false, unchecked: ['budget', 'jpx'] } },
    });
    expect(await large.attempt()).toMatchObject({ format: pdf });
    expect(large.record).toMatchObject({ verified: false, unchecked: ['budget', 'jpx'] });
    expect(await seen('verificationIncomplete')).toEqual([
      ['pdf', 'budget', 1],
      ['pdf', 'jpx', 1],
    ]);

    await setup({ found: { remembered: true } }).attempt();
    expect(await seen('verificationRemembered')).toEqual([['pdf', 1]]);
  });

  it.each<UpstreamFailureKind>(['connect', 'timeout', 'truncated', 'not-found', 'unacceptable'])(
    'should pass on a failure of the upstream: %s',
    async (kind) => {
      const fail = new UpstreamFailure(kind, 'failed');
      const { attempt, budget, steps } = setup({ fail });
      await expect(attempt()).rejects.toBe(fail);
      expect([budget.used, steps.at(-1)]).toEqual([0, 'fetch 7']);
      expect(await seen('attempts')).toEqual([[kind, 1]]);
    },
  );

  it('should treat an oversized document as damaged', async () => {
    const { attempt, budget } = setup({ fail: new UpstreamFailure('oversized', 'too large') });
    await expect(attempt()).rejects.toMatchObject({
      name: 'DocumentDamaged',
      message: 'the last of 1 documents was damaged (unknown: oversized)',
    });
    expect(budget.used).toBe(0);
    expect(await seen('attempts')).toEqual([['oversized', 1]]);
  });

  it.each([
    ['shed', new Overloaded('queue-full')],
    ['deadline', new DeadlineExceeded('too late')],
    ['cancelled', new Cancelled('gone')],
    ['error', new Error('a defect')],
  ])('should pass on an error that is not a failure of the upstream: %s', async (label, fail) => {
    const { attempt, budget } = setup({ fail });
    await expect(attempt()).rejects.toBe(fail);
    expect(budget.used).toBe(0);
    expect(await seen('attempts')).toEqual([[label, 1]]);
  });

  it('should not send a request while there is no memory, even after leaving the queue', async () => {
    const useUp = (budget: ByteBudget): void => {
      const other = budget.lease();
      other.grow(LIMIT);
      other.grow(SIZE);
    };
    const { attempt, budget, steps } = setup();
    useUp(budget);
    await expect(attempt()).rejects.toMatchObject({ name: 'Overloaded', reason: 'memory' });
    expect(steps).toEqual([]);
    expect(await seen('attempts')).toEqual([['shed', 1]]);

    const waiting = setup({ whileWaiting: useUp });
    await expect(waiting.attempt()).rejects.toMatchObject({ reason: 'memory' });
    expect(waiting.steps).toEqual(['breaker', 'bulkhead', 'breaker']);
  });

  it('should reject a request whose document does not fit into memory', async () => {
    const { attempt, budget } = setup();
    budget.lease().grow(LIMIT - SIZE + 1);
    await expect(attempt()).rejects.toMatchObject({ name: 'Overloaded', reason: 'memory' });
    expect(budget.used).toBe(LIMIT - SIZE + 1);
    expect(await seen('attempts')).toEqual([['no-memory', 1]]);
  });

  it('should reject a request for which no connection can be made here', async () => {
    const { attempt, budget } = setup({ fail: new UpstreamFailure('no-socket', 'none') });
    await expect(attempt()).rejects.toMatchObject({ name: 'Overloaded', reason: 'sockets' });
    expect(budget.used).toBe(0);
    expect(await seen('attempts')).toEqual([['no-socket', 1]]);
  });

  it('should release the memory when verification fails', async () => {
    const { attempt, budget } = setup({ verify: () => Promise.reject(new Error('a defect')) });
    await expect(attempt()).rejects.toThrow('a defect');
    expect(budget.used).toBe(0);
  });
});

describe('an attempt, with tracing on', () => {
  /** Returns what the spans received, in order. */
  async function traced(run: Run): Promise<unknown[]> {
    const told: unknown[] = [];
    const span = {
      startAttempt: (attempt: object) => {
        told.push(attempt);
        return {
          headers: { traceparent: 'of the attempt' },
          startVerification: (level: string) => {
            told.push(level);
            return { end: (found?: Verification) => told.push(['verified', found?.entityTag]) };
          },
          end: (...args: unknown[]) => told.push(args),
        };
      },
    } as unknown as RequestSpan;
    await run.attempt(span).catch(() => undefined);
    return told;
  }

  it('should create spans for attempt and verification, and send the trace context', async () => {
    const run = setup();
    expect(await traced(run)).toEqual([
      { url: new URL('http://store.test/7'), number: 1 },
      'deep',
      ['verified', '"tag"'],
      ['intact', { status: 200 }],
    ]);
    expect(run.asked[0]?.headers).toEqual({
      accept: ACCEPT,
      'x-request-id': 'r-1',
      traceparent: 'of the attempt',
    });
  });

  it('should record the number and the failure of the attempt in its span', async () => {
    const run = setup({ fail: new UpstreamFailure('status', 'answered 503', { status: 503 }) });
    run.record.attempts = 3;
    expect(await traced(run)).toEqual([
      { url: new URL('http://store.test/7'), number: 3 },
      ['status', { status: 503, message: 'answered 503' }],
    ]);
    const fail = new UpstreamFailure('oversized', 'too large');
    expect((await traced(setup({ fail }))).at(-1)).toEqual(['oversized', { message: 'too large' }]);
    const damaged = setup({ found: { verdict: { intact: false, reason: 'truncated' } } });
    expect((await traced(damaged)).at(-1)).toEqual(['damaged', { status: 200 }]);
    expect(await traced(setup({ verify: () => Promise.reject(new Error('a defect')) }))).toEqual([
      { url: new URL('http://store.test/7'), number: 1 },
      'deep',
      ['verified', undefined],
      ['error', { status: undefined, message: 'a defect' }],
    ]);
  });
});
