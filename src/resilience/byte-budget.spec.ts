import { describe, expect, it } from '@jest/globals';
import { ByteBudget } from './byte-budget.ts';

describe('ByteBudget', () => {
  it('should give bytes up to its limit and not one more', () => {
    const budget = new ByteBudget(100);
    const [first, second] = [budget.lease(), budget.lease()];
    expect(first.grow(60)).toBe(true);
    expect(second.grow(41)).toBe(false);
    expect(second.grow(40)).toBe(true);
    expect(budget.used).toBe(100);
    expect(first.grow(1)).toBe(false);
  });

  it('should take nothing when it refuses', () => {
    const budget = new ByteBudget(100);
    const lease = budget.lease();
    expect(lease.grow(101)).toBe(false);
    expect(budget.used).toBe(0);
    expect(lease.grow(100)).toBe(true);
  });

  it('should take bytes back, a part of them or all', () => {
    const budget = new ByteBudget(100);
    const lease = budget.lease();
    lease.grow(80);
    lease.grow(-50);
    expect(budget.used).toBe(30);
    lease.release();
    expect(budget.used).toBe(0);
  });

  it('should take back what one document holds, and of no other', () => {
    const budget = new ByteBudget(100);
    const [first, second] = [budget.lease(), budget.lease()];
    first.grow(30);
    second.grow(50);
    first.release();
    first.release();
    expect(budget.used).toBe(50);
  });
});
