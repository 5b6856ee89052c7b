import {
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  handleWhen,
  type IBackoff,
  isBrokenCircuitError,
} from 'cockatiel';
import { FailureWindow, type FailureWindowOptions } from './failure-window.ts';
import { Overloaded } from './overloaded.ts';

export interface BreakerOptions extends FailureWindowOptions {
  /** Milliseconds that it stays open before one probe is let through; a quarter more or less, at random. */
  readonly openMs: number;
  /** Whether an error is a failure of what is protected; any other error counts neither way. */
  readonly isFailure: (error: unknown) => boolean;
  /** Whether an error shows that what is protected answers, which is all that a probe wants to know. */
  readonly isAnswer: (error: unknown) => boolean;
  readonly onStateChange?: (state: BreakerState) => void;
}

export type BreakerState = 'closed' | 'open' | 'half-open';

/** Stops asking what does not answer, and lets one call through now and then to see whether it does again. */
export class Breaker {
  readonly #policy: CircuitBreakerPolicy;
  #reopensAt = 0;

  constructor(options: BreakerOptions) {
    const { failureRatio, minSamples, windowMs, openMs, isFailure, isAnswer, onStateChange } = options;
    const jittered = (): IBackoff<unknown> => {
      const duration = openMs * (0.75 + Math.random() / 2);
      this.#reopensAt = performance.now() + duration;
      // assertCallable keeps the time, by a clock that nobody sets; cockatiel would ask the one on the wall.
      return { duration: -Infinity, next: jittered };
    };
    this.#policy = circuitBreaker(
      // An aborted probe has shown nothing: it must not close the circuit, as an unhandled error would.
      handleWhen((error) => isFailure(error) || (this.state === 'half-open' && !isAnswer(error))),
      {
        halfOpenAfter: { next: jittered },
        breaker: new FailureWindow({ failureRatio, minSamples, windowMs }),
      },
    );
    this.#policy.onStateChange(() => onStateChange?.(this.state));
  }

  get state(): BreakerState {
    switch (this.#policy.state) {
      case CircuitState.Closed:
        return 'closed';
      case CircuitState.HalfOpen:
        return 'half-open';
      case CircuitState.Open:
      case CircuitState.Isolated:
        return 'open';
    }
  }

  /** @throws Overloaded when a call would be refused: while it is open, and while the one probe is out */
  assertCallable(): void {
    if (this.state === 'half-open' || (this.state === 'open' && performance.now() < this.#reopensAt)) {
      throw this.#refusal();
    }
  }

  /**
   * Makes the call and learns from how it ends.
   *
   * @throws Overloaded when it is refused
   */
  async run<T>(call: () => Promise<T>): Promise<T> {
    this.assertCallable();
    try {
      return await this.#policy.execute(call);
    } catch (error) {
      throw isBrokenCircuitError(error) ? this.#refusal() : error;
    }
  }

  #refusal(): Overloaded {
    return new Overloaded('breaker-open', Math.max(this.#reopensAt - performance.now(), 1_000));
  }
}
