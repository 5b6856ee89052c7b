import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../../test/eventually.ts';
import { Breaker, type BreakerOptions, type BreakerState } from './breaker.ts';
import { Overloaded } from './overloaded.ts';

class Failure extends Error {
  readonly isOutage = true;
}
class Answer extends Error {
  readonly isOutage = false;
}
class Aborted extends Error {}

function breaker(options: Partial<BreakerOptions> = {}): Breaker {
  return new Breaker({
    failureRatio: 0.5,
    minSamples: 4,
    windowMs: 60_000,
    openMs: 40,
    probeWaitMs: 60_000,
    ...options,
  });
}

const never = new AbortController().signal;
const succeed = (): Promise<string> => Promise.resolve('fine');
const fail = (): Promise<never> => Promise.reject(new Failure());

/** Makes the calls in order and ignores their results. */
async function make(one: Breaker, calls: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const call of calls) await one.run(never, '1', call).catch(() => undefined);
}

async function opened(options?: Partial<BreakerOptions>): Promise<Breaker> {
  const one = breaker(options);
  await make(one, [fail, fail, fail, fail]);
  expect(one.state).toBe('open');
  return one;
}

/** Makes the call as soon as the breaker allows it. */
async function probe(one: Breaker, call: () => Promise<unknown>): Promise<void> {
  expect(one.state).toBe('open');
  await eventually(() => {
    const run = one.run(never, '1', call);
    run.catch(() => undefined);
    // The call changes the state at once.
    expect(one.state).toBe('half-open');
    return run.catch(() => undefined);
  });
}

/** An open breaker with a running probe. `end` settles the probe and waits for its result. */
async function probing(
  options?: Partial<BreakerOptions>,
): Promise<{ one: Breaker; end: (outcome: () => Promise<unknown>) => Promise<void> }> {
  const one = await opened(options);
  const { promise, resolve } = Promise.withResolvers<() => Promise<unknown>>();
  const probed = probe(one, async () => (await promise)());
  await eventually(() => {
    expect(one.state).toBe('half-open');
  });
  return {
    one,
    end: async (outcome) => {
      resolve(outcome);
      await probed;
    },
  };
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('Breaker', () => {
  it('should pass on the result or error of a call', async () => {
    expect(await breaker().run(never, '1', succeed)).toBe('fine');
    await expect(breaker().run(never, '1', fail)).rejects.toBeInstanceOf(Failure);
  });

  it('should open when more than the share of calls failed, and refuse at once', async () => {
    const one = await opened();
    let called = false;
    const run = one.run(never, '1', () => Promise.resolve((called = true)));
    await expect(run).rejects.toMatchObject({ reason: 'breaker-open', retryAfterMs: 1_000 });
    expect(() => {
      one.admit();
    }).toThrow(Overloaded);
    expect(called).toBe(false);
  });

  it('should stay closed below the minimum number of calls', async () => {
    const one = breaker();
    await make(one, [fail, fail, fail]);
    expect(one.state).toBe('closed');
  });

  it('should stay closed while no more than the share fails', async () => {
    const one = breaker();
    await make(one, [succeed, fail, succeed, fail, succeed, fail, succeed, fail]);
    expect(one.state).toBe('closed');
    await make(one, [fail]);
    expect(one.state).toBe('open');
  });

  it('should count other errors as neither failure nor success', async () => {
    const one = breaker();
    const other = (): Promise<never> => Promise.reject(new Aborted());
    await make(one, [...Array<typeof other>(100).fill(other), fail, fail, fail]);
    expect(one.state).toBe('closed');
    await make(one, [fail]);
    expect(one.state).toBe('open');
  });

  it('should count an error that shows an answer as a success', async () => {
    const one = breaker();
    const answer = (): Promise<never> => Promise.reject(new Answer());
    await make(one, [answer, answer, answer, answer, answer, fail, fail, fail, fail, fail]);
    expect(one.state).toBe('closed');
    await make(one, [fail]);
    expect(one.state).toBe('open');
  });

  it('should not open for one subject alone, unless the cause cannot be the subject', async () => {
    const one = breaker();
    const failed = Object.assign(new Failure(), { mayBeSubject: true });
    const call = (subject: string): Promise<unknown> =>
      one.run(never, subject, () => Promise.reject(failed)).catch(() => undefined);
    for (let i = 0; i < 100; i += 1) await call('1');
    for (const subject of ['2', '3']) await call(subject);
    expect(one.state).toBe('closed');
    await call('4');
    expect(one.state).toBe('open');
  });

  it('should forget what is older than its window', async () => {
    const one = breaker({ windowMs: 100 });
    await make(one, [fail, fail, fail]);
    for (let i = 0; i < 8; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 25));
      await make(one, [succeed]);
    }
    await make(one, [fail]);
    expect(one.state).toBe('closed');
  });

  it('should return the time until a retry makes sense', async () => {
    const one = await opened({ openMs: 100_000 });
    const refusal = await one.run(never, '1', succeed).catch((error: unknown) => error);
    const { retryAfterMs } = refusal as Overloaded;
    expect(retryAfterMs).toBeGreaterThan(70_000);
    expect(retryAfterMs).toBeLessThanOrEqual(125_000);
  });

  it('should stay open for random times', async () => {
    const times = new Set<number>();
    for (let i = 0; i < 5; i += 1) {
      const one = await opened({ openMs: 100_000 });
      const refusal = (await one.run(never, '1', succeed).catch((error: unknown) => error)) as Overloaded;
      times.add(Math.round(refusal.retryAfterMs / 10));
    }
    expect(times.size).toBeGreaterThan(1);
  });

  it('should let one probe through after a while, and others after its success', async () => {
    const { one, end } = await probing();
    let made = 0;
    const waiting = Array.from({ length: 20 }, () =>
      one.run(never, '1', () => {
        made += 1;
        return succeed();
      }),
    );
    await Promise.resolve();
    expect(() => {
      one.admit();
    }).not.toThrow();
    expect([one.state, made]).toEqual(['half-open', 0]);
    await end(succeed);
    expect(one.state).toBe('closed');
    expect(await Promise.all(waiting)).toEqual(Array(20).fill('fine'));
  });

  it('should refuse those that waited for a probe that failed', async () => {
    const { one, end } = await probing();
    let made = 0;
    const waiting = Array.from({ length: 20 }, () => one.run(never, '1', () => Promise.resolve((made += 1))));
    const refused = Promise.allSettled(waiting);
    await end(fail);
    const results = await refused;
    expect(results).toEqual(
      Array(20).fill({ status: 'rejected', reason: expect.objectContaining({ reason: 'breaker-open' }) }),
    );
    expect(made).toBe(0);
  });

  it('should let others probe before a subject whose probe failed, which waits twice as long', async () => {
    const clock = jest.spyOn(performance, 'now').mockReturnValue(0);
    const failed = Object.assign(new Failure(), { mayBeSubject: true });
    for (const [at, isAdmitted] of [
      [330, false],
      [430, true],
    ] as const) {
      clock.mockReturnValue(0);
      const one = await opened({ openMs: 100 });
      clock.mockReturnValue(200);
      await expect(one.run(never, '1', () => Promise.reject(failed))).rejects.toBe(failed);
      clock.mockReturnValue(at);
      const again = one.run(never, '1', succeed);
      if (isAdmitted) expect(await again).toBe('fine');
      else await expect(again).rejects.toMatchObject({ reason: 'breaker-open' });
      expect(await one.run(never, '2', succeed)).toBe('fine');
    }
  });

  it('should let the next of them probe when the probe was aborted', async () => {
    const { one, end } = await probing();
    const waiting = [one.run(never, '1', succeed), one.run(never, '2', succeed)];
    await end(() => Promise.reject(new Aborted()));
    expect(await Promise.all(waiting)).toEqual(['fine', 'fine']);
    expect(one.state).toBe('closed');
  });

  it('should wait for a probe no longer than is set, and no longer than the signal', async () => {
    const { one } = await probing({ probeWaitMs: 20 });
    await expect(one.run(never, '1', succeed)).rejects.toMatchObject({ reason: 'breaker-open' });
    const { one: other } = await probing();
    const leaving = new AbortController();
    const waiting = other.run(leaving.signal, '1', succeed);
    leaving.abort(new Aborted('gone'));
    await expect(waiting).rejects.toThrow('gone');
  });

  it('should not count a standstill of the process as a wait for a probe', async () => {
    const { one, end } = await probing({ probeWaitMs: 300 });
    const waiting = Promise.all([one.run(never, '1', succeed), one.run(never, '2', succeed)]);
    waiting.catch(() => undefined);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 900);
    // The wait would be over in the next turns of the event loop.
    await sleep(20);
    await end(() => Promise.reject(new Aborted()));
    expect(await waiting).toEqual(['fine', 'fine']);
  });

  it('should not count calls that began before it opened', async () => {
    const one = breaker();
    const { promise, reject } = Promise.withResolvers<never>();
    const old = one.run(never, '1', () => promise).catch(() => undefined);
    await make(one, [fail, fail, fail, fail]);
    await probe(one, succeed);
    await make(one, [fail, fail]);
    reject(new Failure());
    await old;
    expect(one.state).toBe('closed');
  });

  it('should close and clear its window when the probe succeeds', async () => {
    const { one, end } = await probing();
    await end(succeed);
    expect(await one.run(never, '1', succeed)).toBe('fine');
    await make(one, [fail]);
    expect(one.state).toBe('closed');
  });

  it('should open again when the probe fails, and probe again later', async () => {
    const { one, end } = await probing();
    await end(fail);
    expect(one.state).toBe('open');
    await probe(one, succeed);
    expect(one.state).toBe('closed');
  });

  it('should not close for an aborted probe', async () => {
    const { one, end } = await probing();
    await end(() => Promise.reject(new Aborted()));
    expect(one.state).toBe('open');
    await probe(one, succeed);
    expect(one.state).toBe('closed');
  });

  it('should close for a probe whose error is an answer', async () => {
    const { one, end } = await probing();
    await end(() => Promise.reject(new Answer()));
    expect(one.state).toBe('closed');
  });

  it('should report each change', async () => {
    const states: BreakerState[] = [];
    const one = await opened({ onStateChange: (state) => states.push(state) });
    await probe(one, fail);
    await probe(one, succeed);
    expect(states).toEqual(['open', 'half-open', 'open', 'half-open', 'closed']);
  });
});
