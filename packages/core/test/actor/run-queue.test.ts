// Actors take turns, and after their budget the event loop has its own.
import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RunQueue, type Runnable } from '../../src/actor/run-queue.ts';
import { manualClock, type ManualClock } from '../manual-clock.ts';

/** Has `messages` to handle, each taking `costMs`. */
class Work implements Runnable {
  quota = 1;
  allowance = 0;
  allowedIn = -1;
  handled = 0;
  left: number;
  readonly #costMs: number;
  readonly #clock: ManualClock;

  constructor(clock: ManualClock, messages: number, costMs: number) {
    this.#clock = clock;
    this.left = messages;
    this.#costMs = costMs;
  }

  run(): boolean {
    for (let count = 0; count < this.quota && this.left > 0; count += 1) {
      this.left -= 1;
      this.handled += 1;
      this.#clock.advance(this.#costMs);
    }
    return this.left > 0;
  }
}

it('runs what is scheduled in a microtask, each in turn', async () => {
  const clock = manualClock();
  const queue = new RunQueue(clock, 5);
  const works = [new Work(clock, 1000, 0), new Work(clock, 3, 0), new Work(clock, 1, 0)];
  for (const work of works) queue.schedule(work);
  expect(works.map(({ handled }) => handled)).toEqual([0, 0, 0]);
  await Promise.resolve();
  expect(works.map(({ handled }) => handled)).toEqual([1000, 3, 1]);
});

it('gives the loop its turn once the budget is spent, and goes on after it', async () => {
  const clock = manualClock();
  const queue = new RunQueue(clock, 5);
  const works = [new Work(clock, 20, 2), new Work(clock, 20, 2)];
  for (const work of works) queue.schedule(work);
  await Promise.resolve();
  const first = works.map(({ handled }) => handled);
  expect(Math.max(...first)).toBeLessThanOrEqual(3);
  expect(Math.min(...first)).toBeGreaterThanOrEqual(1);
  let turns = 0;
  while (works.some(({ left }) => left > 0)) {
    await nextTurn();
    turns += 1;
    expect(turns).toBeLessThan(60);
  }
  expect(turns).toBeGreaterThan(5);
});

it('does not let a chain of microtasks spend more than one budget a turn', async () => {
  const clock = manualClock();
  const queue = new RunQueue(clock, 5);
  let runs = 0;
  let isOver = false;
  const again: Runnable = {
    quota: 1,
    allowance: 0,
    allowedIn: -1,
    run() {
      runs += 1;
      clock.advance(1);
      if (!isOver) void Promise.resolve().then(() => queue.schedule(again));
      return false;
    },
  };
  queue.schedule(again);
  await nextTurn();
  expect(runs).toBeLessThanOrEqual(8);
  await nextTurn();
  await nextTurn();
  expect(runs).toBeGreaterThan(8);
  isOver = true;
  await nextTurn();
});

it('handles quick messages in large portions and slow ones singly', async () => {
  const clock = manualClock();
  const queue = new RunQueue(clock, 5);
  const quick = new Work(clock, 10_000, 0.001);
  queue.schedule(quick);
  await Promise.resolve();
  expect(quick.quota).toBeGreaterThan(8);
  const slow = new Work(clock, 100, 10);
  slow.quota = 64;
  queue.schedule(slow);
  while (slow.left > 0) await nextTurn();
  expect(slow.quota).toBe(1);
  while (quick.left > 0) await nextTurn();
});

describe('out of line', () => {
  it('admits quick messages in large portions, slow ones until the budget of the turn is spent', async () => {
    const clock = manualClock();
    const queue = new RunQueue(clock, 5);
    const quick = new Work(clock, 0, 0);
    for (let count = 0; count < 1000; count += 1) {
      expect(queue.admits(quick)).toBe(true);
      clock.advance(0.001);
    }
    expect(quick.quota).toBeGreaterThan(8);
    const slow = new Work(clock, 0, 0);
    slow.quota = 1;
    let admitted = 0;
    while (queue.admits(slow) && admitted < 100) {
      admitted += 1;
      clock.advance(2);
    }
    expect(admitted).toBeGreaterThanOrEqual(1);
    expect(admitted).toBeLessThanOrEqual(4);
    await nextTurn();
    await nextTurn();
    expect(queue.admits(slow)).toBe(true);
  });

  it('shares the budget of the turn with those that stand in line', async () => {
    const clock = manualClock();
    const queue = new RunQueue(clock, 5);
    const direct = new Work(clock, 0, 0);
    expect(queue.admits(direct)).toBe(true);
    clock.advance(6);
    expect(queue.admits(direct)).toBe(false);
    const inLine = new Work(clock, 1, 0);
    queue.schedule(inLine);
    await Promise.resolve();
    expect(inLine.handled).toBe(0);
    await nextTurn();
    await nextTurn();
    expect(inLine.handled).toBe(1);
  });
});
