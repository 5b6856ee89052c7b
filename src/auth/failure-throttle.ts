import { LRUCache } from 'lru-cache';
import type { Consumer } from './consumer.ts';

const WINDOW_MS = 60_000;
/** The maximum number of addresses, and of pairs of address and consumer, in memory: a few megabytes. */
const MAX_REMEMBERED = 10_000;

interface Window {
  failures: number;
  readonly endsAt: number;
}

/**
 * Slows down guessing of API keys. An address that sent too many wrong API keys within a minute is throttled until
 * the minute is over: its API keys are rejected, valid or not. API keys that worked from this address before still
 * work, so that a guesser does not lock out others who share the address.
 */
export class FailureThrottle {
  readonly #perMinute: number;
  readonly #now: () => number;
  readonly #windows = new LRUCache<string, Window>({ max: MAX_REMEMBERED });
  readonly #known = new LRUCache<string, true>({ max: MAX_REMEMBERED });

  /**
   * @param perMinute wrong API keys allowed per address and minute; 0 for no limit
   * @param now a clock, in milliseconds
   */
  constructor(perMinute: number, now: () => number = () => performance.now()) {
    this.#perMinute = perMinute;
    this.#now = now;
  }

  get isOn(): boolean {
    return this.#perMinute > 0;
  }

  /** Seconds until the address is no longer throttled, rounded up; 0 when it is not. */
  secondsLeft(address: string): number {
    const window = this.#windows.size === 0 ? undefined : this.#windows.get(address);
    if (window === undefined || window.failures < this.#perMinute) return 0;
    return Math.max(0, Math.ceil((window.endsAt - this.#now()) / 1000));
  }

  /** Whether a valid API key is accepted. If so, it stays accepted from this address. */
  passes(address: string, { name }: Consumer): boolean {
    const pair = `${address} ${name}`;
    if (this.#known.get(pair) === true) return true;
    if (this.secondsLeft(address) > 0) return false;
    this.#known.set(pair, true);
    return true;
  }

  /**
   * Counts a wrong API key.
   *
   * @returns whether this one reached the limit
   */
  failed(address: string): boolean {
    const now = this.#now();
    let window = this.#windows.get(address);
    if (window === undefined || window.endsAt <= now) {
      window = { failures: 0, endsAt: now + WINDOW_MS };
      this.#windows.set(address, window);
    }
    window.failures += 1;
    return window.failures === this.#perMinute;
  }
}
