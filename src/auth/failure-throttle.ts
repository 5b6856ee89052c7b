import { LRUCache } from 'lru-cache';
import type { Consumer } from './consumer.ts';

const WINDOW_MS = 60_000;
/** The maximum number of addresses, and of pairs of address and consumer, in memory: a few megabytes. */
const MAX_REMEMBERED = 10_000;

/**
 * Slows down guessing of API keys. An address that sent too many wrong API keys within a minute is throttled until
 * the minute is over: its API keys are rejected, valid or not. API keys that worked from this address before still
 * work, so that a guesser does not lock out others who share the address.
 */
export class FailureThrottle {
  readonly #perMinute: number;
  /** The wrong API keys of each address in its minute, which begins with the first of them. */
  readonly #failures: LRUCache<string, number>;
  readonly #known = new LRUCache<string, true>({ max: MAX_REMEMBERED });

  /**
   * @param perMinute wrong API keys allowed per address and minute; 0 for no limit
   * @param clock in milliseconds
   */
  constructor(perMinute: number, clock: { now(): number } = performance) {
    this.#perMinute = perMinute;
    this.#failures = new LRUCache({
      max: MAX_REMEMBERED,
      ttl: WINDOW_MS,
      noUpdateTTL: true,
      ttlResolution: 0,
      perf: clock,
    });
  }

  get isOn(): boolean {
    return this.#perMinute > 0;
  }

  /** Seconds until the address is no longer throttled, rounded up; 0 when it is not. */
  secondsLeft(address: string): number {
    if ((this.#failures.get(address) ?? 0) < this.#perMinute) return 0;
    return Math.ceil(this.#failures.getRemainingTTL(address) / 1000);
  }

  /** Whether a valid API key is accepted. If so, it stays accepted from this address. */
  passes(address: string, { name }: Consumer): boolean {
    const pair = `${address} ${name}`;
    if (this.#known.get(pair) === true) return true;
    if (this.secondsLeft(address) > 0) return false;
    this.#known.set(pair, true);
    return true;
  }

  /** Counts a wrong API key. Returns whether this one reached the limit. */
  failed(address: string): boolean {
    const failures = (this.#failures.get(address) ?? 0) + 1;
    this.#failures.set(address, failures);
    return failures === this.#perMinute;
  }
}
