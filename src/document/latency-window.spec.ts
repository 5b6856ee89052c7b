import { describe, expect, it } from '@jest/globals';
import { LatencyWindow } from './hedging.ts';

function windowOf(durations: readonly number[]): LatencyWindow {
  return withMore(new LatencyWindow(), durations);
}

function withMore(window: LatencyWindow, durations: readonly number[]): LatencyWindow {
  for (const duration of durations) window.add(duration);
  return window;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('LatencyWindow', () => {
  it('should be undefined below the minimum number of durations', () => {
    expect(windowOf([]).p95).toBeUndefined();
    expect(windowOf(upTo(49)).p95).toBeUndefined();
    expect(windowOf(upTo(50)).p95).toBeDefined();
  });

  it('should be the 95th percentile, in any order of the durations', () => {
    expect(windowOf(upTo(100)).p95).toBe(96);
    expect(windowOf(upTo(100).reverse()).p95).toBe(96);
    // Sorted as numbers, not as text: 9 is less than 10.
    expect(windowOf([...Array<number>(95).fill(9), 100, 100, 100, 100, 100]).p95).toBe(100);
  });

  it('should follow what is new, and forget what is old', () => {
    const full = (ms: number): number[] => Array<number>(512).fill(ms);
    const window = windowOf(full(10));
    expect(window.p95).toBe(10);
    expect(withMore(window, full(500)).p95).toBe(500);
    expect(withMore(window, full(10)).p95).toBe(10);
  });

  it('should be computed again after some new durations, not after each', () => {
    const window = windowOf(Array<number>(50).fill(10));
    expect(window.p95).toBe(10);
    expect(withMore(window, Array<number>(31).fill(500)).p95).toBe(10);
    expect(withMore(window, [500]).p95).toBe(500);
  });
});
