import { takesLongerThan } from './deadline.ts';
import { Overloaded } from './overloaded.ts';

/** The window of a breaker has this many parts, of which the oldest is dropped at a time. */
const SLICES = 10;

export interface BreakerOptions {
  /** The maximum share of failures in the window, between 0 and 1. */
  readonly failureRatio: number;
  /** The minimum number of calls in the window before the share counts. */
  readonly minSamples: number;
  /** The length of the window in milliseconds. */
  readonly windowMs: number;
  /** The time from opening to the first probe in milliseconds, varied at random by up to a quarter. */
  readonly openMs: number;
  /** The maximum time that a call waits for a probe, in milliseconds. */
  readonly probeWaitMs: number;
  readonly onStateChange?: (state: BreakerState) => void;
}

interface Judged {
  /** An outage is a failure, an answer a success, also of a probe. Errors without this property count as neither. */
  readonly isOutage?: boolean | undefined;
  /** Whether the cause may be the subject of the call rather than the upstream. */
  readonly mayBeSubject?: boolean;
}

export type BreakerState = 'closed' | 'open' | 'half-open';

/** Rejects calls while too many fail, and lets single probes through to find out when calls succeed again. */
export class Breaker {
  readonly #window: FailureWindow;
  #state: BreakerState = 'closed';
  #reopensAt = 0;
  /** Fulfilled when the probe has ended; undefined unless half-open. */
  #probe: Promise<void> | undefined;
  /** The subject of the last probe, if that may be why it failed. */
  #failedSubject: string | undefined;
  /** How often the breaker has opened. A call that started before the last opening is not counted. */
  #openings = 0;

  constructor(private readonly options: BreakerOptions) {
    this.#window = new FailureWindow(options);
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** @throws Overloaded while the breaker is open and no probe is due */
  admit(): void {
    if (this.#state === 'open' && performance.now() < this.#reopensAt) throw this.#refusal();
  }

  /**
   * Waits for a running probe. After an aborted probe, another call may already be the next probe.
   * @param subject what the call is for. One subject alone cannot open the breaker, nor keep it open
   * @throws Overloaded when rejected, or the signal's reason when it aborts meanwhile
   */
  async run<T>(signal: AbortSignal, subject: string, call: () => Promise<T>): Promise<T> {
    while (this.#probe !== undefined) {
      if (await takesLongerThan(this.#probe, this.options.probeWaitMs, signal)) throw this.#refusal();
      signal.throwIfAborted();
    }
    this.admit();
    if (this.#state === 'open') return await this.#runProbe(subject, call);
    const openings = this.#openings;
    try {
      const result = await call();
      if (openings === this.#openings) this.#window.success();
      return result;
    } catch (error) {
      if (openings !== this.#openings) throw error;
      const { isOutage, mayBeSubject } = error as Judged;
      if (isOutage === false) this.#window.success();
      else if (isOutage === true && this.#window.failure(mayBeSubject === true ? subject : undefined))
        this.#open();
      throw error;
    }
  }

  async #runProbe<T>(subject: string, call: () => Promise<T>): Promise<T> {
    // Its last probe may have failed for its own reason: others go first.
    if (subject === this.#failedSubject && performance.now() < this.#reopensAt + this.options.openMs)
      throw this.#refusal();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#probe = promise;
    this.#change('half-open');
    try {
      const result = await call();
      this.#close();
      return result;
    } catch (error) {
      const { isOutage, mayBeSubject } = error as Judged;
      this.#failedSubject = mayBeSubject === true ? subject : undefined;
      if (isOutage === false) this.#close();
      // An aborted probe shows nothing: the next call becomes the probe at once.
      else this.#open(isOutage === true ? undefined : 0);
      throw error;
    } finally {
      this.#probe = undefined;
      resolve(undefined);
    }
  }

  #open(ms = this.options.openMs * (0.75 + Math.random() / 2)): void {
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
    this.options.onStateChange?.(state);
  }

  #refusal(): Overloaded {
    return new Overloaded('breaker-open', Math.max(this.#reopensAt - performance.now(), 1_000));
  }
}

/** The share of failures in a rolling window of time. */
export class FailureWindow {
  #slices: { readonly period: number; calls: number; failures: number }[] = [];
  /** The failures of each subject that were counted in the current period of the window's length. */
  readonly #subjects = new Map<string, number>();
  /** Their maximum. A window overlaps with two of these periods, so half of the failures that open the breaker. */
  readonly #mostOfSubject: number;

  constructor(private readonly options: Pick<BreakerOptions, 'failureRatio' | 'minSamples' | 'windowMs'>) {
    this.#mostOfSubject = Math.max(1, Math.floor((options.failureRatio * options.minSamples) / 2));
  }

  success(): void {
    this.#current().calls += 1;
  }

  /** Counts a failure, unless this subject had enough of them. Returns whether the share of failures is now too high. */
  failure(subject?: string): boolean {
    const slice = this.#current();
    if (subject !== undefined) {
      const own = this.#subjects.get(subject) ?? 0;
      if (own >= this.#mostOfSubject) return false;
      this.#subjects.set(subject, own + 1);
    }
    slice.calls += 1;
    slice.failures += 1;
    const { failureRatio, minSamples } = this.options;
    const calls = this.#slices.reduce((total, each) => total + each.calls, 0);
    const failures = this.#slices.reduce((total, each) => total + each.failures, 0);
    return calls >= minSamples && failures > failureRatio * calls;
  }

  clear(): void {
    this.#slices = [];
    this.#subjects.clear();
  }

  #current(): { calls: number; failures: number } {
    const period = Math.floor((performance.now() * SLICES) / this.options.windowMs);
    const last = this.#slices.at(-1);
    if (last?.period === period) return last;
    if (Math.floor(period / SLICES) !== Math.floor((last?.period ?? 0) / SLICES)) this.#subjects.clear();
    const slice = { period, calls: 0, failures: 0 };
    this.#slices = [...this.#slices.filter((each) => each.period > period - SLICES), slice];
    return slice;
  }
}
