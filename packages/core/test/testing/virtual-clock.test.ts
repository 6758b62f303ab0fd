// The clock of simulated systems by itself: which timer is called when.
import { describe, expect, it } from '@jest/globals';
import { ProcessClock, VirtualClock } from '../../src/testing/virtual-clock.ts';

function callAll(clock: VirtualClock): void {
  while (clock.nextMs !== undefined) clock.callNext();
}

describe('VirtualClock', () => {
  it('calls timers in the order of their times, and those of one time in the order they were set', () => {
    const clock = new VirtualClock();
    const calls: string[] = [];
    clock.after(20, () => calls.push('20'));
    clock.after(10, () => calls.push('10, first'));
    clock.after(10, () => calls.push('10, second'));
    clock.after(5, () => calls.push('5'));
    callAll(clock);
    expect(calls).toEqual(['5', '10, first', '10, second', '20']);
    expect(clock.now()).toBe(20);
  });

  it('stands still until it is moved', () => {
    const clock = new VirtualClock();
    clock.after(10, () => undefined);
    expect([clock.now(), clock.nextMs]).toEqual([0, 10]);
  });

  it('calls what a timer sets for this instant before time goes on', () => {
    const clock = new VirtualClock();
    const calls: string[] = [];
    clock.after(10, () => {
      clock.after(0, () => calls.push(`at once, at ${String(clock.now())}`));
      clock.after(5, () => calls.push(`later, at ${String(clock.now())}`));
    });
    clock.after(12, () => calls.push(`in between, at ${String(clock.now())}`));
    callAll(clock);
    expect(calls).toEqual(['at once, at 10', 'in between, at 12', 'later, at 15']);
  });

  it('does not call a timer that was cancelled, by another of the same time or by itself', () => {
    const clock = new VirtualClock();
    const calls: string[] = [];
    clock.after(10, () => second.cancel());
    const second = clock.after(10, () => calls.push('cancelled'));
    const third = clock.after(10, () => third.cancel());
    clock.after(11, () => calls.push('last'));
    callAll(clock);
    expect(calls).toEqual(['last']);
  });

  it('never moves past a timer', () => {
    const clock = new VirtualClock();
    clock.after(10, () => undefined);
    clock.moveTo(100);
    expect(clock.now()).toBe(10);
    clock.callNext();
    clock.moveTo(100);
    expect(clock.now()).toBe(100);
    clock.moveTo(50);
    expect(clock.now()).toBe(100);
  });

  it('has no time for a timer that is never due', () => {
    const clock = new VirtualClock();
    clock.after(Infinity, () => undefined);
    expect(clock.nextMs).toBeUndefined();
  });
});

describe('ProcessClock', () => {
  it('ends its own timers and no others, and sets none any more', () => {
    const clock = new VirtualClock();
    const one = new ProcessClock(clock);
    const calls: string[] = [];
    one.after(10, () => calls.push('of a dead process'));
    clock.after(10, () => calls.push('of another'));
    one.stop();
    one.after(1, () => calls.push('set behind'));
    callAll(clock);
    expect(calls).toEqual(['of another']);
    expect(one.now()).toBe(10);
  });
});
