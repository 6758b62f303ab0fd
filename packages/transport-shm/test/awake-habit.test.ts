// A reader that looks again after each frame stops doing so where it never pays, and finds out when it does again.
import { expect, it } from '@jest/globals';
import { AwakeHabit } from '../src/awake-habit.ts';

function windowsKept(habit: AwakeHabit, count: number, isCaught: (kept: number) => boolean): number {
  let kept = 0;
  for (let window = 0; window < count; window += 1) {
    if (!habit.opens()) continue;
    kept += 1;
    if (isCaught(kept)) habit.caught();
    else habit.missed();
  }
  return kept;
}

it('keeps every window while frames come in them', () => {
  expect(windowsKept(new AwakeHabit(), 1000, () => true)).toBe(1000);
});

it('keeps every window when now and then none comes', () => {
  expect(windowsKept(new AwakeHabit(), 1000, (kept) => kept % 3 === 0)).toBe(1000);
});

it('keeps few windows when none ever pays', () => {
  const kept = windowsKept(new AwakeHabit(), 10_000, () => false);
  expect(kept).toBeGreaterThan(100);
  expect(kept).toBeLessThan(200);
});

it('keeps all again once one has paid', () => {
  const habit = new AwakeHabit();
  windowsKept(habit, 1000, () => false);
  let tries = 0;
  while (!habit.opens()) tries += 1;
  expect(tries).toBeLessThanOrEqual(64);
  habit.caught();
  expect(windowsKept(habit, 100, () => true)).toBe(100);
});
