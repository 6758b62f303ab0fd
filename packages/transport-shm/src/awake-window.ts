// The time in which one end of a lane keeps looking for what it waits for, before it sleeps: a frame at the reading end, room at
// the writing end. Found in time it costs no system call on either side.
import type { AwakeBudget } from './awake-budget.ts';
import { AwakeHabit } from './awake-habit.ts';

export class AwakeWindow {
  readonly #awakeMs: number;
  readonly #budget: AwakeBudget;
  readonly #habit = new AwakeHabit();
  #beganAtMs = -Infinity;
  // Something has been looked for since.
  #isOpen = false;

  /** With an `awakeMs` of Infinity it never closes by itself. */
  constructor(awakeMs: number, budget: AwakeBudget) {
    this.#awakeMs = awakeMs;
    this.#budget = budget;
  }

  /** What is waited for may come from now on. */
  begin(): void {
    this.close();
    this.#beganAtMs = performance.now();
  }

  /** It has come. */
  caught(): void {
    if (this.#isOpen) this.#habit.caught();
    this.close();
  }

  /** How often to look before the event loop gets its turn, once it stays open. */
  get looks(): number {
    return this.#budget.looks;
  }

  /** It has not come yet: whether to look again, rather than sleep. */
  staysOpen(): boolean {
    if (this.#awakeMs !== Infinity && !this.#isWorthWhile()) {
      this.close();
      this.#beganAtMs = -Infinity;
      return false;
    }
    if (!this.#isOpen) this.#budget.opened();
    this.#isOpen = true;
    return true;
  }

  /** Nothing is looked for any more. */
  close(): void {
    if (this.#isOpen) this.#budget.closed();
    this.#isOpen = false;
  }

  #isWorthWhile(): boolean {
    if (this.#beganAtMs === -Infinity || (!this.#isOpen && !this.#habit.opens())) return false;
    const now = performance.now();
    const lookedMs = Math.min(this.#awakeMs, now - this.#beganAtMs);
    if (lookedMs < this.#awakeMs && this.#budget.covers(lookedMs, now)) return true;
    this.#habit.missed();
    this.#budget.spend(lookedMs, now);
    return false;
  }
}
