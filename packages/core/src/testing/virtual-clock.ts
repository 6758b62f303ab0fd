// Time that stands still until somebody moves it. Who moves it, and when nothing is left to do before, is the matter of
// `VirtualTime`.
import { setImmediate } from 'node:timers';
import type { Clock, Timer } from '../clock.ts';
import { guarded } from '../guarded.ts';

interface Entry {
  readonly atMs: number;
  /** Undefined once it was called or cancelled. */
  callback: (() => void) | undefined;
}

export class VirtualClock implements Clock {
  // By time, and those of one time as they were set.
  readonly #entries: Entry[] = [];
  #nowMs = 0;
  #changes = 0;

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const entry: Entry = { atMs: this.#nowMs + Math.max(0, delayMs), callback };
    this.#changes += 1;
    if (entry.atMs < Infinity) this.#entries.splice(this.#placeOf(entry.atMs), 0, entry);
    return { cancel: () => (entry.callback = undefined) };
  }

  /** Grows whenever a timer is set or called. */
  get changes(): number {
    return this.#changes;
  }

  /** When the next timer is due; undefined when none is set. */
  get nextMs(): number | undefined {
    while (this.#entries[0] !== undefined && this.#entries[0].callback === undefined) this.#entries.shift();
    return this.#entries[0]?.atMs;
  }

  /** Moves time to the next timer and calls it, and no other. */
  callNext(): void {
    if (this.nextMs === undefined) return;
    const entry = this.#entries.shift();
    const callback = entry?.callback;
    if (entry === undefined || callback === undefined) return;
    entry.callback = undefined;
    this.#nowMs = Math.max(this.#nowMs, entry.atMs);
    this.#changes += 1;
    guarded(callback);
  }

  /** Moves time to `atMs`, which no timer may be due before. */
  moveTo(atMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, Math.min(atMs, this.nextMs ?? atMs));
  }

  /** Behind all that are due then or earlier. */
  #placeOf(atMs: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle]?.atMs ?? 0) <= atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The clock as one process has it: with the process end its timers, and time goes on without it. */
export class ProcessClock implements Clock {
  readonly #clock: Clock;
  readonly #timers = new Set<Timer>();
  // What was due while the process was suspended.
  #overdue: (() => void)[] = [];
  #isSuspended = false;
  #isStopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  after(delayMs: number, callback: () => void): Timer {
    if (this.#isStopped) return { cancel: () => undefined };
    let isCancelled = false;
    const call = (): void => {
      if (!isCancelled && !this.#isStopped) callback();
    };
    const timer = this.#clock.after(delayMs, () => {
      this.#timers.delete(timer);
      if (this.#isSuspended) this.#overdue.push(call);
      else call();
    });
    this.#timers.add(timer);
    return {
      cancel: () => {
        isCancelled = true;
        this.#timers.delete(timer);
        timer.cancel();
      },
    };
  }

  /** Timers that are due wait from now on. */
  suspend(): void {
    this.#isSuspended = true;
  }

  /** Calls what has been due meanwhile, at this instant. */
  resume(): void {
    this.#isSuspended = false;
    for (const call of this.#overdue.splice(0)) setImmediate(call);
  }

  stop(): void {
    this.#isStopped = true;
    this.#overdue = [];
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }
}
