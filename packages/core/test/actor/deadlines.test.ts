// Deadlines expire when they are due, not before, and not when they were removed; with one timer for each length.
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Deadlines, Expiring } from '../../src/actor/deadlines.ts';
import { manualClock } from '../manual-clock.ts';

class Alarm extends Expiring {
  expiredAtMs: number | undefined;
  readonly onExpire: (alarm: Alarm) => void;

  constructor(onExpire: (alarm: Alarm) => void) {
    super();
    this.onExpire = onExpire;
  }

  expire(): void {
    this.onExpire(this);
  }
}

it('expires each in its time, and none that was removed', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ type: fc.constant('add' as const), lengthMs: fc.constantFrom(0, 10, 10, 10, 25, 1000) }),
      fc.record({ type: fc.constant('remove' as const), index: fc.nat(30) }),
      fc.record({ type: fc.constant('advance' as const), byMs: fc.nat(20) }),
    ),
    { maxLength: 80 },
  );
  fc.assert(
    fc.property(steps, (sequence) => {
      const clock = manualClock();
      const deadlines = new Deadlines(clock);
      const alarms: { readonly alarm: Alarm; readonly dueMs: number; isRemoved: boolean }[] = [];
      const look = (): void => {
        for (const { alarm, dueMs, isRemoved } of alarms)
          expect(alarm.expiredAtMs).toBe(isRemoved || dueMs > clock.now() ? undefined : dueMs);
      };
      for (const step of sequence) {
        if (step.type === 'add') {
          const alarm = new Alarm((self) => (self.expiredAtMs = clock.now()));
          deadlines.add(alarm, step.lengthMs);
          alarms.push({ alarm, dueMs: clock.now() + step.lengthMs, isRemoved: false });
          clock.advance(0);
        } else if (step.type === 'remove') {
          const found = alarms[step.index];
          if (found !== undefined && found.alarm.expiredAtMs === undefined) {
            deadlines.remove(found.alarm);
            deadlines.remove(found.alarm);
            found.isRemoved = true;
          }
        } else clock.advance(step.byMs);
        look();
        expect(clock.pending).toBeLessThanOrEqual(4);
      }
      clock.advance(2000);
      look();
      expect(clock.pending).toBe(0);
    }),
  );
});

it('an alarm may set another, and remove its neighbours, while it expires', () => {
  const clock = manualClock();
  const deadlines = new Deadlines(clock);
  const rang: string[] = [];
  const third = new Alarm(() => rang.push('third'));
  const again = new Alarm(() => rang.push('again'));
  deadlines.add(
    new Alarm(() => {
      rang.push('first');
      deadlines.remove(third);
      deadlines.add(again, 10);
    }),
    10,
  );
  deadlines.add(new Alarm(() => rang.push('second')), 10);
  deadlines.add(third, 10);
  clock.advance(10);
  expect(rang).toEqual(['first', 'second']);
  clock.advance(10);
  expect(rang).toEqual(['first', 'second', 'again']);
});

it('without end never expires, and close cancels every timer', () => {
  const clock = manualClock();
  const deadlines = new Deadlines(clock);
  const rang: string[] = [];
  deadlines.add(new Alarm(() => rang.push('infinite')), Infinity);
  expect(clock.pending).toBe(0);
  deadlines.add(new Alarm(() => rang.push('closed')), 10);
  deadlines.close();
  clock.advance(100);
  expect(rang).toEqual([]);
  expect(clock.pending).toBe(0);
});
