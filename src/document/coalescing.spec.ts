import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../../test/eventually.ts';
import { Cancelled, Deadline, DeadlineExceeded } from '../resilience/deadline.ts';
import { Coalescing } from './coalescing.ts';
import type { DocumentRequest, DocumentSource, VerifiedDocument } from './document-source.ts';

/** A source whose fetches end when the test decides. */
class Fetches implements DocumentSource {
  readonly started: DocumentRequest[] = [];
  released = 0;
  readonly #settle: PromiseWithResolvers<VerifiedDocument>[] = [];

  readonly fetch = (request: DocumentRequest): Promise<VerifiedDocument> => {
    const pending = Promise.withResolvers<VerifiedDocument>();
    const { signal } = request;
    signal.addEventListener('abort', () => {
      pending.reject(signal.reason as Error);
    });
    this.started.push(request);
    this.#settle.push(pending);
    return pending.promise;
  };

  succeed(text: string): void {
    this.#settle.shift()?.resolve({
      bytes: Buffer.from(text),
      format: { mediaType: 'application/pdf', extension: 'pdf' },
      entityTag: '"tag"',
      release: () => (this.released += 1),
    });
  }

  fail(error: Error): void {
    this.#settle.shift()?.reject(error);
  }
}

function setup(deadlineMs = 10_000): { coalescing: Coalescing; fetches: Fetches } {
  const fetches = new Fetches();
  return { coalescing: new Coalescing(fetches, deadlineMs), fetches };
}

function request(id: string, deadline = new Deadline(60_000)): DocumentRequest {
  deadline.signal.addEventListener('abort', () => {
    deadline.clear();
  });
  deadline.clear();
  return { id, deadline, signal: deadline.signal, headers: {}, record: {}, span: undefined };
}

/** A request with a running deadline. */
const timed = (ms: number): DocumentRequest => {
  const deadline = new Deadline(ms);
  return { ...request('1'), deadline, signal: deadline.signal };
};

const text = async (document: Promise<VerifiedDocument>): Promise<string> =>
  (await document).bytes.toString();

afterEach(() => {
  jest.useRealTimers();
});

describe('Coalescing', () => {
  it('should let concurrent requests for one id share a fetch, and no others', async () => {
    const { coalescing, fetches } = setup();
    const shares = ['1', '2', '1', '01'].map((id) => coalescing.fetch(request(id)));
    expect(fetches.started.map(({ id }) => id)).toEqual(['1', '2', '01']);
    for (const body of ['one', 'two', 'nought-one']) fetches.succeed(body);
    expect(await Promise.all(shares.map(text))).toEqual(['one', 'two', 'one', 'nought-one']);
  });

  it('should fetch again once the fetch is over', async () => {
    const { coalescing, fetches } = setup();
    const first = coalescing.fetch(request('1'));
    fetches.succeed('first');
    expect(await text(first)).toBe('first');
    const second = coalescing.fetch(request('1'));
    fetches.succeed('second');
    expect(await text(second)).toBe('second');
  });

  it('should pass a failure to all waiting requests, and forget it', async () => {
    const { coalescing, fetches } = setup();
    const shares = [1, 2].map(() => coalescing.fetch(request('1')));
    fetches.fail(new Error('failed'));
    const results = await Promise.allSettled(shares);
    expect(results.map((result) => 'reason' in result && String(result.reason))).toEqual([
      'Error: failed',
      'Error: failed',
    ]);
    const again = coalescing.fetch(request('1'));
    fetches.succeed('again');
    expect(await text(again)).toBe('again');
  });

  it('should release the memory when the last holder releases the document', async () => {
    const { coalescing, fetches } = setup();
    const shares = [1, 2, 3].map(() => coalescing.fetch(request('1')));
    fetches.succeed('shared');
    for (const [index, document] of (await Promise.all(shares)).entries()) {
      expect(fetches.released).toBe(0);
      document.release();
      expect(fetches.released).toBe(index === 2 ? 1 : 0);
    }
  });

  it.each([0, 1, 2, 3])(
    'should not release it under a request that joins while it arrives, %i turns later',
    async (turns) => {
      const { coalescing, fetches } = setup();
      const first = coalescing.fetch(request('1'));
      fetches.succeed('shared');
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      const late = coalescing.fetch(request('1'));
      fetches.succeed('its own');
      const [one, other] = await Promise.all([first, late]);
      one.release();
      expect(fetches.released).toBe(one.bytes === other.bytes ? 0 : 1);
      other.release();
      expect(fetches.released).toBe(fetches.started.length);
    },
  );

  it('should continue while a request waits, and end at once when the last one leaves', async () => {
    const { coalescing, fetches } = setup();
    const deadlines = [new Deadline(60_000), new Deadline(60_000)];
    const shares = deadlines.map((deadline) => coalescing.fetch(request('1', deadline)));
    const [fetch] = fetches.started;
    deadlines[0]?.cancel();
    await expect(shares[0]).rejects.toBeInstanceOf(Cancelled);
    expect(fetch?.signal.aborted).toBe(false);
    deadlines[1]?.cancel();
    await expect(shares[1]).rejects.toBeInstanceOf(Cancelled);
    expect(fetch?.signal.aborted).toBe(true);
  });

  it('should start another fetch for a request after all others have left', async () => {
    const { coalescing, fetches } = setup();
    const deadline = new Deadline(60_000);
    const left = coalescing.fetch(request('1', deadline));
    deadline.cancel();
    const stayed = coalescing.fetch(request('1'));
    await expect(left).rejects.toBeInstanceOf(Cancelled);
    fetches.succeed('nobody wants it');
    fetches.succeed('fresh');
    expect(await text(stayed)).toBe('fresh');
    expect(fetches.started).toHaveLength(2);
  });

  it('should count only the requests that wait when the document arrives', async () => {
    const { coalescing, fetches } = setup();
    const deadline = new Deadline(60_000);
    const left = coalescing.fetch(request('1', deadline));
    const stayed = coalescing.fetch(request('1'));
    deadline.cancel();
    await expect(left).rejects.toBeInstanceOf(Cancelled);
    fetches.succeed('shared');
    (await stayed).release();
    expect(fetches.released).toBe(1);
  });

  it('should release the memory when the last request leaves just as the document arrives', async () => {
    const { coalescing, fetches } = setup();
    const deadline = new Deadline(60_000);
    const left = coalescing.fetch(request('1', deadline));
    fetches.succeed('nobody wants it');
    deadline.cancel();
    await expect(left).rejects.toBeInstanceOf(Cancelled);
    await eventually(() => {
      expect(fetches.released).toBe(1);
    });
  });

  it('should leave no timer or listener', async () => {
    jest.useFakeTimers();
    const { coalescing, fetches } = setup();
    const one = request('1');
    const share = coalescing.fetch(one);
    const listeners = (): number => getEventListeners(one.signal, 'abort').length;
    const before = listeners();
    fetches.succeed('document');
    await share;
    expect([listeners(), jest.getTimerCount()]).toEqual([before - 1, 0]);
  });

  it('should reject a request that was already aborted', async () => {
    const { coalescing, fetches } = setup();
    const deadline = new Deadline(60_000);
    deadline.cancel();
    await expect(coalescing.fetch(request('1', deadline))).rejects.toBeInstanceOf(Cancelled);
    expect(fetches.started).toHaveLength(0);
  });

  it('should give later requests their own deadline', async () => {
    const { coalescing, fetches } = setup(50);
    const first = coalescing.fetch(timed(50));
    const late = coalescing.fetch(request('1'));
    await expect(first).rejects.toBeInstanceOf(DeadlineExceeded);
    await eventually(() => {
      expect(fetches.started).toHaveLength(2);
    });
    fetches.succeed('nobody waits for it');
    fetches.succeed('in time');
    expect(await text(late)).toBe('in time');
  });

  it('should end with the deadline of the request while others wait', async () => {
    const { coalescing, fetches } = setup(60_000);
    const short = coalescing.fetch(timed(20));
    const long = coalescing.fetch(request('1'));
    await expect(short).rejects.toBeInstanceOf(DeadlineExceeded);
    fetches.succeed('in time');
    expect(await text(long)).toBe('in time');
    expect(fetches.started).toHaveLength(1);
  });
});
