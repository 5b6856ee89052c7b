import { describe, expect, it } from '@jest/globals';
import { rate } from './rate.ts';

describe('rate', () => {
  it.each([
    ['100/1s', { requests: 100, seconds: 1 }],
    [' 5/10m ', { requests: 5, seconds: 600 }],
    ['1000000000/24h', { requests: 1_000_000_000, seconds: 86_400 }],
  ])('should read %j', (text, parsed) => {
    expect(rate.parse(text)).toEqual(parsed);
  });

  it.each([
    '',
    '100',
    '100/s',
    '100/1',
    '100/1d',
    '1.5/1s',
    '-1/1s',
    '0/1s',
    '1/0s',
    '1/25h',
    '9999999999/1s',
  ])('should refuse %j', (text) => {
    expect(rate.safeParse(text).success).toBe(false);
  });
});
