import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../../test/eventually.ts';
import { Cancelled, Deadline, DeadlineExceeded } from '../resilience/deadline.ts';
import { parseSettings } from '../settings/settings.ts';
import { Coalescer } from './coalescer.ts';
import type { DocumentRequest, VerifiedDocument } from './document-fetcher.ts';

/** Fetches that end when the test says so. */
class Fetches {
  readonly started: DocumentRequest[] = [];
  released = 0;
  readonly #settle: PromiseWithResolvers<VerifiedDocument>[] = [];

  readonly fetch = (request: DocumentRequest): Promise<VerifiedDocument> => {
    const pending = Promise.withResolvers<VerifiedDocument>();
    const { signal } = request.deadline;
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

function setup(env: Readonly<Record<string, string>> = {}): { coalescer: Coalescer; fetches: Fetches } {
  const settings = parseSettings({ API_KEY: 'a-key', COALESCE: 'true', ...env });
  return { coalescer: new Coalescer(settings), fetches: new Fetches() };
}

function request(id: string, deadline = new Deadline(60_000)): DocumentRequest {
  deadline.signal.addEventListener('abort', () => {
    deadline.clear();
  });
  deadline.clear();
  return { id, deadline, headers: {}, record: {} };
}

/** A request whose deadline is kept. */
const timed = (ms: number): DocumentRequest => ({ ...request('1'), deadline: new Deadline(ms) });

const text = async (document: Promise<VerifiedDocument>): Promise<string> =>
  (await document).bytes.toString();

afterEach(() => {
  jest.useRealTimers();
});

describe('Coalescer', () => {
  it('should leave each request its own fetch unless it is switched on', async () => {
    const { coalescer, fetches } = setup({ COALESCE: 'false' });
    const requests = [request('1'), request('1')];
    const shares = requests.map((one) => coalescer.share(one, fetches.fetch));
    expect(fetches.started).toEqual(requests);
    fetches.succeed('a');
    fetches.succeed('b');
    expect(await Promise.all(shares.map(text))).toEqual(['a', 'b']);
  });

  it('should let concurrent requests for one id share a fetch, and no others', async () => {
    const { coalescer, fetches } = setup();
    const shares = ['1', '2', '1', '01'].map((id) => coalescer.share(request(id), fetches.fetch));
    expect(fetches.started.map(({ id }) => id)).toEqual(['1', '2', '01']);
    for (const body of ['one', 'two', 'nought-one']) fetches.succeed(body);
    expect(await Promise.all(shares.map(text))).toEqual(['one', 'two', 'one', 'nought-one']);
  });

  it('should fetch anew once the fetch is over', async () => {
    const { coalescer, fetches } = setup();
    const first = coalescer.share(request('1'), fetches.fetch);
    fetches.succeed('first');
    expect(await text(first)).toBe('first');
    const second = coalescer.share(request('1'), fetches.fetch);
    fetches.succeed('second');
    expect(await text(second)).toBe('second');
  });

  it('should let everybody know that the fetch failed, and forget it', async () => {
    const { coalescer, fetches } = setup();
    const shares = [1, 2].map(() => coalescer.share(request('1'), fetches.fetch));
    fetches.fail(new Error('failed'));
    const results = await Promise.allSettled(shares);
    expect(results.map((result) => 'reason' in result && String(result.reason))).toEqual([
      'Error: failed',
      'Error: failed',
    ]);
    const again = coalescer.share(request('1'), fetches.fetch);
    fetches.succeed('again');
    expect(await text(again)).toBe('again');
  });

  it('should give the memory back when the last who got the document is done with it', async () => {
    const { coalescer, fetches } = setup();
    const shares = [1, 2, 3].map(() => coalescer.share(request('1'), fetches.fetch));
    fetches.succeed('shared');
    for (const [index, document] of (await Promise.all(shares)).entries()) {
      expect(fetches.released).toBe(0);
      document.release();
      expect(fetches.released).toBe(index === 2 ? 1 : 0);
    }
  });

  it.each([0, 1, 2, 3])(
    'should not give it back under one who joins in the moment in which it comes, %i turns after',
    async (turns) => {
      const { coalescer, fetches } = setup();
      const first = coalescer.share(request('1'), fetches.fetch);
      fetches.succeed('shared');
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      const late = coalescer.share(request('1'), fetches.fetch);
      fetches.succeed('its own');
      const [one, other] = await Promise.all([first, late]);
      one.release();
      expect(fetches.released).toBe(one.bytes === other.bytes ? 0 : 1);
      other.release();
      expect(fetches.released).toBe(fetches.started.length);
    },
  );

  it('should go on while anybody waits, and end at once when the last one leaves', async () => {
    const { coalescer, fetches } = setup();
    const deadlines = [new Deadline(60_000), new Deadline(60_000)];
    const shares = deadlines.map((deadline) => coalescer.share(request('1', deadline), fetches.fetch));
    const [fetch] = fetches.started;
    deadlines[0]?.cancel();
    await expect(shares[0]).rejects.toBeInstanceOf(Cancelled);
    expect(fetch?.deadline.signal.aborted).toBe(false);
    deadlines[1]?.cancel();
    await expect(shares[1]).rejects.toBeInstanceOf(Cancelled);
    expect(fetch?.deadline.signal.aborted).toBe(true);
  });

  it('should start anew for one who comes when all others have left', async () => {
    const { coalescer, fetches } = setup();
    const deadline = new Deadline(60_000);
    const left = coalescer.share(request('1', deadline), fetches.fetch);
    deadline.cancel();
    const stayed = coalescer.share(request('1'), fetches.fetch);
    await expect(left).rejects.toBeInstanceOf(Cancelled);
    fetches.succeed('nobody wants it');
    fetches.succeed('fresh');
    expect(await text(stayed)).toBe('fresh');
    expect(fetches.started).toHaveLength(2);
  });

  it('should count only those who are there when the document comes', async () => {
    const { coalescer, fetches } = setup();
    const deadline = new Deadline(60_000);
    const left = coalescer.share(request('1', deadline), fetches.fetch);
    const stayed = coalescer.share(request('1'), fetches.fetch);
    deadline.cancel();
    await expect(left).rejects.toBeInstanceOf(Cancelled);
    fetches.succeed('shared');
    (await stayed).release();
    expect(fetches.released).toBe(1);
  });

  it('should give the memory back when the last one leaves in the moment in which the document comes', async () => {
    const { coalescer, fetches } = setup();
    const deadline = new Deadline(60_000);
    const left = coalescer.share(request('1', deadline), fetches.fetch);
    fetches.succeed('nobody wants it');
    deadline.cancel();
    await expect(left).rejects.toBeInstanceOf(Cancelled);
    await eventually(() => {
      expect(fetches.released).toBe(1);
    });
  });

  it('should leave neither timer nor listener behind', async () => {
    jest.useFakeTimers();
    const { coalescer, fetches } = setup();
    const one = request('1');
    const share = coalescer.share(one, fetches.fetch);
    const listeners = (): number => getEventListeners(one.deadline.signal, 'abort').length;
    const before = listeners();
    fetches.succeed('document');
    await share;
    expect([listeners(), jest.getTimerCount()]).toEqual([before - 1, 0]);
  });

  it('should not take in one who has left already', async () => {
    const { coalescer, fetches } = setup();
    const deadline = new Deadline(60_000);
    deadline.cancel();
    await expect(coalescer.share(request('1', deadline), fetches.fetch)).rejects.toBeInstanceOf(Cancelled);
    expect(fetches.started).toHaveLength(0);
  });

  it('should give those who came late the time that is theirs', async () => {
    const { coalescer, fetches } = setup({ DEADLINE_MS: '50' });
    const first = coalescer.share(timed(50), fetches.fetch);
    const late = coalescer.share(request('1'), fetches.fetch);
    await expect(first).rejects.toBeInstanceOf(DeadlineExceeded);
    await eventually(() => {
      expect(fetches.started).toHaveLength(2);
    });
    fetches.succeed('nobody waits for it');
    fetches.succeed('in time');
    expect(await text(late)).toBe('in time');
  });

  it('should end with the deadline of the request, though others wait', async () => {
    const { coalescer, fetches } = setup({ DEADLINE_MS: '60000' });
    const short = coalescer.share(timed(20), fetches.fetch);
    const long = coalescer.share(request('1'), fetches.fetch);
    await expect(short).rejects.toBeInstanceOf(DeadlineExceeded);
    fetches.succeed('in time');
    expect(await text(long)).toBe('in time');
    expect(fetches.started).toHaveLength(1);
  });
});
