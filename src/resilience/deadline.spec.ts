import { getEventListeners, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../../test/eventually.ts';
import {
  after,
  afterRunning,
  Cancelled,
  Deadline,
  DeadlineExceeded,
  sleep,
  unlessAborted,
} from './deadline.ts';

afterEach(() => {
  jest.useRealTimers();
});

describe('Deadline', () => {
  it('should abort with DeadlineExceeded when its time is over', async () => {
    const deadline = new Deadline(20);
    expect(deadline.signal.aborted).toBe(false);
    await eventually(() => {
      expect(deadline.signal.reason).toBeInstanceOf(DeadlineExceeded);
    });
    expect(deadline.remainingMs).toBe(0);
    expect(String(deadline.signal.reason)).toBe('DeadlineExceeded: not done within 20 ms');
  });

  it('should return the time left', async () => {
    const deadline = new Deadline(60_000);
    const before = deadline.remainingMs;
    expect(before).toBeLessThanOrEqual(60_000);
    expect(before).toBeGreaterThan(50_000);
    await sleep(10, deadline.signal);
    expect(deadline.remainingMs).toBeLessThan(before);
    deadline.clear();
  });

  it('should abort with Cancelled when it is cancelled', () => {
    const deadline = new Deadline(60_000);
    deadline.cancel();
    expect(deadline.remainingMs).toBe(0);
    expect(String(deadline.signal.reason)).toBe('Cancelled: the client left');
  });

  it('should keep no timer when it is over, whatever ended it', () => {
    jest.useFakeTimers();
    new Deadline(60_000).cancel();
    new Deadline(60_000).clear();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('should keep the first reason', async () => {
    const deadline = new Deadline(5);
    await eventually(() => {
      expect(deadline.signal.aborted).toBe(true);
    });
    deadline.cancel();
    expect(deadline.signal.reason).toBeInstanceOf(DeadlineExceeded);
  });

  it('should abort nothing once it is cleared', async () => {
    const deadline = new Deadline(5);
    deadline.clear();
    await sleep(30, new AbortController().signal);
    expect(deadline.signal.aborted).toBe(false);
  });
});

/** Blocks the event loop, as when the process is stopped. */
function standStill(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Both ends of a connection. Data written to one stays in the socket of the other until the event loop reads it. */
async function connection(): Promise<{ near: Socket; far: Socket; close: () => void }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [far] = (await accepted) as [Socket];
  return {
    near,
    far,
    close: () => {
      near.destroy();
      far.destroy();
      server.close();
    },
  };
}

describe.each([
  ['after', after],
  ['afterRunning', afterRunning],
])('%s', (_, wait) => {
  it('should act in time, and not once it is cancelled', async () => {
    let acted = 0;
    const cancel = wait(5, () => (acted += 1));
    cancel();
    wait(20, () => (acted += 10));
    await eventually(() => {
      expect(acted).toBe(10);
    });
  });

  it('should read data that has arrived before it acts, when the process stood still', async () => {
    const { near, far, close } = await connection();
    const events: string[] = [];
    near.once('data', () => {
      events.push('read');
      cancel();
    });
    const cancel = wait(20, () => events.push('gave up'));
    const end = wait(20, () => events.push('the end'));
    // The data reaches the other socket before the next turn of the event loop.
    far.write('answer');
    standStill(50);
    await eventually(() => {
      expect(events).toEqual(['read', 'the end']);
    });
    end();
    close();
  });
});

describe('afterRunning', () => {
  it('should not count the time in which the process stood still', async () => {
    let acted = false;
    const startedAt = performance.now();
    afterRunning(200, () => (acted = true));
    standStill(600);
    await eventually(() => {
      expect(acted).toBe(true);
    });
    // The process stood still 400 ms too long, but the extension is at most the time that was set.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(790);
  });
});

describe('unlessAborted', () => {
  it('should clean up once, and take no other result after the first', async () => {
    for (const isAborted of [true, false]) {
      const controller = new AbortController();
      const { signal } = controller;
      let cleanUps = 0;
      let end: (value: string) => void = () => undefined;
      const result = unlessAborted<string>(signal, (resolve) => {
        end = resolve;
        return () => (cleanUps += 1);
      });
      const abort = (): void => {
        controller.abort(new Cancelled('gone'));
      };
      const finish = (): void => {
        end('done');
      };
      for (const act of isAborted ? [abort, finish] : [finish, abort]) act();
      expect([cleanUps, getEventListeners(signal, 'abort').length]).toEqual([1, 0]);
      if (isAborted) await expect(result).rejects.toThrow('gone');
      else expect(await result).toBe('done');
    }
  });
});

describe('sleep', () => {
  it('should wait', async () => {
    const startedAt = performance.now();
    await sleep(30, new AbortController().signal);
    expect(performance.now() - startedAt).toBeGreaterThan(25);
  });

  it('should end at once with the reason of the signal', async () => {
    const controller = new AbortController();
    const sleeping = sleep(60_000, controller.signal);
    controller.abort(new Cancelled('gone'));
    await expect(sleeping).rejects.toThrow('gone');
    await expect(sleep(60_000, controller.signal)).rejects.toThrow('gone');
  });

  it('should leave no timer or listener', async () => {
    jest.useFakeTimers();
    const controller = new AbortController();
    const { signal } = controller;
    const left = (): readonly number[] => [jest.getTimerCount(), getEventListeners(signal, 'abort').length];
    const waiting = sleep(1_000, signal);
    expect(left()).toEqual([1, 1]);
    jest.advanceTimersByTime(1_000);
    await waiting;
    expect(left()).toEqual([0, 0]);

    const aborted = sleep(1_000, signal);
    controller.abort(new Cancelled('gone'));
    await expect(aborted).rejects.toThrow('gone');
    expect(left()).toEqual([0, 0]);
  });
});
