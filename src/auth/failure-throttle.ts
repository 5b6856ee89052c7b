import { LRUCache } from 'lru-cache';
import type { Consumer } from './consumer.ts';

const WINDOW_MS = 60_000;
/** Addresses, and pairs of address and consumer, that are remembered: a few megabytes. */
const MAX_REMEMBERED = 10_000;

interface Window {
  failures: number;
  readonly endsAt: number;
}

/**
 * Makes guessing keys slow. An address that brought too many wrong keys within a minute has its keys looked at no more
 * until the minute is over, right or wrong; but for keys that have worked from there before, so that whoever shares an
 * address with the one who guesses is not locked out.
 */
export class FailureThrottle {
  readonly #perMinute: number;
  readonly #now: () => number;
  readonly #windows = new LRUCache<string, Window>({ max: MAX_REMEMBERED });
  readonly #known = new LRUCache<string, true>({ max: MAX_REMEMBERED });

  /**
   * @param perMinute wrong keys that one address may bring in a minute; 0 for any number
   * @param now a clock, in milliseconds
   */
  constructor(perMinute: number, now: () => number = () => performance.now()) {
    this.#perMinute = perMinute;
    this.#now = now;
  }

  get isOn(): boolean {
    return this.#perMinute > 0;
  }

  /** Seconds until the keys of this address are looked at again, rounded up; 0 when they are. */
  secondsLeft(address: string): number {
    const window = this.#windows.size === 0 ? undefined : this.#windows.get(address);
    if (window === undefined || window.failures < this.#perMinute) return 0;
    return Math.max(0, Math.ceil((window.endsAt - this.#now()) / 1000));
  }

  /** Whether a valid key passes, which from then on it does from this address. */
  passes(address: string, { name }: Consumer): boolean {
    const pair = `${address} ${name}`;
    if (this.#known.get(pair) === true) return true;
    if (this.secondsLeft(address) > 0) return false;
    this.#known.set(pair, true);
    return true;
  }

  /** @returns whether this was the wrong key with which the address has brought too many */
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
