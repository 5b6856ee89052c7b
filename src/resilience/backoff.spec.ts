import { describe, expect, it } from '@jest/globals';
import { backoff } from './backoff.ts';

const options = { baseDelayMs: 50, maxDelayMs: 1_000 };
const bounds = (attempts: number): number[] =>
  Array.from({ length: attempts }, (_, index) => backoff(index + 1, options, () => 1));

describe('backoff', () => {
  it('should double its maximum with each attempt, up to the limit', () => {
    expect(bounds(7)).toEqual([50, 100, 200, 400, 800, 1_000, 1_000]);
    expect(backoff(5_000, options, () => 1)).toBe(1_000);
  });

  it('should be random from 0 to the maximum', () => {
    expect(backoff(3, options, () => 0)).toBe(0);
    expect(backoff(3, options, () => 0.5)).toBe(100);
    const drawn = Array.from({ length: 500 }, () => backoff(3, options));
    expect(Math.min(...drawn)).toBeLessThan(50);
    expect(Math.max(...drawn)).toBeGreaterThan(150);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(200);
  });
});
