/** The time for the whole request is over. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/** Nobody waits for the answer any more. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** A timer that is later than this, in milliseconds, may have answers behind it that were not read yet. */
const LATE_MS = 2;
/** A timer that is later than this, in milliseconds, tells that the process stood still: stopped, moved, or short of time. */
const STANDSTILL_MS = 100;
/** The longest that a timer of Node takes; one that is set to more acts at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Acts after so many milliseconds, 24 days at most. When the timer is late, what lies in the sockets is read first: timers
 * run before that, and would give up on an answer that is there.
 *
 * @returns call it to cancel
 */
export function after(ms: number, act: () => void): () => void {
  let immediate: NodeJS.Immediate | undefined;
  const startedAt = performance.now();
  const timer = setTimeout(
    () => {
      if (performance.now() - startedAt - ms > LATE_MS) immediate = setImmediate(act);
      else act();
    },
    Math.min(ms, MAX_TIMER_MS),
  );
  return () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };
}

/**
 * The same, for a judgement of somebody else: time in which this process stood still does not count against them.
 *
 * @returns call it to cancel
 */
export function afterRunning(ms: number, act: () => void): () => void {
  const startedAt = performance.now();
  let cancel = after(ms, () => {
    const lateMs = standstillSince(startedAt, ms);
    if (lateMs === 0) act();
    else cancel = after(Math.min(lateMs, ms), act);
  });
  return () => {
    cancel();
  };
}

/** Milliseconds by which a timer is late, as far as they are a standstill of the process; 0 otherwise. */
export function standstillSince(startedAt: number, ms: number): number {
  const lateMs = performance.now() - startedAt - ms;
  return lateMs > STANDSTILL_MS ? lateMs : 0;
}

/**
 * One bound on everything that is done for a request, waiting included: its signal goes to all of it. The
 * signal's reason is a DeadlineExceeded or a Cancelled.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #expiresAt: number;
  readonly #cancelTimer: () => void;

  /** @param ms milliseconds from now */
  constructor(ms: number) {
    this.#expiresAt = performance.now() + ms;
    this.#cancelTimer = after(ms, () => {
      this.#controller.abort(new DeadlineExceeded(`not done within ${ms} ms`));
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Milliseconds left; 0 when it has passed. */
  get remainingMs(): number {
    return Math.max(0, this.#expiresAt - performance.now());
  }

  cancel(): void {
    this.#controller.abort(new Cancelled('the client left'));
    this.clear();
  }

  /** Call it when the work is done, whatever came out: it frees the timer. */
  clear(): void {
    this.#cancelTimer();
  }
}

/**
 * A promise that is settled as `start` says, or with the signal's reason when it aborts first.
 *
 * @param start gives back what is called once, in the moment in which the promise is settled
 */
export function unlessAborted<T>(
  signal: AbortSignal,
  start: (resolve: (value: T) => void, reject: (error: Error) => void) => () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    let cleanUp: (() => void) | undefined;
    const settling =
      <V>(settle: (value: V) => void) =>
      (value: V): void => {
        signal.removeEventListener('abort', onAbort);
        cleanUp?.();
        cleanUp = undefined;
        settle(value);
      };
    const onAbort = settling(() => {
      reject(signal.reason as Error);
    });
    signal.addEventListener('abort', onAbort);
    cleanUp = start(settling(resolve), settling(reject));
  });
}

/**
 * Waits.
 *
 * @throws the signal's reason, at once when it aborts
 */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return unlessAborted(signal, (resolve) => after(ms, resolve));
}

/** Whether the work is still going on after so many milliseconds; false at once when it ends, or the signal aborts. */
export async function takesLongerThan(
  work: Promise<unknown>,
  ms: number,
  signal: AbortSignal,
): Promise<boolean> {
  const timer = unlessAborted<boolean>(signal, (resolve) => {
    const end = (): void => {
      resolve(false);
    };
    work.then(end, end);
    return after(ms, () => {
      resolve(true);
    });
  });
  return timer.catch(() => false);
}
