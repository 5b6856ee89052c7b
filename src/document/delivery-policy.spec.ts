import { describe, expect, it } from '@jest/globals';
import { Problem } from '../problem/problem.ts';
import { Breaker } from '../resilience/breaker.ts';
import { Bulkhead } from '../resilience/bulkhead.ts';
import { ByteBudget } from '../resilience/byte-budget.ts';
import { Cancelled, Deadline, DeadlineExceeded } from '../resilience/deadline.ts';
import type { EventLoopWatch } from '../resilience/event-loop.ts';
import { Overloaded } from '../resilience/overloaded.ts';
import { RetryBudget } from '../resilience/retry-budget.ts';
import { UpstreamFailure, type UpstreamFailureKind } from '../upstream/upstream-failure.ts';
import type { UpstreamReach } from '../upstream/upstream-reach.ts';
import type { AttemptContext, UpstreamClient } from '../upstream/upstream.client.ts';
import type { Verification } from '../verification/verification.ts';
import type { Verifier } from '../verification/verifier.ts';
import { DeliveryPolicy } from './delivery-policy.ts';
import type { DocumentRequest, VerifiedDocument } from './document-source.ts';
import { documentConfig } from './document.config.ts';
import { buildDocumentMetrics } from './document.metrics.fixture.ts';
import type { DocumentMetrics } from './document.metrics.ts';

const intact = Buffer.from('a document');
const damaged = Buffer.from('a damaged document');
const document = { bytes: intact, format: { extension: 'pdf' }, entityTag: '"tag"' };
const failed = (kind: UpstreamFailureKind = 'reset', retryAfterMs?: number): UpstreamFailure =>
  new UpstreamFailure(kind, 'connect ECONNREFUSED 10.0.0.1:3000', { retryAfterMs });

/** Answers with one entry of the script per attempt, and repeats the last one. Errors are thrown. */
class ScriptedUpstream {
  attempts = 0;
  readonly #script: readonly (Buffer | Error)[];

  constructor(script: readonly (Buffer | Error)[]) {
    this.#script = script;
  }

  readonly fetch = (_id: string, { reserve }: AttemptContext): Promise<Buffer> => {
    const outcome = this.#script[Math.min(this.attempts, this.#script.length - 1)];
    this.attempts += 1;
    if (outcome === undefined) throw new Error('the script is empty');
    if (outcome instanceof Error) return Promise.reject(outcome);
    reserve(outcome.length);
    return Promise.resolve(outcome);
  };
}

const verifier = {
  verify: (bytes: Buffer): Verification => ({
    bytes,
    format: { name: 'pdf', mediaType: 'application/pdf', extension: 'pdf' },
    verdict: bytes === intact ? { intact: true, complete: true } : { intact: false, reason: 'xref-missing' },
    entityTag: '"tag"',
  }),
} as unknown as Verifier;

const metrics = await buildDocumentMetrics();
/** How often the upstream was reported as reached. */
let reached = 0;

async function countOf(
  counter: keyof DocumentMetrics & ('retries' | 'retriesDenied' | 'shed' | 'staleDeliveries'),
): Promise<number> {
  const { values } = await metrics[counter].get();
  return values.reduce((sum, { value }) => sum + value, 0);
}

interface Run {
  readonly deliver: (deadline?: Deadline) => Promise<VerifiedDocument>;
  readonly upstream: ScriptedUpstream;
  readonly memory: ByteBudget;
  readonly record: DocumentRequest['record'];
}

interface Setup {
  readonly env?: Readonly<Record<string, string>>;
  /** The initial tokens of the retry budget. */
  readonly retries?: number;
  /** The share of a retry that each request adds. */
  readonly ratio?: number;
  readonly admit?: () => void;
}

/** The policy over an upstream that follows the script. */
function policy(
  script: readonly (Buffer | Error)[],
  { env, retries = 100, ratio = 0.0001, admit = () => undefined }: Setup = {},
): Run {
  const upstream = new ScriptedUpstream(script);
  const memory = new ByteBudget(1_000);
  const documents = new DeliveryPolicy(
    documentConfig(env),
    metrics,
    { admit } as EventLoopWatch,
    new RetryBudget({ ratio, floor: retries, windowMs: 600_000 }),
    memory,
    new Bulkhead({ maxInFlight: 10, queueLength: 0, queueTimeoutMs: 60_000 }),
    new Breaker({
      failureRatio: 1,
      minSamples: 1_000,
      windowMs: 60_000,
      openMs: 60_000,
      probeWaitMs: 60_000,
    }),
    upstream as unknown as UpstreamClient,
    verifier,
    { reached: () => (reached += 1) } as unknown as UpstreamReach,
  );
  const record: DocumentRequest['record'] = {};
  return {
    upstream,
    memory,
    record,
    deliver: async (deadline = new Deadline(60_000)) => {
      const { signal } = deadline;
      try {
        return await documents.fetch({ id: '7', deadline, signal, headers: {}, record, span: undefined });
      } finally {
        deadline.clear();
      }
    },
  };
}

async function problemOf(delivery: Promise<VerifiedDocument>): Promise<Problem> {
  try {
    await delivery;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('a document was delivered');
}

describe('a document', () => {
  it('should be delivered when the first attempt succeeds', async () => {
    const { deliver, upstream, record } = policy([intact]);
    expect(await deliver()).toMatchObject(document);
    expect(upstream.attempts).toBe(1);
    expect(record).toMatchObject({ attempts: 1, verified: true });
    expect(record).not.toHaveProperty('cause');
  });

  it('should report the upstream as reached when it was delivered', async () => {
    const before = reached;
    await policy([intact]).deliver();
    expect(reached).toBe(before + 1);
    await problemOf(policy([failed()]).deliver());
    expect(reached).toBe(before + 1);
  });

  it('should be retried when it is damaged, without the retry budget', async () => {
    const retriesBefore = await countOf('retries');
    const { deliver, record } = policy([damaged, damaged, damaged, damaged, intact], { retries: 0 });
    expect(await deliver()).toMatchObject(document);
    expect(record.attempts).toBe(5);
    expect((await countOf('retries')) - retriesBefore).toBe(4);
  });

  it('should be retried when the upstream failed or gave an unacceptable answer', async () => {
    const { deliver, record } = policy([failed('connect'), failed('status'), failed('unacceptable'), intact]);
    expect(await deliver()).toMatchObject(document);
    expect(record.attempts).toBe(4);
  });

  it('should fail when it is damaged in every attempt', async () => {
    const { deliver, upstream, record } = policy([damaged]);
    const problem = await problemOf(deliver());
    expect(problem).toMatchObject({ type: 'document-damaged', status: 502 });
    expect(upstream.attempts).toBe(5);
    expect(record).toMatchObject({
      attempts: 5,
      cause: 'the last of 5 documents was damaged (pdf: xref-missing)',
    });
  });

  it('should be attempted as often as configured', async () => {
    for (const attempts of [1, 3]) {
      const { deliver, upstream } = policy([damaged], { env: { MAX_ATTEMPTS: String(attempts) } });
      await problemOf(deliver());
      expect(upstream.attempts).toBe(attempts);
    }
  });

  it('should fail when every attempt fails, without showing the address of the upstream', async () => {
    const { deliver, upstream, record } = policy([failed()]);
    const problem = await problemOf(deliver());
    expect(problem).toMatchObject({ type: 'upstream-failed', status: 502, headers: {} });
    expect(problem.toBody('id')).not.toContain('10.0.0.1');
    expect(record.cause).toContain('10.0.0.1');
    expect(upstream.attempts).toBe(5);
  });

  it('should not be retried when it does not exist', async () => {
    const { deliver, upstream } = policy([failed('not-found')]);
    expect(await problemOf(deliver())).toMatchObject({ type: 'document-not-found', status: 404 });
    expect(upstream.attempts).toBe(1);
  });
});

describe('a link that is switched off', () => {
  it.each([
    ['false', 2],
    ['true', 1],
  ])(
    'should not be in the chain: with COALESCE=%s, two requests make %i attempts',
    async (COALESCE, attempts) => {
      const { deliver, upstream, memory } = policy([intact], { env: { COALESCE } });
      const documents = await Promise.all([deliver(), deliver()]);
      expect(upstream.attempts).toBe(attempts);
      for (const { release } of documents) release();
      expect(memory.used).toBe(0);
    },
  );
});

describe('a retry after a failure', () => {
  it('should wait as long as the upstream asked for', async () => {
    const { deliver } = policy([failed('status', 60), intact]);
    const startedAt = performance.now();
    await deliver();
    expect(performance.now() - startedAt).toBeGreaterThan(50);
  });

  it('should fail at once when the wait would exceed the deadline', async () => {
    const { deliver, upstream } = policy([failed('status', 90_000), intact]);
    const startedAt = performance.now();
    const problem = await problemOf(deliver(new Deadline(60_000)));
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(problem).toMatchObject({ type: 'upstream-failed', headers: { 'retry-after': '90' } });
    expect(upstream.attempts).toBe(1);
  });

  it('should be made only while the retry budget allows it', async () => {
    const deniedBefore = await countOf('retriesDenied');
    const { deliver, upstream } = policy([failed()], { retries: 2 });
    expect(await problemOf(deliver())).toMatchObject({ type: 'upstream-failed' });
    expect(upstream.attempts).toBe(3);
    expect((await countOf('retriesDenied')) - deniedBefore).toBe(1);
  });

  it('should be allowed for a share of all requests', async () => {
    const { deliver, upstream } = policy([intact, intact, intact, failed()], { retries: 0, ratio: 0.5 });
    for (let each = 0; each < 3; each += 1) await deliver();
    // Four requests add two retries, but the budget holds at most one.
    await problemOf(deliver());
    expect(upstream.attempts).toBe(5);
  });

  it('should be counted separately from those after damaged documents', async () => {
    metrics.retries.reset();
    await policy([damaged, damaged, failed(), intact]).deliver();
    const { values } = await metrics.retries.get();
    expect(values.map(({ labels, value }) => [labels['kind'], value])).toEqual([
      ['damaged', 2],
      ['failed', 1],
    ]);
  });

  it('should round Retry-After up to at least one second', async () => {
    const { deliver } = policy([failed('status', 1_200)], { env: { MAX_ATTEMPTS: '1' } });
    expect((await problemOf(deliver())).headers).toEqual({ 'retry-after': '2' });
    const now = policy([failed('status', 0)], { env: { MAX_ATTEMPTS: '1' } });
    expect((await problemOf(now.deliver())).headers).toEqual({ 'retry-after': '1' });
  });

  it('should end its wait at once when the client leaves', async () => {
    const { deliver, upstream } = policy([failed('status', 30_000), intact]);
    const deadline = new Deadline(60_000);
    const delivering = deliver(deadline);
    setTimeout(() => {
      deadline.cancel();
    }, 10);
    await expect(delivering).rejects.toBeInstanceOf(Cancelled);
    expect(upstream.attempts).toBe(1);
  });
});

describe('what the protections say', () => {
  it.each([
    ['event-loop', 'overloaded'],
    ['queue-full', 'overloaded'],
    ['queue-timeout', 'overloaded'],
    ['memory', 'overloaded'],
    ['breaker-open', 'upstream-unavailable'],
  ] as const)('should be 503 for %s, with the time after which to come back', async (reason, type) => {
    const shedBefore = await countOf('shed');
    const { deliver } = policy([new Overloaded(reason, 2_500)]);
    expect(await problemOf(deliver())).toMatchObject({ type, status: 503, headers: { 'retry-after': '3' } });
    expect((await countOf('shed')) - shedBefore).toBe(1);
  });

  it('should reject a request before its first attempt', async () => {
    const { deliver, upstream } = policy([intact], {
      admit: () => {
        throw new Overloaded('event-loop');
      },
    });
    expect(await problemOf(deliver())).toMatchObject({ type: 'overloaded', status: 503 });
    expect(upstream.attempts).toBe(0);
  });

  it('should be 504 when the deadline has passed', async () => {
    const { deliver } = policy([new DeadlineExceeded('not done within 10 ms')]);
    expect(await problemOf(deliver())).toMatchObject({ type: 'deadline-exceeded', status: 504 });
  });

  it('should be no problem when the client has disconnected', async () => {
    await expect(policy([new Cancelled('the client left')]).deliver()).rejects.toBeInstanceOf(Cancelled);
  });

  it('should not turn a defect of the service into another problem', async () => {
    const defect = new TypeError('a defect');
    await expect(policy([defect]).deliver()).rejects.toBe(defect);
  });
});

describe('the last good copy', () => {
  const on = { env: { STALE_IF_ERROR_SECONDS: '60', MAX_ATTEMPTS: '1' } };

  it.each([
    ['every document is damaged', damaged],
    ['the upstream fails', failed()],
    ['the service is overloaded', new Overloaded('queue-full')],
    ['the breaker is open', new Overloaded('breaker-open')],
    ['the deadline passes', new DeadlineExceeded('over')],
  ])('should stand in when %s', async (_, then) => {
    const before = await countOf('staleDeliveries');
    const { deliver } = policy([intact, then], on);
    await deliver();
    const delivery = await deliver();
    expect(delivery).toMatchObject({ ...document, ageSeconds: 0 });
    expect((await countOf('staleDeliveries')) - before).toBe(1);
  });

  it('should not replace a deleted document', async () => {
    const { deliver } = policy([intact, failed('not-found')], on);
    await deliver();
    expect(await problemOf(deliver())).toMatchObject({ status: 404 });
  });

  it('should exist only after a delivery, and when it is enabled', async () => {
    expect(await problemOf(policy([damaged], on).deliver())).toMatchObject({ status: 502 });
    const off = policy([intact, damaged], { env: { MAX_ATTEMPTS: '1' } });
    await off.deliver();
    expect(await problemOf(off.deliver())).toMatchObject({ status: 502 });
  });
});
