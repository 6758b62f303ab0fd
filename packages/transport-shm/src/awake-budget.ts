// How much of the processor a node may spend on looking in vain: a reader keeps looking for a while after each frame, because
// the next one then costs no system call, and when none comes that while was for nothing. Frames that come at the wrong
// distance would make it so each time. What ends with a frame is not counted: it saved a sleep, which costs as much.

/** Part of a core that looking in vain may take. */
const SHARE = 0.25;
/** Milliseconds of the share that may be saved for later. */
const MOST_SAVED_MS = 5;

/**
 * Looks for which one lane may keep the event loop from its other work, some 2 us: most answers to what is asked of a process
 * that is awake come in that time, and a turn of the event loop takes half as long. More lanes that look share them.
 */
const LOOKS = 256;

/** One a node: its lanes look in the same turns of the event loop. Times are milliseconds of one monotonic clock. */
export class AwakeBudget {
  #savedMs = MOST_SAVED_MS;
  #countedAt = 0;
  #openWindows = 0;

  /** Whether `ms` may be spent by now. */
  covers(ms: number, now: number): boolean {
    return ms <= this.#balance(now);
  }

  /** `ms` were spent in vain. */
  spend(ms: number, now: number): void {
    this.#savedMs = Math.max(0, this.#balance(now) - ms);
    this.#countedAt = now;
  }

  /** A lane begins to look. */
  opened(): void {
    this.#openWindows += 1;
  }

  /** It has stopped. */
  closed(): void {
    this.#openWindows -= 1;
  }

  /** How often each lane that looks may do so in one go. */
  get looks(): number {
    return LOOKS / Math.max(1, this.#openWindows);
  }

  #balance(now: number): number {
    return Math.min(MOST_SAVED_MS, this.#savedMs + (now - this.#countedAt) * SHARE);
  }
}
