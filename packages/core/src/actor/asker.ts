// Somebody who waits for the answer to a message, wherever he is, as those see him who handle the message or pass it on.
import type { Clock } from '../clock.ts';
import { timeLeft } from './deadline.ts';

/** Somebody who waits for an answer. The first of the two calls counts. */
export interface Asker {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** Whether the asker has given up. */
  readonly abandoned: boolean;
  /** When it will, see `deadline.ts`; `NO_DEADLINE` for what waits as long as it takes. */
  readonly deadline: number;
  /** Whether its message stays where it is when others have to make room: one that an actor sent itself. */
  readonly keepsItsPlace?: boolean;
  /** Whether it wants to be told of the answer even after it gave up. */
  readonly heedsLateAnswer?: boolean;
  /** One answer, a stream of items, or `'nothing'`: it only wants to know that the message was handled. */
  readonly wants: 'answer' | 'items' | 'nothing';
  /** Who waits in its place when the message is forwarded, if anybody does; left out: it waits itself. */
  handOn?(): Asker | undefined;
  /** Called once when the asker gives up; at most one callback. */
  onAbandon: (() => void) | undefined;
}

/** Somebody who waits for the items of a stream; `resolve` says that there are no more. */
export interface StreamAsker extends Asker {
  readonly wants: 'items';
  /** How many items it takes before it grants more; 1 or more. */
  readonly window: number;
  /** Takes an item. False when it was not granted. Throws when it cannot travel. */
  item(value: unknown): boolean;
  /** Called when there may be `count` more items; at most one callback. */
  onGrant: ((count: number) => void) | undefined;
}

export function isStreamAsker(asker: Asker): asker is StreamAsker {
  return asker.wants === 'items';
}

/** How an asker that has given up came to do so. */
export function whyGivenUp(asker: Asker, clock: Clock): 'abandoned' | 'expired' {
  // The asker itself was a fraction of a millisecond before the number.
  return timeLeft(asker.deadline, clock.now()) <= 1 ? 'expired' : 'abandoned';
}
