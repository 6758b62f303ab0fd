// The states of one process as somebody reads them, in his own time: those that came meanwhile wait, the oldest of too many are
// forgotten.
import type { ProcessState } from './actor-process.ts';

// A reader that is so far behind is better served by the latest.
const MOST_WAITING = 64;

export class StateStream implements AsyncIterableIterator<ProcessState> {
  readonly #waiting: ProcessState[];
  readonly #left: () => void;
  // Whoever called `next()` while nothing waited.
  #wakers: (() => void)[] = [];
  #isOver = false;

  /** `left` is called when the reader goes before the end. */
  constructor(first: ProcessState, left: () => void) {
    this.#waiting = [first];
    this.#left = left;
  }

  push(state: ProcessState): void {
    this.#waiting.push(state);
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
    this.#wake();
  }

  /** Nothing comes any more; what waits is still read. */
  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  async next(): Promise<IteratorResult<ProcessState>> {
    while (this.#waiting.length === 0 && !this.#isOver)
      await new Promise<void>((resolve) => {
        this.#wakers.push(resolve);
      });
    const value = this.#waiting.shift();
    return value === undefined ? { done: true, value: undefined } : { done: false, value };
  }

  return(): Promise<IteratorResult<ProcessState>> {
    this.#waiting.length = 0;
    this.end();
    this.#left();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #wake(): void {
    const wakers = this.#wakers;
    this.#wakers = [];
    for (const wake of wakers) wake();
  }
}
