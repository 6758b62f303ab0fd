// One timer of an actor, under its key: when it is due, again and again if it is repeated, and whether the message it sent last
// still waits.
import type { Clock, Timer } from '../clock.ts';
import { SelfAsker } from './self-asker.ts';

/** What a timer does when it is due, and when the message of one that is not repeated has been handled. */
interface TimerCalls {
  send(): void;
  done(): void;
}

/** A timer that runs; stands as the asker of its messages, and so learns when one has been handled. */
export class KeyedTimer extends SelfAsker {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #isRepeated: boolean;
  readonly #calls: TimerCalls;
  #dueMs: number;
  #timer: Timer;
  // Its last message waits or is being handled.
  #isUnderWay = false;

  constructor(clock: Clock, intervalMs: number, isRepeated: boolean, calls: TimerCalls) {
    super();
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#isRepeated = isRepeated;
    this.#calls = calls;
    this.#dueMs = clock.now() + intervalMs;
    this.#timer = clock.after(intervalMs, this.#onTime);
  }

  resolve(): void {
    this.#isUnderWay = false;
    if (!this.#isRepeated) this.#calls.done();
  }

  reject(): void {
    this.resolve();
  }

  /** Sends nothing any more. */
  halt(): void {
    this.#timer.cancel();
  }

  /** And what it has sent is void. */
  cancel(): void {
    this.halt();
    this.abandoned = true;
  }

  readonly #onTime = (): void => {
    const now = this.#clock.now();
    const leftMs = this.#dueMs - now;
    // A clock cannot hold every delay in one piece.
    if (leftMs >= 1) {
      this.#timer = this.#clock.after(leftMs, this.#onTime);
      return;
    }
    if (this.#isRepeated) {
      // From when it was due, or it would lag more with each; but what was missed altogether is not made up for.
      const lateMs = Math.max(0, now - this.#dueMs);
      this.#dueMs += this.#intervalMs * (1 + Math.floor(lateMs / this.#intervalMs));
      this.#timer = this.#clock.after(this.#dueMs - now, this.#onTime);
    }
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    this.#calls.send();
  };
}
