// Deadlines of things that mostly end long before them. Those of one length end in the order they began, so each length has
// one linked list and one timer: adding and removing cost no search, and no timer of their own.
import type { Clock, Timer } from '../clock.ts';

/** Something with a deadline. The links are the list's; nobody else touches them. */
export abstract class Expiring {
  /** Set by `Deadlines` while it is in a list. */
  line: DeadlineLine | undefined;
  previous: Expiring | undefined;
  next: Expiring | undefined;
  deadlineMs = 0;

  abstract expire(): void;
}

interface DeadlineLine {
  readonly lengthMs: number;
  first: Expiring | undefined;
  last: Expiring | undefined;
  timer: Timer | undefined;
}

export class Deadlines {
  readonly #clock: Clock;
  readonly #lines = new Map<number, DeadlineLine>();
  // The line used last: mostly there is one.
  #last: DeadlineLine | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `entry.expire()` is called `lengthMs` from now unless it is removed before. Returns what time it is now. */
  add(entry: Expiring, lengthMs: number): number {
    if (lengthMs === Infinity) return 0;
    const now = this.#clock.now();
    const line = this.#last?.lengthMs === lengthMs ? this.#last : this.#lineOf(lengthMs);
    entry.line = line;
    entry.deadlineMs = now + lengthMs;
    entry.previous = line.last;
    if (line.last === undefined) line.first = entry;
    else line.last.next = entry;
    line.last = entry;
    // The timer is left running when its entry ends early: it then finds the next one and sleeps on.
    line.timer ??= this.#clock.after(lengthMs, () => this.#expireDue(line));
    return now;
  }

  remove(entry: Expiring): void {
    const line = entry.line;
    if (line === undefined) return;
    if (entry.previous === undefined) line.first = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next === undefined) line.last = entry.previous;
    else entry.next.previous = entry.previous;
    entry.line = entry.previous = entry.next = undefined;
  }

  /** Cancels every timer; nothing expires any more. */
  close(): void {
    for (const line of this.#lines.values()) line.timer?.cancel();
    this.#lines.clear();
    this.#last = undefined;
  }

  #lineOf(lengthMs: number): DeadlineLine {
    let line = this.#lines.get(lengthMs);
    if (line === undefined) {
      line = { lengthMs, first: undefined, last: undefined, timer: undefined };
      this.#lines.set(lengthMs, line);
    }
    this.#last = line;
    return line;
  }

  #expireDue(line: DeadlineLine): void {
    line.timer = undefined;
    const now = this.#clock.now();
    for (let entry = line.first; entry !== undefined && entry.deadlineMs <= now; entry = line.first) {
      this.remove(entry);
      entry.expire();
    }
    if (line.first === undefined) {
      this.#lines.delete(line.lengthMs);
      if (this.#last === line) this.#last = undefined;
    } else line.timer ??= this.#clock.after(line.first.deadlineMs - now, () => this.#expireDue(line));
  }
}
