import { Cancelled, takesLongerThan } from './deadline.ts';

export interface HedgeOptions<T> {
  /** Aborts both tries. */
  readonly signal: AbortSignal;
  /** Milliseconds after which the first try counts as slow. */
  readonly delayMs: number;
  readonly start: (signal: AbortSignal) => Promise<T>;
  /** Asked when the first try is slow: whether a second one may be made. */
  readonly mayHedge: () => boolean;
  /** Whether a result is worth having. */
  readonly isGood: (result: T) => boolean;
  /** Takes a result that came too late to be used. */
  readonly discard: (result: T) => void;
}

/**
 * Starts a second try beside a first one that is slow, takes the first good result and aborts the other try.
 * When neither is good, the one that came last stands.
 */
export async function hedge<T>({ signal, delayMs, start, ...options }: HedgeOptions<T>): Promise<T> {
  const losers = new AbortController();
  const either = AbortSignal.any([signal, losers.signal]);
  const first = start(either);
  try {
    if (!(await takesLongerThan(first, delayMs, signal)) || !options.mayHedge()) return await first;
    return await firstGood([first, start(either)], options);
  } finally {
    losers.abort(new Cancelled('the other try was faster'));
  }
}

async function firstGood<T>(
  tries: readonly Promise<T>[],
  { isGood, discard }: Pick<HedgeOptions<T>, 'isGood' | 'discard'>,
): Promise<T> {
  let pending = tries.length;
  let settled = false;
  return new Promise<T>((resolve, reject) => {
    for (const one of tries) {
      one.then(
        (result) => {
          pending -= 1;
          if (settled) discard(result);
          else if (isGood(result) || pending === 0) {
            settled = true;
            resolve(result);
          }
        },
        (error: unknown) => {
          pending -= 1;
          if (!settled && pending === 0) reject(error);
        },
      );
    }
  });
}
