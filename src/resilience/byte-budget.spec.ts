import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/eventually.ts';
import { ByteBudget } from './byte-budget.ts';

const exhausted = expect.objectContaining({ name: 'Overloaded', reason: 'memory' });

describe('ByteBudget', () => {
  it('should grant bytes up to its limit', () => {
    const budget = new ByteBudget(100);
    const [first, second] = [budget.lease(), budget.lease()];
    expect(first.grow(60)).toBe(true);
    expect(second.grow(41)).toBe(false);
    expect(second.grow(40)).toBe(true);
    expect(budget.used).toBe(100);
    expect(first.grow(1)).toBe(false);
  });

  it('should not count refused bytes', () => {
    const budget = new ByteBudget(100);
    const lease = budget.lease();
    expect(lease.grow(101)).toBe(false);
    expect(budget.used).toBe(0);
    expect(lease.grow(100)).toBe(true);
  });

  it('should take back some or all bytes', () => {
    const budget = new ByteBudget(100);
    const lease = budget.lease();
    lease.grow(80);
    lease.grow(-50);
    expect(budget.used).toBe(30);
    lease.release();
    expect(budget.used).toBe(0);
  });

  it('should take back only the bytes of one document', () => {
    const budget = new ByteBudget(100);
    const [first, second] = [budget.lease(), budget.lease()];
    first.grow(30);
    second.grow(50);
    first.release();
    first.release();
    expect(budget.used).toBe(50);
  });

  it('should admit nothing while what it refused a moment ago would not fit', () => {
    const budget = new ByteBudget(100);
    const admit = (): void => {
      budget.admit();
    };
    const lease = budget.lease();
    expect(admit).not.toThrow();
    lease.grow(60);
    budget.lease().grow(50);
    expect(admit).toThrow(exhausted);
    lease.grow(-10);
    expect(admit).not.toThrow();
  });

  it('should not refuse for long: the next document may be a small one', async () => {
    const budget = new ByteBudget(100);
    const admit = (): void => {
      budget.admit();
    };
    budget.lease().grow(101);
    expect(admit).toThrow(exhausted);
    await eventually(() => {
      expect(admit).not.toThrow();
    });
    expect(budget.lease().grow(100)).toBe(true);
  });
});
