// How a test waits when its processes are real: the clock is the machine's, and what goes on in other processes
// shows only in what they send.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pace } from './pace.ts';

// How often something is looked at.
const LOOK_MS = 5;
// How long nothing may have changed before that is called settled, and how long that is waited for.
const CALM_MS = 100;
const LONGEST_MS = 5000;

export class RealTime implements Pace {
  readonly #startMs = performance.now();
  readonly #waiting: () => number;

  /** `waiting` tells how many messages of this process have not ended. */
  constructor(waiting: () => number) {
    this.#waiting = waiting;
  }

  now(): number {
    return performance.now() - this.#startMs;
  }

  async advance(byMs: number): Promise<void> {
    await pause(byMs);
  }

  async settled(): Promise<void> {
    const untilMs = this.now() + LONGEST_MS;
    for (let calmMs = 0; calmMs < CALM_MS && this.now() < untilMs; calmMs += LOOK_MS) {
      await pause(LOOK_MS);
      if (this.#waiting() > 0) calmMs = 0;
    }
  }

  async until(isSo: () => boolean, withinMs: number, late: () => Error): Promise<void> {
    const untilMs = this.now() + withinMs;
    while (!isSo()) {
      if (this.now() >= untilMs) throw late();
      await pause(LOOK_MS);
    }
  }

  carry<T>(work: Promise<T>): Promise<T> {
    return work;
  }
}
