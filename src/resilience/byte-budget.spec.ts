import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/eventually.ts';
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

  it('should be exhausted while what it refused a moment ago would not fit', () => {
    const budget = new ByteBudget(100);
    const lease = budget.lease();
    expect(budget.isExhausted).toBe(false);
    lease.grow(60);
    budget.lease().grow(50);
    expect(budget.isExhausted).toBe(true);
    lease.grow(-10);
    expect(budget.isExhausted).toBe(false);
  });

  it('should not be exhausted for long: the next document may be a small one', async () => {
    const budget = new ByteBudget(100);
    budget.lease().grow(101);
    expect(budget.isExhausted).toBe(true);
    await eventually(() => {
      expect(budget.isExhausted).toBe(false);
    });
    expect(budget.lease().grow(100)).toBe(true);
  });
});
