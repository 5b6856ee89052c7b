import { describe, expect, it } from '@jest/globals';
import { retryAfterMs } from './answer-head.ts';

const now = Date.parse('2026-11-20T12:00:00Z');

describe('retryAfterMs', () => {
  it('should read seconds', () => {
    expect(retryAfterMs('0')).toBe(0);
    expect(retryAfterMs('60')).toBe(60_000);
  });

  it.each(['Fri, 20 Nov 2026 12:00:30 GMT', 'Friday, 20-Nov-26 12:00:30 GMT', 'Fri Nov 20 12:00:30 2026'])(
    'should read %j, as the time until then',
    (date) => {
      expect(retryAfterMs(date, now)).toBe(30_000);
    },
  );

  it('should treat a past date as now', () => {
    expect(retryAfterMs('Fri, 20 Nov 2026 11:00:00 GMT', now)).toBe(0);
  });

  it.each([
    '61',
    '999999999',
    '9'.repeat(10),
    '9'.repeat(400),
    'Fri, 31 Dec 9999 23:59:59 GMT',
    'Fri Dec 31 23:59:59 9999',
  ])('should limit the wait to a minute: %j', (value) => {
    expect(retryAfterMs(value, now)).toBe(60_000);
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
    'Fri, 99 Nov 2026 12:00:30 GMT',
  ])('should be undefined for %j', (value) => {
    expect(retryAfterMs(value, now)).toBeUndefined();
  });
});
