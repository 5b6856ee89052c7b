import { describe, expect, it } from '@jest/globals';
import { isExpired } from './consumer.ts';

describe('isExpired', () => {
  it('should be true from the expiry on, and never without an expiry', () => {
    const consumer = { name: 'acme', expiresAt: 1_000 };
    expect([999, 1_000, 1_001].map((now) => isExpired(consumer, now))).toEqual([false, true, true]);
    expect(isExpired({ name: 'acme' })).toBe(false);
  });

  it('should use the system time', () => {
    expect(isExpired({ name: 'acme', expiresAt: Date.now() - 1 })).toBe(true);
    expect(isExpired({ name: 'acme', expiresAt: Date.now() + 60_000 })).toBe(false);
  });
});
