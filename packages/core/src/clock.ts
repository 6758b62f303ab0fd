// Time as a parameter: everything in core that waits or measures takes a Clock, so that a test can own it.

/** A timer that a `Clock` set; opaque. */
export type Timer = { readonly cancel: () => void };

export interface Clock {
  /** Milliseconds that only grow; the zero is arbitrary. */
  now(): number;
  /** Calls `callback` once after `delayMs` milliseconds. A timer never keeps the process alive by itself. */
  after(delayMs: number, callback: () => void): Timer;
}

// setTimeout holds a delay in 31 bits and fires at once beyond it.
const LONGEST_DELAY_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), LONGEST_DELAY_MS));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
