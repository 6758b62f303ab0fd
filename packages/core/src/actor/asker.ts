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
  /**
   * The message is forwarded: calls `send` once with who waits for the answer to that, if anybody does, and gives who still wants
   * to know that the handler has returned. Throws what `send` threw, and is as before then. Left out: it waits itself.
   */
  handOn?(send: (heir: Asker | undefined) => void): Asker | undefined;
  /** Who waits in its place while the message is put aside, if anybody does; left out: it waits itself. */
  putAside?(): Asker | undefined;
  /** Called once when the asker gives up; at most one callback. */
  onAbandon: (() => void) | undefined;
}

/** How many items of a stream may be granted at a time: the bound of what a peer can have this process keep for one stream. */
export const MAX_WINDOW = 65_536;

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

/** `send` forwards its message: it waits for whoever answers that. Throws what `send` threw, and all is as before then. */
export function handOn(asker: Asker | undefined, send: (heir: Asker | undefined) => void): void {
  if (asker === undefined) {
    send(undefined);
    return;
  }
  const { onAbandon } = asker;
  // That it gives up is to be heard there, not here.
  asker.onAbandon = undefined;
  try {
    send(asker);
  } catch (error) {
    asker.onAbandon = onAbandon;
    throw error;
  }
}
