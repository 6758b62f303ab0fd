// Time as a parameter: everything in core that waits or measures takes a Clock, so that a test can own it.

/** A timer that a `Clock` set; opaque. */
export type Timer = { readonly cancel: () => void };

export interface Clock {
  /** Milliseconds that only grow; the zero is the same in all processes of a machine. */
  now(): number;
  /** Calls `callback` once after `delayMs` milliseconds. A timer does not keep the process alive unless it is told to. */
  after(delayMs: number, callback: () => void, keepsAlive?: boolean): Timer;
}

// setTimeout holds a delay in 31 bits and fires at once beyond it.
const LONGEST_DELAY_MS = 2 ** 31 - 1;

// The zero of `performance.now()` is the start of the process; that of `hrtime` is the machine's.
// Another process may run between two readings, and then the difference is too small.
const STARTED_AT_MS = Math.max(...Array.from({ length: 5 }, startedAtMs));

export const systemClock: Clock = {
  now: () => performance.now() + STARTED_AT_MS,
  after(delayMs, callback, keepsAlive = false) {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), LONGEST_DELAY_MS));
    if (!keepsAlive) timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

function startedAtMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6 - performance.now();
}

/** Resolves after `delayMs` milliseconds. The process stays alive for it: somebody waits, and has to be answered. */
export function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.after(delayMs, resolve, true));
}
