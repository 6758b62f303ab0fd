import { describe, expect, it } from '@jest/globals';
import { deadlineAfter, NO_DEADLINE, timeLeft } from '../../src/actor/deadline.ts';
import { systemClock } from '../../src/clock.ts';

describe('a deadline', () => {
  it.each([0, 1, 1e6 + 0.4, 2 ** 31 - 1, 2 ** 31 + 17.25, 2 ** 32 - 500, 2 ** 32 - 1000, 3 * 2 ** 32 - 1])(
    'is as far away as it was set, when it is %d ms after the start of the machine',
    (now) => {
      const deadline = deadlineAfter(1000, now);
      expect(deadline).toBe(deadline | 0);
      expect(timeLeft(deadline, now)).toBeGreaterThanOrEqual(1000);
      expect(timeLeft(deadline, now)).toBeLessThanOrEqual(1001);
      expect(timeLeft(deadline, now + 999)).toBeGreaterThan(0);
      expect(timeLeft(deadline, now + 1002)).toBeLessThanOrEqual(0);
      expect(timeLeft(deadline, now + 86_400_000)).toBeLessThan(0);
    },
  );

  it('is none when it lies further ahead than its number can say', () => {
    for (const timeout of [Infinity, 2 ** 31, 1e12]) expect(deadlineAfter(timeout, 5)).toBe(NO_DEADLINE);
    expect(timeLeft(NO_DEADLINE, 5)).toBe(Infinity);
    expect(deadlineAfter(2 ** 31 - 1, 5)).not.toBe(NO_DEADLINE);
  });

  it('means the same to every process of the machine', () => {
    const [seconds, nanoseconds] = process.hrtime();
    expect(Math.abs(systemClock.now() - seconds * 1000 - nanoseconds / 1e6)).toBeLessThan(1000);
  });
});
