import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/eventually.ts';
import { RetryBudget } from './retry-budget.ts';

function budgetAfter(
  requests: number,
  options: { ratio?: number; floor?: number; windowMs?: number } = {},
): RetryBudget {
  const budget = new RetryBudget({ ratio: 0.2, floor: 3, windowMs: 600_000, ...options });
  for (let i = 0; i < requests; i += 1) budget.countRequest();
  return budget;
}

/** Takes retries until the budget is empty. Returns their number. */
function takeAll(budget: RetryBudget): number {
  let taken = 0;
  while (budget.take()) taken += 1;
  return taken;
}

describe('RetryBudget', () => {
  it('should allow the floor at first, and no more', () => {
    expect(takeAll(budgetAfter(0))).toBe(3);
  });

  it('should not save more than the floor', () => {
    expect(takeAll(budgetAfter(1_000))).toBe(3);
  });

  it('should allow a share of the requests once the floor is used up', () => {
    const budget = budgetAfter(0);
    takeAll(budget);
    let taken = 0;
    for (let request = 1; request <= 1_000; request += 1) {
      budget.countRequest();
      if (budget.take()) taken += 1;
    }
    expect(taken).toBe(200);
  });

  it('should allow the share alone when there is no floor', () => {
    expect(takeAll(budgetAfter(4, { floor: 0 }))).toBe(0);
    expect(takeAll(budgetAfter(5, { floor: 0 }))).toBe(1);
  });

  it('should show the rest, which is never negative', () => {
    const budget = budgetAfter(0);
    budget.take();
    expect(budget.available).toBe(2);
    takeAll(budget);
    expect([budget.available, budget.take()]).toEqual([0, false]);
  });

  it('should give the floor back over its window, and no more', async () => {
    const budget = budgetAfter(0, { windowMs: 200 });
    takeAll(budget);
    await eventually(() => {
      expect(budget.available).toBe(3);
    });
  });
});
