export interface BackoffOptions {
  /** The maximum first wait in milliseconds. It doubles with each attempt. */
  readonly baseDelayMs: number;
  /** The maximum of every wait in milliseconds. */
  readonly maxDelayMs: number;
}

/**
 * Exponential backoff with full jitter: a random wait from 0 to the maximum, so that requests that failed together
 * are not retried together.
 *
 * @param attempt the attempt that just failed, from 1
 * @returns the wait before the next attempt in milliseconds
 */
export function backoff(
  attempt: number,
  options: BackoffOptions,
  random: () => number = Math.random,
): number {
  return random() * Math.min(options.maxDelayMs, options.baseDelayMs * 2 ** (attempt - 1));
}
