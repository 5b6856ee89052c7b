export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/** The result is no longer needed, usually because the client disconnected. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** A timer that is later than this, in milliseconds, may run before data that has already arrived is read. */
const LATE_MS = 2;
/** A timer later than this, in milliseconds, shows that the process stood still: stopped, moved or without CPU. */
const STANDSTILL_MS = 100;
/** The maximum delay of a timer of Node, which runs at once for a longer one. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Calls `act` after `ms` milliseconds, at most 24 days. Returns a function that cancels the call. */
export function after(ms: number, act: () => void): () => void {
  let immediate: NodeJS.Immediate | undefined;
  const startedAt = performance.now();
  const timer = setTimeout(
    () => {
      // Reads the sockets first: the answer may have arrived already.
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

/** Like `after`, for time limits of clients and upstream: time in which this process stood still does not count. */
export function afterRunning(ms: number, act: () => void): () => void {
  const startedAt = performance.now();
  let cancel = after(ms, () => {
    const lateMs = standstillSince(startedAt, ms);
    if (lateMs === 0) act();
    else cancel = after(Math.min(lateMs, ms), act);
  });
  return () => cancel();
}

/** The milliseconds by which a timer is late, if the process stood still; 0 otherwise. */
export function standstillSince(startedAt: number, ms: number): number {
  const lateMs = performance.now() - startedAt - ms;
  return lateMs > STANDSTILL_MS ? lateMs : 0;
}

/** The deadline of one request. The reason of its signal is a DeadlineExceeded or a Cancelled. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly signal = this.#controller.signal;
  readonly #expiresAt: number;
  /** Frees the timer, when the work has ended in any way. */
  readonly clear: () => void;

  constructor(ms: number) {
    this.#expiresAt = performance.now() + ms;
    this.clear = after(ms, () => this.#controller.abort(new DeadlineExceeded(`not done within ${ms} ms`)));
  }

  /** 0 once it is over: a timer of Node may be up to a millisecond early. */
  get remainingMs(): number {
    return this.signal.aborted ? 0 : Math.max(0, this.#expiresAt - performance.now());
  }

  cancel(): void {
    this.#controller.abort(new Cancelled('the client left'));
    this.clear();
  }
}

/** Settled by `start`, or by the signal's reason. @param start returns a function that is called when it is settled */
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
    const onAbort = settling(() => reject(signal.reason as Error));
    signal.addEventListener('abort', onAbort);
    cleanUp = start(settling(resolve), settling(reject));
  });
}

/** Waits for `ms` milliseconds. @throws the signal's reason, as soon as it aborts */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return unlessAborted(signal, (resolve) => after(ms, resolve));
}

/** Whether work takes longer than `ms`, standstills not counted; false as soon as it ends or the signal aborts. */
export function takesLongerThan(work: Promise<unknown>, ms: number, signal: AbortSignal): Promise<boolean> {
  return unlessAborted<boolean>(signal, (resolve) => {
    const end = (): void => resolve(false);
    work.then(end, end);
    return afterRunning(ms, () => resolve(true));
  }).catch(() => false);
}
