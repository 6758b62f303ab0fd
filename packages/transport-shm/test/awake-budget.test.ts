// What a node may spend on looking in vain: saved up to a bound, refilled by the clock, never below nothing.
import { describe, expect, it } from '@jest/globals';
import { AwakeBudget } from '../src/awake-budget.ts';

describe('the budget for looking in vain', () => {
  it('covers a while after a pause, however long that was', () => {
    expect(new AwakeBudget().covers(5, 0)).toBe(true);
    expect(new AwakeBudget().covers(5.1, 1_000_000)).toBe(false);
  });

  it('gives out a quarter of the time that passes, and no more', () => {
    const budget = new AwakeBudget();
    let spentMs = 0;
    // Every 50 us a reader looks in vain for as long as it may.
    for (let now = 0; now < 1000; now += 0.05) {
      if (!budget.covers(0.05, now)) continue;
      budget.spend(0.05, now);
      spentMs += 0.05;
    }
    expect(spentMs).toBeGreaterThan(250);
    expect(spentMs).toBeLessThan(256);
  });

  it('owes nothing when a look took longer than it was covered', () => {
    const budget = new AwakeBudget();
    budget.spend(60_000, 0);
    expect(budget.covers(0.1, 0)).toBe(false);
    expect(budget.covers(0.1, 1)).toBe(true);
  });
});
