import { describe, expect, it } from '@jest/globals';
import { fitLine, median, percentile, spread } from './statistics.ts';

describe('the median', () => {
  it.each([
    [[3], 3],
    [[5, 1, 3], 3],
    [[10, 2, 4, 1], 3],
    [[100, 9, 10], 10],
  ])('of %j should be %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('should keep the order of the values', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('the spread', () => {
  it('should have the minimum and the maximum', () => {
    expect(spread([2, 9, 4])).toEqual({ median: 4, min: 2, max: 9 });
  });
});

describe('a percentile', () => {
  const hundred = Float64Array.from({ length: 100 }, (_, index) => index + 1);

  it.each([
    [0, 1],
    [0.5, 50],
    [0.99, 99],
    [0.991, 100],
    [1, 100],
  ])('%d should be the nearest rank', (share, expected) => {
    expect(percentile(hundred, share)).toBe(expected);
  });

  it('should be NaN for no values', () => {
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe('the line through points', () => {
  it('should be exact for points on a line', () => {
    const { slope, intercept } = fitLine([
      [0, 1],
      [1, 3],
      [2, 5],
    ]);
    expect(slope).toBeCloseTo(2);
    expect(intercept).toBeCloseTo(1);
  });

  it('should be between points beside it', () => {
    expect(
      fitLine([
        [0, 0],
        [0, 2],
        [1, 1],
        [1, 3],
      ]).slope,
    ).toBeCloseTo(1);
  });
});
