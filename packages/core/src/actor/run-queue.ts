// Decides when actors of this event loop run. Actors with something to do stand in line and run in turn; after a time budget
// the line waits until timers and sockets had their chance.
import Denque from 'denque';
import type { Clock } from '../clock.ts';
import { guarded } from '../guarded.ts';

export interface Runnable {
  /** How many messages it may handle in its next turn; the queue's to set, 1 at first. */
  quota: number;
  /** How many more it may handle out of line before it must ask; the queue's to set, 0 at first. */
  allowance: number;
  /** The turn of the loop for which it has its allowance; the queue's to set. */
  allowedIn: number;
  /** Handles at most `quota` messages; true when it has more and wants another turn. */
  run(): boolean;
}

// A quota grows while turns are this short, and shrinks when one takes a quarter of the budget: the clock is read once a
// turn, not once a message, and slow handlers do not hold the loop for many messages.
const SHORT_TURN_MS = 0.25;
const LARGEST_QUOTA = 64;

export class RunQueue {
  readonly #clock: Clock;
  readonly #budgetMs: number;
  readonly #line = new Denque<Runnable>();
  #scheduled = false;
  // When actors first ran in this turn of the event loop; undefined until one does.
  #turnStartMs: number | undefined;
  #turn = 0;
  // When the last allowance was given.
  #allowedAtMs = 0;
  #isClosed = false;

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

  /** Nothing runs any more, and what wants to waits for ever. */
  close(): void {
    this.#isClosed = true;
    this.#scheduled = true;
    this.#line.clear();
  }

  /**
   * Whether `runnable` may handle one message right now, out of line: until the budget of this turn is spent. For what the
   * event loop itself brings, not for what another actor says: that would run inside the other.
   */
  admits(runnable: Runnable): boolean {
    if (runnable.allowance > 0 && runnable.allowedIn === this.#turn) {
      runnable.allowance -= 1;
      return true;
    }
    return this.#allow(runnable);
  }

  #allow(runnable: Runnable): boolean {
    const now = this.#clock.now();
    const turnStartMs = this.#beginTurn(now);
    if (runnable.allowedIn === this.#turn) this.#adapt(runnable, now - this.#allowedAtMs);
    if (now - turnStartMs > this.#budgetMs) return false;
    this.#allowedAtMs = now;
    runnable.allowedIn = this.#turn;
    runnable.allowance = runnable.quota - 1;
    return true;
  }

  #beginTurn(now: number): number {
    if (this.#turnStartMs === undefined) {
      this.#turnStartMs = now;
      setImmediate(this.#newTurn);
    }
    return this.#turnStartMs;
  }

  readonly #drain = (): void => {
    // `#scheduled` stays set while the line moves: what is scheduled meanwhile joins it.
    let before = this.#clock.now();
    const turnStartMs = this.#beginTurn(before);
    for (let runnable = this.#line.shift(); runnable !== undefined; runnable = this.#line.shift()) {
      this.#runOne(runnable);
      if (this.#isClosed) return;
      // Whoever was alone, and has nothing left to do, need not be timed.
      if (this.#line.isEmpty()) break;
      const now = this.#clock.now();
      this.#adapt(runnable, now - before);
      before = now;
      if (now - turnStartMs > this.#budgetMs) {
        setImmediate(this.#drain);
        return;
      }
    }
    this.#scheduled = false;
  };

  #runOne(runnable: Runnable): void {
    // Whatever happens in one, the line must move on.
    guarded(() => {
      if (runnable.run()) this.#line.push(runnable);
    });
  }

  #adapt(runnable: Runnable, tookMs: number): void {
    if (tookMs < SHORT_TURN_MS) runnable.quota = Math.min(runnable.quota * 2, LARGEST_QUOTA);
    else if (tookMs * 4 > this.#budgetMs) runnable.quota = Math.max(1, runnable.quota >> 2);
  }

  readonly #newTurn = (): void => {
    this.#turnStartMs = undefined;
    this.#turn += 1;
  };

  #budgetIsSpent(): boolean {
    return this.#turnStartMs !== undefined && this.#clock.now() - this.#turnStartMs > this.#budgetMs;
  }
}
