// Time as a parameter: everything in core that waits or measures takes a Clock, so that a test can own it.

/** A timer that a `Clock` set; opaque. */
export type Timer = { readonly cancel: () => void };

export interface Clock {
  /** Milliseconds that only grow; the zero is the same in all processes of a machine. */
  now(): number;
  /** Calls `callback` once after `delayMs` milliseconds. A timer never keeps the process alive by itself. */
  after(delayMs: number, callback: () => void): Timer;
}

// setTimeout holds a delay in 31 bits and fires at once beyond it.
const LONGEST_DELAY_MS = 2 ** 31 - 1;

// The zero of `performance.now()` is the start of the process; that of `hrtime` is the machine's.
const [SECONDS, NANOSECONDS] = process.hrtime();
const STARTED_AT_MS = SECONDS * 1000 + NANOSECONDS / 1e6 - performance.now();

export const systemClock: Clock = {
  now: () => performance.now() + STARTED_AT_MS,
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), LONGEST_DELAY_MS));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
