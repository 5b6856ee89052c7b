/** The time for the whole request is over. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/** Nobody waits for the answer any more. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/**
 * One bound on everything that is done for a request, waiting included: its signal goes to all of it. The
 * signal's reason is a DeadlineExceeded or a Cancelled.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #expiresAt: number;
  readonly #timer: NodeJS.Timeout;

  /** @param ms milliseconds from now */
  constructor(ms: number) {
    this.#expiresAt = performance.now() + ms;
    this.#timer = setTimeout(() => {
      this.#controller.abort(new DeadlineExceeded(`not done within ${ms} ms`));
    }, ms);
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
    clearTimeout(this.#timer);
  }
}

/**
 * Waits.
 *
 * @throws the signal's reason, at once when it aborts
 */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
