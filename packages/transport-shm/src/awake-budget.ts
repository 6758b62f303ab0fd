// How much of the processor a node may spend on looking in vain: a reader keeps looking for a while after each frame, because
// the next one then costs no system call, and when none comes that while was for nothing. Frames that come at the wrong
// distance would make it so each time. What ends with a frame is not counted: it saved a sleep, which costs as much.

/** Part of a core that looking in vain may take. */
const SHARE = 0.25;
/** Milliseconds of the share that may be saved for later. */
const MOST_SAVED_MS = 5;

/** One a node: its lanes look in the same turns of the event loop. Times are milliseconds of one monotonic clock. */
export class AwakeBudget {
  #savedMs = MOST_SAVED_MS;
  #countedAt = 0;

  /** Whether `ms` may be spent by now. */
  covers(ms: number, now: number): boolean {
    return ms <= this.#balance(now);
  }

  /** `ms` were spent in vain. */
  spend(ms: number, now: number): void {
    this.#savedMs = Math.max(0, this.#balance(now) - ms);
    this.#countedAt = now;
  }

  #balance(now: number): number {
    return Math.min(MOST_SAVED_MS, this.#savedMs + (now - this.#countedAt) * SHARE);
  }
}
