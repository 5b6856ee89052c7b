import { afterEach, describe, expect, it } from '@jest/globals';
import { CRASH, EXIT, HANG, OUT_OF_MEMORY, WHOLE } from './verification-thread.fixture.ts';
import { VerificationThread } from './verification-thread.ts';

const threads: VerificationThread[] = [];
const ENTRY = new URL('./verification-thread.fixture.ts', import.meta.url);
/** Node starts no worker with this entry: the constructor throws, as it does when the process has no thread left. */
const NO_ENTRY = new URL('http://localhost/');
let entry = ENTRY;

afterEach(async () => {
  entry = ENTRY;
  await Promise.all(threads.splice(0).map((thread) => thread.close()));
});

interface Setup {
  readonly thread: VerificationThread;
  /** The number of running verifications. */
  readonly started: () => number;
  readonly verify: (what: number, signal?: AbortSignal, units?: number) => Promise<number | undefined>;
}

function setup(idleMs = 60_000): Setup {
  let started = 0;
  const onStart = (): (() => void) => {
    started += 1;
    return () => {
      started -= 1;
    };
  };
  const thread = new VerificationThread({
    get entry() {
      return entry;
    },
    idleMs,
    remembered: 0,
    onStart,
  });
  threads.push(thread);
  return {
    thread,
    started: () => started,
    verify: async (what, signal = new AbortController().signal, units = 1) => {
      const task = { bytes: Uint8Array.of(what, 7), options: { level: 'deep', units } } as const;
      const { bytes } = await thread.run(task, signal);
      return bytes.at(1);
    },
  };
}

describe('VerificationThread', () => {
  it('should return the document and its verdict', async () => {
    const { verify, started } = setup();
    expect(await verify(WHOLE)).toBe(7);
    expect(started()).toBe(0);
  });

  it.each([
    ['a defect', CRASH, 'a defect'],
    ['its own exit', EXIT, 'the worker of the verification ended'],
    ['lack of memory', OUT_OF_MEMORY, 'memory limit'],
  ])('should continue with queued documents when %s ends the worker', async (_, what, message) => {
    const { verify, started } = setup();
    const ended = verify(what);
    const waiting = [verify(WHOLE), verify(WHOLE)];
    await expect(ended).rejects.toThrow(message);
    expect(await Promise.all(waiting)).toEqual([7, 7]);
    expect(started()).toBe(0);
  });

  it('should continue with queued documents when the running one is aborted', async () => {
    const { verify, started } = setup();
    const leaving = new AbortController();
    const left = verify(HANG, leaving.signal);
    const waiting = [verify(WHOLE), verify(WHOLE)];
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect(await Promise.all(waiting)).toEqual([7, 7]);
    expect(started()).toBe(0);
  });

  it('should count an aborted document until its worker has ended', async () => {
    const { verify, started } = setup();
    const leaving = new AbortController();
    let counted: number | undefined;
    const left = verify(HANG, leaving.signal).catch(() => {
      counted = started();
    });
    leaving.abort();
    expect(started()).toBe(1);
    await left;
    expect(counted).toBe(0);
  });

  it('should remove only the aborted document from the queue', async () => {
    const { thread, verify } = setup();
    const [leaving, hanging] = [new AbortController(), new AbortController()];
    const hung = verify(HANG, hanging.signal);
    const left = verify(WHOLE, leaving.signal);
    const stays = verify(WHOLE);
    expect(thread.queued).toBe(2);
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect(thread.queued).toBe(1);
    hanging.abort(new Error('hung'));
    await expect(hung).rejects.toThrow('hung');
    expect(await stays).toBe(7);
  });

  it('should reject documents while no worker can be started, and continue afterwards', async () => {
    const { verify, started } = setup();
    entry = NO_ENTRY;
    const rejected = [verify(WHOLE), verify(WHOLE)];
    for (const each of rejected) await expect(each).rejects.toMatchObject({ code: 'ERR_INVALID_URL_SCHEME' });
    expect(started()).toBe(0);
    entry = ENTRY;
    expect(await verify(WHOLE)).toBe(7);
  });

  it('should reject a queued document when the worker ends and no other can be started', async () => {
    const { verify, started } = setup();
    const controller = new AbortController();
    expect(await verify(WHOLE)).toBe(7);
    const running = verify(HANG, controller.signal);
    const waiting = verify(WHOLE);
    entry = NO_ENTRY;
    controller.abort(new Error('left'));
    await expect(running).rejects.toThrow('left');
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_INVALID_URL_SCHEME' });
    expect(started()).toBe(0);
  });

  it('should not start when the signal is already aborted', async () => {
    const { verify } = setup();
    await expect(verify(WHOLE, AbortSignal.abort(new Error('left')))).rejects.toThrow('left');
  });

  it('should verify first what may take less work, and otherwise in the order of arrival', async () => {
    const { verify } = setup();
    const order: string[] = [];
    const run = async (name: string, units: number): Promise<void> => {
      await verify(WHOLE, undefined, units);
      order.push(name);
    };
    await Promise.all([run('first', 9), run('long', 9), run('short', 1), run('short too', 1)]);
    expect(order).toEqual(['first', 'short', 'short too', 'long']);
  });

  it('should start again after it was idle', async () => {
    const { verify } = setup(0);
    for (let times = 0; times < 20; times += 1) {
      expect(await verify(WHOLE)).toBe(7);
      if (times % 2 === 0) await new Promise((resolve) => setTimeout(resolve, times));
    }
  });

  it('should reject queued documents when it is closed', async () => {
    const { thread, verify } = setup();
    const ended = [verify(HANG), verify(WHOLE)].map((promise) => promise.catch(String));
    await thread.close();
    for (const reason of await Promise.all(ended)) expect(reason).toMatch(/^Error: /);
    await expect(verify(WHOLE)).rejects.toThrow('the verification has been stopped');
  });
});
