import { describe, expect, it } from '@jest/globals';
import { CircuitState } from 'cockatiel';
import { eventually } from '../../test/eventually.ts';
import { FailureWindow } from './failure-window.ts';

const { Closed, HalfOpen, Open } = CircuitState;

function windowWith(successes: number, failures: number, windowMs = 60_000): FailureWindow {
  const window = new FailureWindow({ failureRatio: 0.5, minSamples: 4, windowMs });
  for (let i = 0; i < successes; i += 1) window.success(Closed);
  for (let i = 0; i < failures; i += 1) window.failure(Closed);
  return window;
}

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

  it('should forget what is older than the window, after a time without calls as well', async () => {
    const window = windowWith(10_000, 0, 50);
    // Each time four failures and nothing else: as soon as the successes are forgotten, they are all there is.
    await eventually(() => {
      const opens = [1, 2, 3, 4].map(() => window.failure(Closed));
      expect(opens.at(-1)).toBe(true);
    });
  });
});
