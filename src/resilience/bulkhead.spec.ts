import { getEventListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Bulkhead } from './bulkhead.ts';
import { Overloaded } from './overloaded.ts';

const OPTIONS = { maxInFlight: 1, queueLength: 10, queueTimeoutMs: 60_000 };
const never = new AbortController().signal;

/** Work that ends when the test decides. */
function job(): {
  readonly work: () => Promise<string>;
  readonly end: () => void;
  readonly fail: () => void;
} {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return { work: () => promise, end: () => resolve('done'), fail: () => reject(new Error('failed')) };
}

const reasonOf = async (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => 'it ran',
    (error: unknown) => (error instanceof Overloaded ? error.reason : error),
  );

afterEach(() => {
  jest.useRealTimers();
});

describe('Bulkhead', () => {
  it('should limit concurrent work', async () => {
    const bulkhead = new Bulkhead({ ...OPTIONS, maxInFlight: 3 });
    let inside = 0;
    let most = 0;
    const runs = Array.from({ length: 10 }, () =>
      bulkhead.run(never, async () => {
        inside += 1;
        most = Math.max(most, inside);
        expect(bulkhead.inFlight).toBeLessThanOrEqual(3);
        await turn();
        inside -= 1;
      }),
    );
    expect([bulkhead.inFlight, bulkhead.queued, bulkhead.hasRoom]).toEqual([3, 7, false]);
    await Promise.all(runs);
    expect(most).toBe(3);
    expect([bulkhead.inFlight, bulkhead.queued, bulkhead.hasRoom]).toEqual([0, 0, true]);
  });

  it('should pass on the result or error of the work, and free its place', async () => {
    const bulkhead = new Bulkhead(OPTIONS);
    await expect(bulkhead.run(never, () => Promise.resolve('result'))).resolves.toBe('result');
    await expect(bulkhead.run(never, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    await expect(
      bulkhead.run(never, () => {
        throw new Error('at once');
      }),
    ).rejects.toThrow('at once');
    expect(bulkhead.inFlight).toBe(0);
  });

  it('should start waiting work in the order of arrival', async () => {
    const bulkhead = new Bulkhead(OPTIONS);
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3, 4, 5].map((number) =>
        bulkhead.run(never, async () => {
          order.push(number);
          await turn();
        }),
      ),
    );
    expect(order).toEqual([1, 2, 3, 4, 5]);
  });

  it('should pass a free place to the next in the queue before new work can take it', async () => {
    const bulkhead = new Bulkhead(OPTIONS);
    const order: string[] = [];
    const first = job();
    const running = bulkhead.run(never, first.work);
    const waiting = bulkhead.run(never, () => Promise.resolve(order.push('waited')));
    // Runs after the first call has ended and before the waiting one has started.
    const late = running.then(() => {
      expect(bulkhead.inFlight).toBe(1);
      return bulkhead.run(never, () => Promise.resolve(order.push('late')));
    });
    first.end();
    await Promise.all([waiting, late]);
    expect(order).toEqual(['waited', 'late']);
    expect(bulkhead.inFlight).toBe(0);
  });

  it('should reject at once when the queue is full', async () => {
    const bulkhead = new Bulkhead({ ...OPTIONS, queueLength: 1 });
    const first = job();
    const running = bulkhead.run(never, first.work);
    const waiting = bulkhead.run(never, first.work);
    expect(await reasonOf(bulkhead.run(never, first.work))).toBe('queue-full');
    first.end();
    await Promise.all([running, waiting]);
  });

  it('should work without a queue', async () => {
    const bulkhead = new Bulkhead({ ...OPTIONS, queueLength: 0 });
    const first = job();
    const running = bulkhead.run(never, first.work);
    expect(await reasonOf(bulkhead.run(never, first.work))).toBe('queue-full');
    first.end();
    await running;
    expect(await bulkhead.run(never, () => Promise.resolve('again'))).toBe('again');
  });

  it('should reject work that waited too long, and not start it later', async () => {
    const bulkhead = new Bulkhead({ ...OPTIONS, queueTimeoutMs: 20 });
    const first = job();
    let started = false;
    const running = bulkhead.run(never, first.work);
    const waiting = bulkhead.run(never, () => Promise.resolve((started = true)));
    expect(await reasonOf(waiting)).toBe('queue-timeout');
    expect(bulkhead.queued).toBe(0);
    first.end();
    await running;
    await turn();
    expect([started, bulkhead.inFlight]).toEqual([false, 0]);
  });

  it('should leave the queue at once when the signal aborts', async () => {
    const bulkhead = new Bulkhead(OPTIONS);
    const first = job();
    const running = bulkhead.run(never, first.work);
    const leaver = new AbortController();
    const left = reasonOf(bulkhead.run(leaver.signal, first.work));
    const order: string[] = [];
    const stayed = bulkhead.run(never, () => Promise.resolve(order.push('stayed')));
    leaver.abort('gave up');
    expect(bulkhead.queued).toBe(1);
    expect(await left).toBe('gave up');
    first.end();
    await Promise.all([running, stayed]);
    expect([order, bulkhead.inFlight]).toEqual([['stayed'], 0]);
  });

  it('should not start work whose signal is already aborted', async () => {
    const bulkhead = new Bulkhead(OPTIONS);
    let started = false;
    const run = bulkhead.run(AbortSignal.abort('gave up'), () => Promise.resolve((started = true)));
    expect(await reasonOf(run)).toBe('gave up');
    expect([started, bulkhead.inFlight]).toEqual([false, 0]);
  });

  it('should not lose a place when the signal aborts just as the work starts', async () => {
    const bulkhead = new Bulkhead(OPTIONS);
    const first = job();
    const running = bulkhead.run(never, first.work);
    const leaver = new AbortController();
    const second = bulkhead.run(leaver.signal, () => Promise.resolve('ran'));
    first.end();
    await running;
    leaver.abort('too late');
    await second;
    expect(bulkhead.inFlight).toBe(0);
    expect(await bulkhead.run(never, () => Promise.resolve('free'))).toBe('free');
  });

  it('should work normally after failures', async () => {
    const bulkhead = new Bulkhead({ ...OPTIONS, maxInFlight: 2, queueLength: 100 });
    const runs = Array.from({ length: 50 }, (_, index) =>
      bulkhead.run(never, async () => {
        await turn();
        if (index % 2 === 0) throw new Error('failed');
      }),
    );
    const results = await Promise.allSettled(runs);
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(25);
    expect([bulkhead.inFlight, bulkhead.queued]).toEqual([0, 0]);
  });

  it('should report the wait of each work that left the queue', async () => {
    jest.useFakeTimers();
    const waits: number[] = [];
    const bulkhead = new Bulkhead(OPTIONS, (seconds) => waits.push(seconds));
    const first = job();
    const runs = [bulkhead.run(never, first.work), bulkhead.run(never, first.work)];
    jest.advanceTimersByTime(2_500);
    first.end();
    await Promise.all(runs);
    expect(waits).toEqual([2.5]);
  });

  it('should leave no timer or listener, in every case', async () => {
    jest.useFakeTimers();
    const controller = new AbortController();
    const { signal } = controller;
    const left = (): readonly number[] => [jest.getTimerCount(), getEventListeners(signal, 'abort').length];
    const bulkhead = new Bulkhead({ ...OPTIONS, queueTimeoutMs: 1_000 });
    const first = job();
    const running = bulkhead.run(never, first.work);
    const tooLong = reasonOf(bulkhead.run(signal, first.work));
    expect(left()).toEqual([1, 1]);
    jest.advanceTimersByTime(1_000);
    expect(await tooLong).toBe('queue-timeout');
    expect(left()).toEqual([0, 0]);

    const entered = bulkhead.run(signal, () => Promise.resolve('in'));
    first.end();
    await running;
    expect(await entered).toBe('in');
    expect(left()).toEqual([0, 0]);

    const second = job();
    const runningAgain = bulkhead.run(never, second.work);
    const gaveUp = reasonOf(bulkhead.run(signal, second.work));
    controller.abort('gave up');
    expect(await gaveUp).toBe('gave up');
    expect(left()).toEqual([0, 0]);
    second.end();
    await runningAgain;
  });
});
