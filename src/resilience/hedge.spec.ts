import { describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../../test/eventually.ts';
import { hedge, type HedgeOptions } from './hedge.ts';

interface Try {
  readonly signal: AbortSignal;
  readonly resolve: (result: string) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A hedged call whose tries end when the test says so; deaf ones do not hear their signal, as one that has its
 * result in hand already. A result is good unless it is called bad.
 */
function start({ deaf = false, ...options }: Partial<HedgeOptions<string>> & { deaf?: boolean } = {}): {
  readonly result: Promise<string>;
  readonly tries: readonly Try[];
  readonly discarded: readonly string[];
} {
  const tries: Try[] = [];
  const discarded: string[] = [];
  const result = hedge<string>({
    signal: new AbortController().signal,
    delayMs: 10,
    start: (signal) =>
      new Promise((resolve, reject) => {
        tries.push({ signal, resolve, reject });
        if (!deaf) signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
    mayHedge: () => true,
    isGood: (text) => !text.startsWith('bad'),
    discard: (text) => discarded.push(text),
    ...options,
  });
  // Whoever looks at the result sees it fail as well; this keeps Node from asking before.
  result.catch(() => undefined);
  return { result, tries, discarded };
}

async function nth(tries: readonly Try[], index: number): Promise<Try> {
  return eventually(() => {
    const one = tries[index];
    if (one === undefined) throw new Error(`there are ${tries.length} tries`);
    return one;
  });
}

describe('hedge', () => {
  it('should make one try when it is fast', async () => {
    const { result, tries } = start({ delayMs: 60_000 });
    (await nth(tries, 0)).resolve('first');
    expect(await result).toBe('first');
    expect(tries).toHaveLength(1);
  });

  it('should keep no timer for a second try when the first is fast, or fails at once', async () => {
    jest.useFakeTimers();
    try {
      for (const work of [Promise.resolve('first'), Promise.reject(new Error('failed'))]) {
        await start({ start: () => work }).result.catch(() => undefined);
        expect(jest.getTimerCount()).toBe(0);
      }
    } finally {
      jest.useRealTimers();
    }
  });

  it('should pass on at once that a fast try failed, without a second one', async () => {
    const { result, tries } = start({ delayMs: 60_000 });
    (await nth(tries, 0)).reject(new Error('failed'));
    await expect(result).rejects.toThrow('failed');
    expect(tries).toHaveLength(1);
  });

  it('should make a second try beside a slow one, take the faster and abort the other', async () => {
    const { result, tries } = start();
    const [second, first] = [await nth(tries, 1), await nth(tries, 0)];
    second.resolve('second');
    expect(await result).toBe('second');
    expect(String(first.signal.reason)).toBe('Cancelled: the other try was faster');
    expect(tries).toHaveLength(2);
  });

  it('should take the first try when that is good after all, and abort the second', async () => {
    const { result, tries } = start();
    const second = await nth(tries, 1);
    (await nth(tries, 0)).resolve('first');
    expect(await result).toBe('first');
    expect(second.signal.aborted).toBe(true);
  });

  it('should wait for the slow try when no second one may be made', async () => {
    let asked = 0;
    const { result, tries } = start({
      mayHedge: () => {
        asked += 1;
        return false;
      },
    });
    await eventually(() => {
      expect(asked).toBe(1);
    });
    (await nth(tries, 0)).resolve('first');
    expect(await result).toBe('first');
    expect([tries.length, asked]).toEqual([1, 1]);
  });

  it('should hold out for a good result when the first to come is bad, or an error', async () => {
    for (const spoil of [(one: Try) => one.resolve('bad'), (one: Try) => one.reject(new Error('failed'))]) {
      const { result, tries } = start();
      const [second, first] = [await nth(tries, 1), await nth(tries, 0)];
      spoil(second);
      first.resolve('good');
      expect(await result).toBe('good');
    }
  });

  it('should let the last stand when neither is good', async () => {
    const both = start();
    (await nth(both.tries, 1)).resolve('bad 2');
    (await nth(both.tries, 0)).resolve('bad 1');
    expect(await both.result).toBe('bad 1');

    const failed = start();
    (await nth(failed.tries, 1)).resolve('bad 2');
    (await nth(failed.tries, 0)).reject(new Error('failed'));
    await expect(failed.result).rejects.toThrow('failed');
  });

  it('should hand over what comes too late, so that its memory is freed', async () => {
    const { result, tries, discarded } = start({ deaf: true });
    const [second, first] = [await nth(tries, 1), await nth(tries, 0)];
    first.resolve('first');
    second.resolve('second');
    expect(await result).toBe('first');
    expect(discarded).toEqual(['second']);
  });

  it('should end both tries with the reason of the signal', async () => {
    const controller = new AbortController();
    const { result, tries } = start({ signal: controller.signal });
    await nth(tries, 1);
    controller.abort(new Error('over'));
    await expect(result).rejects.toThrow('over');
    expect(tries.every(({ signal }) => signal.aborted)).toBe(true);
  });

  it('should end before the delay with the reason of the signal', async () => {
    const controller = new AbortController();
    const { result, tries } = start({ signal: controller.signal, delayMs: 60_000 });
    await nth(tries, 0);
    controller.abort(new Error('over'));
    await expect(result).rejects.toThrow('over');
    expect(tries).toHaveLength(1);
  });
});
