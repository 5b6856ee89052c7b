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
   * Waits for a running probe.
   * @param subject what the call is for. One subject alone cannot open the breaker
   * @throws Overloaded when rejected, or the signal's reason when it aborts meanwhile
   */
  async run<T>(signal: AbortSignal, subject: string, call: () => Promise<T>): Promise<T> {
    if (this.#probe !== undefined) await this.#probeEnds(signal);
    this.admit();
    return this.#state === 'open' ? this.#runProbe(call) : this.#runCounted(subject, call);
  }

  async #probeEnds(signal: AbortSignal): Promise<void> {
    const waitsUntil = performance.now() + this.options.probeWaitMs;
    // After a probe, another call may already be the next probe.
    while (this.#probe !== undefined) {
      const tooLong = await takesLongerThan(this.#probe, waitsUntil - performance.now(), signal);
      signal.throwIfAborted();
      if (tooLong) throw this.#refusal();
    }
  }

  async #runCounted<T>(subject: string, call: () => Promise<T>): Promise<T> {
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
        this.#open(this.#openMs());
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
      const { isOutage } = error as Judged;
      if (isOutage === false) this.#close();
      // An aborted probe shows nothing: the next call becomes the probe at once.
      else this.#open(isOutage === true ? this.#openMs() : 0);
      throw error;
    } finally {
      this.#probe = undefined;
      resolve(undefined);
    }
  }

  #openMs(): number {
    return this.options.openMs * (0.75 + Math.random() / 2);
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
    this.options.onStateChange?.(state);
  }

  #refusal(): Overloaded {
    return new Overloaded('breaker-open', Math.max(this.#reopensAt - performance.now(), 1_000));
  }
}

/** A part of the window, with the failures of each subject that were counted in it. */
class Slice {
  calls = 0;
  failures = 0;
  readonly subjects = new Map<string, number>();

  constructor(readonly period: number) {}
}

/** The share of failures in a rolling window of time. */
export class FailureWindow {
  #slices: readonly Slice[] = [];
  /** The failures of one subject that count: half of those that can open the breaker. */
  readonly #mostOfSubject: number;

  constructor(private readonly options: Pick<BreakerOptions, 'failureRatio' | 'minSamples' | 'windowMs'>) {
    this.#mostOfSubject = Math.max(1, Math.floor((options.failureRatio * options.minSamples) / 2));
  }

  success(): void {
    this.#current().calls += 1;
  }

  /** Counts a failure, unless this subject has enough of them. Returns whether the share of failures is now too high. */
  failure(subject?: string): boolean {
    const slice = this.#current();
    if (subject !== undefined) {
      const own = this.#sum(({ subjects }) => subjects.get(subject) ?? 0);
      if (own >= this.#mostOfSubject) return false;
      slice.subjects.set(subject, (slice.subjects.get(subject) ?? 0) + 1);
    }
    slice.calls += 1;
    slice.failures += 1;
    return this.#failsTooOften();
  }

  clear(): void {
    this.#slices = [];
  }

  #failsTooOften(): boolean {
    const { failureRatio, minSamples } = this.options;
    const calls = this.#sum((slice) => slice.calls);
    return calls >= minSamples && this.#sum(({ failures }) => failures) > failureRatio * calls;
  }

  #sum(value: (slice: Slice) => number): number {
    return this.#slices.reduce((total, slice) => total + value(slice), 0);
  }

  #current(): Slice {
    const period = Math.floor((performance.now() * SLICES) / this.options.windowMs);
    const last = this.#slices.at(-1);
    if (last?.period === period) return last;
    const slice = new Slice(period);
    this.#slices = [...this.#slices.filter((each) => each.period > period - SLICES), slice];
    return slice;
  }
}
