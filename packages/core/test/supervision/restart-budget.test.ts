// Restarts of a whole process are bounded: some at once, then so many a second, whoever asks.
import { expect, it } from '@jest/globals';
import { RESTART_COST, RestartBudget } from '../../src/supervision/restart-budget.ts';
import { manualClock } from '../manual-clock.ts';

it.each([
  ['actors of this event loop', RESTART_COST.inLoop, 200, 10],
  ['processes', RESTART_COST.newProcess, 20, 100],
] as const)('lets %s restart at once at first, then one after another', (_what, cost, atOnce, apartMs) => {
  const clock = manualClock();
  const budget = new RestartBudget(clock);
  const waits = Array.from({ length: atOnce + 3 }, () => {
    const waitMs = budget.waitMs(cost);
    budget.take(cost);
    return waitMs;
  });
  expect(waits.slice(0, atOnce).every((waitMs) => waitMs === 0)).toBe(true);
  expect(waits.slice(atOnce)).toEqual([apartMs, 2 * apartMs, 3 * apartMs]);
});

it('fills again with time, and never beyond its size', () => {
  const clock = manualClock();
  const budget = new RestartBudget(clock);
  for (let taken = 0; taken < 400; taken += 1) budget.take(RESTART_COST.inLoop);
  expect(budget.waitMs(RESTART_COST.inLoop)).toBe(2010);
  clock.advance(2010);
  expect(budget.waitMs(RESTART_COST.inLoop)).toBe(0);
  clock.advance(3_600_000);
  for (let taken = 0; taken < 200; taken += 1) budget.take(RESTART_COST.inLoop);
  expect(budget.waitMs(RESTART_COST.inLoop)).toBe(10);
});
