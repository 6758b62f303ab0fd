// The time in which a lane keeps looking, and what the lanes of a node share of it.
import { describe, expect, it } from '@jest/globals';
import { AwakeBudget } from '../src/awake-budget.ts';
import { AwakeWindow } from '../src/awake-window.ts';

const LONG_MS = 60_000;
// No window, so that the budget covers it however long the machine takes.
const roomy = { covers: () => true };

function lane(budget: AwakeBudget, awakeMs = LONG_MS): AwakeWindow {
  const window = new AwakeWindow(awakeMs, Object.assign(budget, roomy));
  window.begin();
  return window;
}

describe('an awake window', () => {
  it('is open from what came last for as long as it is told, and never before', () => {
    const budget = new AwakeBudget();
    expect(new AwakeWindow(LONG_MS, budget).staysOpen()).toBe(false);
    expect(lane(budget).staysOpen()).toBe(true);
    expect(lane(budget, 0).staysOpen()).toBe(false);
  });

  it('shares the looks of one turn with the others that are open', () => {
    const budget = new AwakeBudget();
    const [one, other] = [lane(budget), lane(budget)];
    one.staysOpen();
    const alone = one.looks;
    other.staysOpen();
    expect(one.looks).toBe(alone / 2);
    one.staysOpen();
    expect(one.looks).toBe(alone / 2);
  });

  it.each([
    ['what it waits for has come', (window: AwakeWindow) => window.caught()],
    ['its lane ends', (window: AwakeWindow) => window.close()],
    ['it begins anew', (window: AwakeWindow) => window.begin()],
  ])('gives its share back when %s, once', (_when, act) => {
    const budget = new AwakeBudget();
    const [one, other] = [lane(budget), lane(budget)];
    one.staysOpen();
    const alone = one.looks;
    other.staysOpen();
    act(other);
    act(other);
    expect(one.looks).toBe(alone);
  });

  it('gives its share back when its time is over', () => {
    const budget = new AwakeBudget();
    const [one, brief] = [lane(budget), lane(budget, 1)];
    one.staysOpen();
    const alone = one.looks;
    while (brief.staysOpen());
    expect(one.looks).toBe(alone);
  });
});
