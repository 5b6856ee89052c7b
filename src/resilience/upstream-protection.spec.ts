import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/eventually.ts';
import { Breaker } from './breaker.ts';
import { Bulkhead } from './bulkhead.ts';
import { EventLoopWatch } from './event-loop.ts';
import { UpstreamProtection } from './upstream-protection.ts';

let eventLoop: EventLoopWatch | undefined;

function protection(maxDelayMs = 60_000): UpstreamProtection {
  eventLoop = new EventLoopWatch(maxDelayMs);
  return new UpstreamProtection({
    eventLoop,
    bulkhead: new Bulkhead({ capacity: 1, queueLength: 5, queueTimeoutMs: 60_000 }),
    breaker: new Breaker({
      failureRatio: 0.5,
      minSamples: 1,
      windowMs: 60_000,
      openMs: 60_000,
      probeWaitMs: 60_000,
      isFailure: () => true,
      isAnswer: () => false,
    }),
  });
}

afterEach(() => {
  eventLoop?.stop();
});

const never = new AbortController().signal;
const fail = (): Promise<never> => Promise.reject(new Error('failed'));

describe('UpstreamProtection', () => {
  it('should make an attempt, and hand on how it ends', async () => {
    const { run, admit } = bound(protection());
    expect(admit).not.toThrow();
    expect(await run(never, () => Promise.resolve('document'))).toBe('document');
    await expect(run(never, fail)).rejects.toThrow('failed');
  });

  it('should turn away while the event loop is late', async () => {
    const { admit } = bound(protection(0.001));
    await eventually(() => {
      expect(admit).toThrow(expect.objectContaining({ reason: 'event-loop' }));
    });
  });

  it('should not queue anybody while the breaker is open', async () => {
    const guarded = protection();
    const { run } = bound(guarded);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const occupying = run(never, () => promise);
    guarded.breaker.run(never, fail).catch(() => undefined);
    await eventually(() => {
      expect(guarded.breaker.state).toBe('open');
    });
    await expect(run(never, () => Promise.resolve())).rejects.toMatchObject({ reason: 'breaker-open' });
    expect(guarded.bulkhead.queued).toBe(0);
    resolve(undefined);
    await occupying;
  });

  it('should not make the attempts that waited when the breaker opened meanwhile', async () => {
    const { run } = bound(protection());
    let made = 0;
    const first = run(never, fail);
    const waiting = [1, 2, 3].map(() =>
      run(never, () => {
        made += 1;
        return Promise.resolve();
      }),
    );
    const results = await Promise.allSettled([first, ...waiting]);
    expect(results.map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
    expect(made).toBe(0);
  });
});

function bound(guarded: UpstreamProtection): Pick<UpstreamProtection, 'run' | 'admit'> {
  return {
    run: (signal, attempt) => guarded.run(signal, attempt),
    admit: () => {
      guarded.admit();
    },
  };
}
