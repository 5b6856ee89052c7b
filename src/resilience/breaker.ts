import { takesLongerThan } from './deadline.ts';
import { FailureWindow, type FailureWindowOptions } from './failure-window.ts';
import { Overloaded } from './overloaded.ts';

export interface BreakerOptions extends FailureWindowOptions {
  /** Milliseconds that it stays open before one probe is let through; a quarter more or less, at random. */
  readonly openMs: number;
  /** Milliseconds that a call waits for the outcome of a probe at most. */
  readonly probeWaitMs: number;
  /** Whether an error is a failure of what is protected; any other error counts neither way. */
  readonly isFailure: (error: unknown) => boolean;
  /** Whether an error shows that what is protected answers, which is all that a probe wants to know. */
  readonly isAnswer: (error: unknown) => boolean;
  readonly onStateChange?: (state: BreakerState) => void;
}

export type BreakerState = 'closed' | 'open' | 'half-open';

/** Stops asking what does not answer, and lets one call through now and then to see whether it does again. */
export class Breaker {
  readonly #options: BreakerOptions;
  readonly #window: FailureWindow;
  #state: BreakerState = 'closed';
  #reopensAt = 0;
  /** Fulfilled when the probe has ended; there while it is half-open. */
  #probe: Promise<void> | undefined;
  /** How often it has opened: a call that began before says nothing of the time after. */
  #openings = 0;

  constructor(options: BreakerOptions) {
    this.#options = options;
    this.#window = new FailureWindow(options);
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** @throws Overloaded while it is open and the time for a probe has not come */
  admit(): void {
    if (this.#state === 'open' && performance.now() < this.#reopensAt) throw this.#refusal();
  }

  /**
   * Makes the call and learns from how it ends. While a probe is out it waits for its outcome, which is that of the call
   * as well: the call is made, or refused.
   *
   * @throws Overloaded when it is refused
   * @throws the signal's reason when it aborts while waiting
   */
  async run<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    if (this.#probe !== undefined) await this.#probeEnds(signal);
    this.admit();
    return this.#state === 'open' ? this.#runProbe(call) : this.#runCounted(call);
  }

  async #probeEnds(signal: AbortSignal): Promise<void> {
    const waitsUntil = performance.now() + this.#options.probeWaitMs;
    // The outcome may be that somebody else probes again.
    while (this.#probe !== undefined) {
      const tooLong = await takesLongerThan(this.#probe, waitsUntil - performance.now(), signal);
      signal.throwIfAborted();
      if (tooLong) throw this.#refusal();
    }
  }

  async #runCounted<T>(call: () => Promise<T>): Promise<T> {
    const openings = this.#openings;
    try {
      const result = await call();
      if (openings === this.#openings) this.#window.success();
      return result;
    } catch (error) {
      const counts = this.#options.isFailure(error) && openings === this.#openings;
      if (counts && this.#window.failure()) this.#open(this.#openMs());
      throw error;
    }
  }

  async #runProbe<T>(call: () => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#probe = promise;
    this.#change('half-open');
    try {
      const result = await call();
      this.#close();
      return result;
    } catch (error) {
      if (this.#options.isAnswer(error)) this.#close();
      // A probe that was aborted has shown nothing: the next call is one at once.
      else this.#open(this.#options.isFailure(error) ? this.#openMs() : 0);
      throw error;
    } finally {
      this.#probe = undefined;
      resolve(undefined);
    }
  }

  #openMs(): number {
    return this.#options.openMs * (0.75 + Math.random() / 2);
  }

  #open(ms: number): void {
    this.#openings += 1;
    this.#reopensAt = performance.now() + ms;
    this.#change('open');
  }

  #close(): void {
    this.#window.clear();
    this.#window.success();
    this.#change('closed');
  }

  #change(state: BreakerState): void {
    this.#state = state;
    this.#options.onStateChange?.(state);
  }

  #refusal(): Overloaded {
    return new Overloaded('breaker-open', Math.max(this.#reopensAt - performance.now(), 1_000));
  }
}
