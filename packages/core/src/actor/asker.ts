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
  /** Who waits in its place when the message is forwarded, if anybody does; left out: it waits itself. */
  handOn?(): Asker | undefined;
  /** Called once when the asker gives up; at most one callback. */
  onAbandon: (() => void) | undefined;
}

/** How an asker that has given up came to do so. */
export function whyGivenUp(asker: Asker, clock: Clock): 'abandoned' | 'expired' {
  // The asker itself was a fraction of a millisecond before the number.
  return timeLeft(asker.deadline, clock.now()) <= 1 ? 'expired' : 'abandoned';
}
