// The floor for messages within one process: an array of functions that the next microtask calls. No actors, no bounds.
import type { Contender, Stage } from '../contender.ts';
import { Tally } from '../tally.ts';

// Without a pause after so many, how fast an array of millions grows would be measured.
const PAUSE_AFTER = 1024;

export function closuresContender(): Contender {
  return {
    name: 'closures',
    description: 'an array of functions that a microtask calls, which is no runtime at all',
    kind: 'reference',
    stage: open,
  };
}

function open(): Promise<Stage> {
  const queue = new Queue();
  const tally = new Tally();
  return Promise.resolve({
    conversation: {
      echo: (item) => new Promise((resolve) => queue.push(() => resolve(item))),
      tell: (item) => queue.push(() => tally.add(item)) < PAUSE_AFTER,
      ready: () => new Promise((resolve) => queue.push(resolve)),
      handled: () => new Promise((resolve) => queue.push(() => resolve(tally.take()))),
      close: () => Promise.resolve(),
    },
    live: () => new Promise((resolve) => new Queue().push(resolve)),
    populate(count) {
      const queues = Array.from({ length: count }, () => new Queue());
      return Promise.resolve(() => {
        queues.length = 0;
        return Promise.resolve();
      });
    },
  });
}

class Queue {
  #waiting: (() => void)[] = [];

  /** How many wait now. */
  push(call: () => void): number {
    const length = this.#waiting.push(call);
    if (length === 1) queueMicrotask(this.#run);
    return length;
  }

  readonly #run = (): void => {
    const calls = this.#waiting;
    this.#waiting = [];
    for (const call of calls) call();
  };
}
