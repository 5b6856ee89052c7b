import { describe, expect, it } from '@jest/globals';
import { retryAfterMs } from './retry-after.ts';

const now = Date.parse('2026-11-20T12:00:00Z');

describe('retryAfterMs', () => {
  it('should read seconds', () => {
    expect(retryAfterMs('0')).toBe(0);
    expect(retryAfterMs('120')).toBe(120_000);
    expect(retryAfterMs('999999999')).toBe(999_999_999_000);
  });

  it('should read a date, as the time until then', () => {
    expect(retryAfterMs('Fri, 20 Nov 2026 12:00:30 GMT', now)).toBe(30_000);
  });

  it('should take a date that has passed for now', () => {
    expect(retryAfterMs('Fri, 20 Nov 2026 11:00:00 GMT', now)).toBe(0);
  });

  it.each([
    undefined,
    '',
    ' ',
    '-1',
    '1.5',
    '1e3',
    'soon',
    '2026-11-20',
    'Fri, nonsense GMT',
    '9'.repeat(10),
  ])('should make nothing of %j', (value) => {
    expect(retryAfterMs(value, now)).toBeUndefined();
  });
});
