// How long an actor may take to stop. Of several deadlines the soonest counts.
import type { Clock, Timer } from '../clock.ts';
import type { Behavior } from './behavior.ts';

// As long as its children may take, and no clock need count so far.
const UNHURRIED_MS = 24 * 60 * 60 * 1000;

/** How long an actor of that kind may take when nobody says otherwise. */
export function stopTimeoutOf(behavior: Behavior, defaultMs: number): number {
  return behavior.isSupervisor === true ? UNHURRIED_MS : defaultMs;
}

export class StopDeadline {
  readonly #clock: Clock;
  readonly #onPassed: (afterMs: number) => void;
  #timer: Timer | undefined;
  #atMs = Infinity;

  /** `onPassed` is called once, with the length of the deadline that has passed. */
  constructor(clock: Clock, onPassed: (afterMs: number) => void) {
    this.#clock = clock;
    this.#onPassed = onPassed;
  }

  /** `timeoutMs` from now on, unless it is to be sooner anyway. */
  set(timeoutMs: number): void {
    const atMs = this.#clock.now() + timeoutMs;
    if (atMs >= this.#atMs) return;
    this.#timer?.cancel();
    this.#atMs = atMs;
    this.#timer = this.#clock.after(timeoutMs, () => this.#onPassed(timeoutMs));
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#atMs = Infinity;
  }
}
