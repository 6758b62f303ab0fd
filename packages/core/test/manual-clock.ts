// A clock that stands still until a test moves it.
import type { Clock } from '../src/clock.ts';

export interface ManualClock extends Clock {
  /** Moves time on and calls what is due, in order of time. */
  advance(byMs: number): void;
  /** Timers that are set. */
  readonly pending: number;
}

export function manualClock(): ManualClock {
  let nowMs = 0;
  let timers: { readonly atMs: number; readonly callback: () => void }[] = [];
  return {
    now: () => nowMs,
    after(delayMs, callback) {
      const timer = { atMs: nowMs + Math.max(0, delayMs), callback };
      timers.push(timer);
      return { cancel: () => (timers = timers.filter((other) => other !== timer)) };
    },
    advance(byMs) {
      const endMs = nowMs + byMs;
      for (;;) {
        const next = timers
          .filter(({ atMs }) => atMs <= endMs)
          .sort((left, right) => left.atMs - right.atMs)[0];
        if (next === undefined) break;
        timers = timers.filter((other) => other !== next);
        nowMs = Math.max(nowMs, next.atMs);
        next.callback();
      }
      nowMs = endMs;
    },
    get pending() {
      return timers.length;
    },
  };
}
