// Decides when actors of this event loop run. Actors with something to do stand in line and run in turn; after a time budget
// the line waits until timers and sockets had their chance.
import Denque from 'denque';
import type { Clock } from '../clock.ts';

export interface Runnable {
  /** Handles some messages; true when it has more and wants another turn. */
  run(): boolean;
}

export class RunQueue {
  readonly #clock: Clock;
  readonly #budgetMs: number;
  readonly #line = new Denque<Runnable>();
  #scheduled = false;
  // When actors first ran in this turn of the event loop; undefined until one does.
  #turnStartMs: number | undefined;

  /** `budgetMs`: how long actors may keep the event loop before it turns. */
  constructor(clock: Clock, budgetMs: number) {
    this.#clock = clock;
    this.#budgetMs = budgetMs;
  }

  schedule(runnable: Runnable): void {
    this.#line.push(runnable);
    if (this.#scheduled) return;
    this.#scheduled = true;
    // A microtask is soonest; but chains of microtasks would starve the loop, so the budget spans the whole turn.
    if (this.#budgetIsSpent()) setImmediate(this.#drain);
    else queueMicrotask(this.#drain);
  }

  readonly #drain = (): void => {
    if (this.#turnStartMs === undefined) {
      this.#turnStartMs = this.#clock.now();
      setImmediate(this.#newTurn);
    }
    // `#scheduled` stays set while the line moves: what is scheduled meanwhile joins it.
    for (let runnable = this.#line.shift(); runnable !== undefined; runnable = this.#line.shift()) {
      if (runnable.run()) this.#line.push(runnable);
      if (this.#budgetIsSpent() && !this.#line.isEmpty()) {
        setImmediate(this.#drain);
        return;
      }
    }
    this.#scheduled = false;
  };

  readonly #newTurn = (): void => {
    this.#turnStartMs = undefined;
  };

  #budgetIsSpent(): boolean {
    return this.#turnStartMs !== undefined && this.#clock.now() - this.#turnStartMs > this.#budgetMs;
  }
}
