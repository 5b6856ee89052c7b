import { afterAll, describe, expect, it } from '@jest/globals';
import { register } from 'prom-client';
import type { UpstreamReach } from '../health/upstream-reach.ts';
import { Metrics } from '../metrics/metrics.ts';
import { Problem } from '../problem/problem.ts';
import { Cancelled, Deadline, DeadlineExceeded } from '../resilience/deadline.ts';
import { Overloaded } from '../resilience/overloaded.ts';
import { RetryBudget } from '../resilience/retry-budget.ts';
import type { UpstreamProtection } from '../resilience/upstream-protection.ts';
import { parseSettings } from '../settings/settings.ts';
import { UpstreamFailure, type UpstreamFailureKind } from '../upstream/upstream-failure.ts';
import { Coalescer } from './coalescer.ts';
import type { AttemptOutcome, DocumentRequest, VerifiedDocument } from './document-fetcher.ts';
import { type Delivery, DocumentService } from './document.service.ts';
import type { HedgedFetcher } from './hedged-fetcher.ts';
import { LastGoodCopies } from './last-good-copies.ts';

const document: VerifiedDocument = {
  bytes: Buffer.from('a document'),
  format: { mediaType: 'application/pdf', extension: 'pdf' },
  entityTag: '"tag"',
  release: () => undefined,
};
const intact: AttemptOutcome = { kind: 'intact', document };
const damaged: AttemptOutcome = { kind: 'damaged', format: 'pdf', reason: 'xref-missing' };
const failed = (kind: UpstreamFailureKind = 'reset', retryAfterMs?: number): AttemptOutcome => ({
  kind: 'failed',
  failure: new UpstreamFailure(kind, 'connect ECONNREFUSED 10.0.0.1:3000', { retryAfterMs }),
});

/** Brings what it was given, one for each attempt and the last again and again; errors are thrown. */
class ScriptedFetcher {
  attempts = 0;
  readonly #script: readonly (AttemptOutcome | Error)[];

  constructor(script: readonly (AttemptOutcome | Error)[]) {
    this.#script = script;
  }

  readonly attempt = (): Promise<AttemptOutcome> => {
    const outcome = this.#script[Math.min(this.attempts, this.#script.length - 1)];
    this.attempts += 1;
    if (outcome === undefined) throw new Error('the script is empty');
    return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
  };
}

const metrics = new Metrics();
/** How often the upstream was said to be reached. */
let reached = 0;
afterAll(() => {
  register.clear();
});

async function countOf(
  counter: keyof Metrics & ('retries' | 'retriesDenied' | 'shed' | 'staleDeliveries'),
): Promise<number> {
  const { values } = await metrics[counter].get();
  return values.reduce((sum, { value }) => sum + value, 0);
}

interface Run {
  readonly deliver: (deadline?: Deadline) => Promise<Delivery>;
  readonly fetcher: ScriptedFetcher;
  readonly record: DocumentRequest['record'];
}

interface Setup {
  readonly env?: Readonly<Record<string, string>>;
  /** Retries that the retry budget has. */
  readonly retries?: number;
  /** The share of a retry that each request pays for. */
  readonly ratio?: number;
  readonly admit?: () => void;
}

/** A service whose attempts end as told. */
function service(
  script: readonly (AttemptOutcome | Error)[],
  { env, retries = 100, ratio = 0.0001, admit }: Setup = {},
): Run {
  const settings = parseSettings({
    API_KEY: 'a-key',
    RETRY_BASE_DELAY_MS: '1',
    RETRY_MAX_DELAY_MS: '2',
    ...env,
  });
  const fetcher = new ScriptedFetcher(script);
  const documents = new DocumentService(
    settings,
    { admit: admit ?? (() => undefined) } as UpstreamProtection,
    new Coalescer(settings),
    fetcher as unknown as HedgedFetcher,
    new RetryBudget({ ratio, floor: retries, windowMs: 600_000 }),
    new LastGoodCopies(settings),
    { reached: () => (reached += 1) } as unknown as UpstreamReach,
    metrics,
  );
  const record: DocumentRequest['record'] = {};
  return {
    fetcher,
    record,
    deliver: async (deadline = new Deadline(60_000)) => {
      try {
        return await documents.deliver({ id: '7', deadline, headers: {}, record });
      } finally {
        deadline.clear();
      }
    },
  };
}

async function problemOf(delivery: Promise<Delivery>): Promise<Problem> {
  try {
    await delivery;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('a document was delivered');
}

describe('a document', () => {
  it('should be delivered when the first attempt brings it', async () => {
    const { deliver, fetcher, record } = service([intact]);
    expect(await deliver()).toEqual({ document });
    expect(fetcher.attempts).toBe(1);
    expect(record).toEqual({ attempts: 1 });
  });

  it('should show, when it was delivered, that the upstream is reached', async () => {
    const before = reached;
    await service([intact]).deliver();
    expect(reached).toBe(before + 1);
    await problemOf(service([failed()]).deliver());
    expect(reached).toBe(before + 1);
  });

  it('should be asked for again at once when it is damaged', async () => {
    const retriesBefore = await countOf('retries');
    const slow = { RETRY_BASE_DELAY_MS: '60000', RETRY_MAX_DELAY_MS: '60000' };
    const { deliver, record } = service([damaged, damaged, damaged, damaged, intact], {
      env: slow,
      retries: 0,
    });
    expect(await deliver()).toEqual({ document });
    expect(record.attempts).toBe(5);
    expect((await countOf('retries')) - retriesBefore).toBe(4);
  });

  it('should be asked for again when the upstream failed, or would not answer properly', async () => {
    const { deliver, record } = service([
      failed('connect'),
      failed('status'),
      failed('unacceptable'),
      intact,
    ]);
    expect(await deliver()).toEqual({ document });
    expect(record.attempts).toBe(4);
  });

  it('should be given up when every attempt brings a damaged one', async () => {
    const { deliver, fetcher, record } = service([damaged]);
    const problem = await problemOf(deliver());
    expect(problem).toMatchObject({ type: 'document-damaged', status: 502 });
    expect(fetcher.attempts).toBe(5);
    expect(record).toEqual({
      attempts: 5,
      cause: 'the last of 5 documents was damaged (pdf: xref-missing)',
    });
  });

  it('should be asked for as often as is set, and no more', async () => {
    for (const attempts of [1, 3]) {
      const { deliver, fetcher } = service([damaged], { env: { MAX_ATTEMPTS: String(attempts) } });
      await problemOf(deliver());
      expect(fetcher.attempts).toBe(attempts);
    }
  });

  it('should be given up when every attempt fails, without a word of where it was asked for', async () => {
    const { deliver, fetcher, record } = service([failed()]);
    const problem = await problemOf(deliver());
    expect(problem).toMatchObject({ type: 'upstream-failed', status: 502, headers: {} });
    expect(problem.toBody('id')).not.toContain('10.0.0.1');
    expect(record.cause).toContain('10.0.0.1');
    expect(fetcher.attempts).toBe(5);
  });

  it('should not be asked for again when there is none', async () => {
    const { deliver, fetcher } = service([failed('not-found')]);
    expect(await problemOf(deliver())).toMatchObject({ type: 'document-not-found', status: 404 });
    expect(fetcher.attempts).toBe(1);
  });
});

describe('a retry after a failure', () => {
  it('should wait as long as the upstream asked for', async () => {
    const { deliver } = service([failed('status', 60), intact]);
    const startedAt = performance.now();
    await deliver();
    expect(performance.now() - startedAt).toBeGreaterThan(50);
  });

  it('should not be waited for when the deadline comes first: the answer is given now', async () => {
    const { deliver, fetcher } = service([failed('status', 90_000), intact]);
    const startedAt = performance.now();
    const problem = await problemOf(deliver(new Deadline(60_000)));
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(problem).toMatchObject({ type: 'upstream-failed', headers: { 'retry-after': '90' } });
    expect(fetcher.attempts).toBe(1);
  });

  it('should be made only as long as the retry budget pays for it', async () => {
    const deniedBefore = await countOf('retriesDenied');
    const { deliver, fetcher } = service([failed()], { retries: 2 });
    expect(await problemOf(deliver())).toMatchObject({ type: 'upstream-failed' });
    expect(fetcher.attempts).toBe(3);
    expect((await countOf('retriesDenied')) - deniedBefore).toBe(1);
  });

  it('should be paid for by a share of every request', async () => {
    const { deliver, fetcher } = service([intact, intact, intact, failed()], { retries: 0, ratio: 0.5 });
    for (let each = 0; each < 3; each += 1) await deliver();
    // What four requests pay for makes up two retries, of which no more than one is saved.
    await problemOf(deliver());
    expect(fetcher.attempts).toBe(5);
  });

  it('should be counted apart from those after damaged documents', async () => {
    metrics.retries.reset();
    await service([damaged, damaged, failed(), intact]).deliver();
    const { values } = await metrics.retries.get();
    expect(values.map(({ labels, value }) => [labels.kind, value])).toEqual([
      ['damaged', 2],
      ['failed', 1],
    ]);
  });

  it('should round up what it tells the client to wait, to a second at least', async () => {
    const { deliver } = service([failed('status', 1_200)], { env: { MAX_ATTEMPTS: '1' } });
    expect((await problemOf(deliver())).headers).toEqual({ 'retry-after': '2' });
    const now = service([failed('status', 0)], { env: { MAX_ATTEMPTS: '1' } });
    expect((await problemOf(now.deliver())).headers).toEqual({ 'retry-after': '1' });
  });

  it('should end its wait at once when the client leaves', async () => {
    const { deliver, fetcher } = service([failed('status', 30_000), intact]);
    const deadline = new Deadline(60_000);
    const delivering = deliver(deadline);
    setTimeout(() => {
      deadline.cancel();
    }, 10);
    await expect(delivering).rejects.toBeInstanceOf(Cancelled);
    expect(fetcher.attempts).toBe(1);
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
    const { deliver } = service([new Overloaded(reason, 2_500)]);
    expect(await problemOf(deliver())).toMatchObject({ type, status: 503, headers: { 'retry-after': '3' } });
    expect((await countOf('shed')) - shedBefore).toBe(1);
  });

  it('should turn a request away before anything is asked for it', async () => {
    const { deliver, fetcher } = service([intact], {
      admit: () => {
        throw new Overloaded('event-loop');
      },
    });
    expect(await problemOf(deliver())).toMatchObject({ type: 'overloaded', status: 503 });
    expect(fetcher.attempts).toBe(0);
  });

  it('should be 504 when the deadline has passed', async () => {
    const { deliver } = service([new DeadlineExceeded('not done within 10 ms')]);
    expect(await problemOf(deliver())).toMatchObject({ type: 'deadline-exceeded', status: 504 });
  });

  it('should be nothing at all when the client has left', async () => {
    await expect(service([new Cancelled('the client left')]).deliver()).rejects.toBeInstanceOf(Cancelled);
  });

  it('should not hide a defect of the service behind a problem of another kind', async () => {
    const defect = new TypeError('a defect');
    await expect(service([defect]).deliver()).rejects.toBe(defect);
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
    const { deliver } = service([intact, then], on);
    await deliver();
    const delivery = await deliver();
    expect(delivery).toMatchObject({ ageSeconds: 0, document: { bytes: document.bytes } });
    expect((await countOf('staleDeliveries')) - before).toBe(1);
  });

  it('should not stand in for a document that is gone', async () => {
    const { deliver } = service([intact, failed('not-found')], on);
    await deliver();
    expect(await problemOf(deliver())).toMatchObject({ status: 404 });
  });

  it('should be there only when one was delivered before, and it is switched on', async () => {
    expect(await problemOf(service([damaged], on).deliver())).toMatchObject({ status: 502 });
    const off = service([intact, damaged], { env: { MAX_ATTEMPTS: '1' } });
    await off.deliver();
    expect(await problemOf(off.deliver())).toMatchObject({ status: 502 });
  });
});
