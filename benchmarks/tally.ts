// What a receiver has handled. A contender that loses, invents or mixes up messages is no contender.
import { isGenuine, payloadOf, type Item, type PayloadSize } from './payload.ts';

/** What was handled since it was last asked. */
export interface Handled {
  readonly count: number;
  /** Sum of the lengths of the payloads, in characters or bytes. */
  readonly length: number;
  /** Sum of the ids. */
  readonly ids: number;
  /** Items whose content was not what was sent, or that came out of turn. */
  readonly wrong: number;
}

export const NOTHING: Handled = { count: 0, length: 0, ids: 0, wrong: 0 };

export class Tally {
  readonly #isOrdered: boolean;
  #count = 0;
  #length = 0;
  #ids = 0;
  #wrong = 0;

  /** `order`: whether items come in the order of their ids, as they do from one sender. */
  constructor(order: 'by-id' | 'any' = 'by-id') {
    this.#isOrdered = order === 'by-id';
  }

  add(item: Item): void {
    if ((this.#isOrdered && item.id !== this.#count) || !isGenuine(item)) this.#wrong += 1;
    this.#count += 1;
    this.#length += item.payload.length;
    this.#ids += item.id;
  }

  /** The counts so far; they begin anew. */
  take(): Handled {
    const handled = { count: this.#count, length: this.#length, ids: this.#ids, wrong: this.#wrong };
    this.#count = this.#length = this.#ids = this.#wrong = 0;
    return handled;
  }
}

/** Throws unless `handled` is what senders sent: so many items each, numbered from 0. */
export function expectAll(handled: Handled, size: PayloadSize, counts: readonly number[]): void {
  const count = counts.reduce((sum, own) => sum + own, 0);
  const expected: Handled = {
    count,
    length: count * payloadOf(size).length,
    ids: counts.reduce((sum, own) => sum + (own * (own - 1)) / 2, 0),
    wrong: 0,
  };
  if (JSON.stringify(handled) === JSON.stringify(expected)) return;
  throw new Error(`sent was ${JSON.stringify(expected)}, handled ${JSON.stringify(handled)}`);
}
