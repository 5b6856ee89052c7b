import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/eventually.ts';
import { Breaker } from '../resilience/breaker.ts';
import { Bulkhead } from '../resilience/bulkhead.ts';
import { ByteBudget } from '../resilience/byte-budget.ts';
import { Deadline } from '../resilience/deadline.ts';
import type { UpstreamClient } from '../upstream/upstream.client.ts';
import { buildDocumentMetrics } from './document.metrics.fixture.ts';
import { GuardedUpstream } from './guarded-upstream.ts';

const metrics = await buildDocumentMetrics();

/** A bulkhead of one place, and a breaker that opens at the first failure. */
function guarded(fetch: () => Promise<Buffer>): {
  attempt: () => Promise<unknown>;
  breaker: Breaker;
  bulkhead: Bulkhead;
} {
  const bulkhead = new Bulkhead({ maxInFlight: 1, queueLength: 5, queueTimeoutMs: 60_000 });
  const breaker = new Breaker({
    failureRatio: 0.5,
    minSamples: 1,
    windowMs: 60_000,
    openMs: 60_000,
    probeWaitMs: 60_000,
  });
  const upstream = { fetch } as unknown as UpstreamClient;
  const link = new GuardedUpstream(upstream, new ByteBudget(1_000), bulkhead, breaker, metrics);
  const deadline = new Deadline(60_000);
  deadline.clear();
  const request = { id: '7', deadline, signal: deadline.signal, headers: {}, record: {}, span: undefined };
  return { attempt: () => link.fetch(request), breaker, bulkhead };
}

const fail = (): Promise<never> => Promise.reject(Object.assign(new Error('failed'), { isOutage: true }));

describe('GuardedUpstream', () => {
  it('should make an attempt and pass on its result', async () => {
    const bytes = Buffer.from('document');
    expect(await guarded(() => Promise.resolve(bytes)).attempt()).toMatchObject({ bytes });
    await expect(guarded(fail).attempt()).rejects.toThrow('failed');
  });

  it('should not queue a request while the breaker is open', async () => {
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    const { attempt, breaker, bulkhead } = guarded(() => promise);
    const occupying = attempt();
    breaker.run(new AbortController().signal, '1', fail).catch(() => undefined);
    await eventually(() => {
      expect(breaker.state).toBe('open');
    });
    await expect(attempt()).rejects.toMatchObject({ reason: 'breaker-open' });
    expect(bulkhead.queued).toBe(0);
    resolve(Buffer.alloc(0));
    await occupying;
  });

  it('should not make the attempts that waited when the breaker opened meanwhile', async () => {
    let made = 0;
    const { attempt } = guarded(() => {
      made += 1;
      return fail();
    });
    const results = await Promise.allSettled([1, 2, 3, 4].map(() => attempt()));
    expect(results.map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
    expect(made).toBe(1);
  });
});
