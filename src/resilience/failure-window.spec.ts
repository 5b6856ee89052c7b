import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { CircuitState } from 'cockatiel';
import { FailureWindow } from './failure-window.ts';

const { Closed, HalfOpen, Open } = CircuitState;

function windowWith(successes: number, failures: number, windowMs = 60_000): FailureWindow {
  const window = new FailureWindow({ failureRatio: 0.5, minSamples: 4, windowMs });
  for (let i = 0; i < successes; i += 1) window.success(Closed);
  for (let i = 0; i < failures; i += 1) window.failure(Closed);
  return window;
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('FailureWindow', () => {
  it('should open the circuit past its share of failures', () => {
    expect(windowWith(5, 4).failure(Closed)).toBe(false);
    expect(windowWith(5, 5).failure(Closed)).toBe(true);
  });

  it('should not judge by too few calls', () => {
    expect(windowWith(0, 2).failure(Closed)).toBe(false);
    expect(windowWith(0, 3).failure(Closed)).toBe(true);
  });

  it('should open a circuit that is half-open at the first failure', () => {
    expect(windowWith(100, 0).failure(HalfOpen)).toBe(true);
    expect(windowWith(100, 0).failure(Open)).toBe(true);
  });

  it('should start anew when a probe succeeds', () => {
    const window = windowWith(0, 100);
    window.success(HalfOpen);
    window.success(Closed);
    expect(window.failure(Closed)).toBe(false);
  });

  it('should forget what is older than the window, after a time without calls as well', () => {
    let now = 1_050;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    const failures = (window: FailureWindow): readonly boolean[] =>
      [1, 2, 3, 4].map(() => window.failure(Closed));
    for (const [later, opens] of [
      [949, false],
      // The place of the old ones in the window is taken by others, or nothing has come since.
      [950, true],
      [1_150, true],
    ] as const) {
      now = 1_050;
      const window = windowWith(10_000, 0, 1_000);
      now += later;
      expect(failures(window).at(-1)).toBe(opens);
    }
  });
});
