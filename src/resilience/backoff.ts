export interface BackoffOptions {
  /** Milliseconds: the most that the first wait takes; it doubles with each attempt. */
  readonly baseDelayMs: number;
  /** Milliseconds: the most that any wait takes. */
  readonly maxDelayMs: number;
}

/**
 * Exponential backoff with full jitter: anything from nothing to the bound, so that those who failed
 * together do not come back together.
 *
 * @param attempt the attempt that has just failed, from 1
 * @returns milliseconds to wait before the next one
 */
export function backoff(
  attempt: number,
  options: BackoffOptions,
  random: () => number = Math.random,
): number {
  return random() * Math.min(options.maxDelayMs, options.baseDelayMs * 2 ** (attempt - 1));
}
