import { describe, expect, it } from '@jest/globals';
import { isExpired } from './consumer.ts';

describe('isExpired', () => {
  it('should hold from the moment in which the keys end, and never for those without an end', () => {
    const consumer = { name: 'acme', expiresAt: 1_000 };
    expect([999, 1_000, 1_001].map((now) => isExpired(consumer, now))).toEqual([false, true, true]);
    expect(isExpired({ name: 'acme' })).toBe(false);
  });

  it('should go by the time of day', () => {
    expect(isExpired({ name: 'acme', expiresAt: Date.now() - 1 })).toBe(true);
    expect(isExpired({ name: 'acme', expiresAt: Date.now() + 60_000 })).toBe(false);
  });
});
