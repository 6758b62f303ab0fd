// What becomes of letters, messages from programs that are no nodes: each goes to the actor that holds the name, as an ordinary
// message of this process, or is counted and logged as refused. How they come here is the transport's matter.
import type { Destination } from '../actor/actor-ref.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { readLetter } from './letter.ts';

/** Letters that came to this process. */
export interface LetterCounts {
  /** Were sent on to an actor; how they ended there is in the account. */
  readonly taken: number;
  /** Went to nobody: they were no letters, or no actor had the name. */
  readonly refused: number;
}

/** What letters need of their node. */
export interface LettersHost {
  readonly log: Logger;
  readonly clock: Clock;
  /** Whoever holds `name` now. */
  readonly holderOf: (name: string) => Destination | undefined;
}

// At most one line in this time; what comes in between is counted in the next.
const PAUSE_MS = 1000;
const LONGEST_NAME = 80;

export class Letters {
  readonly #host: LettersHost;
  #taken = 0;
  #refused = 0;
  #lastMs = -Infinity;
  #lastRefused = 0;

  constructor(host: LettersHost) {
    this.#host = host;
  }

  get counts(): LetterCounts {
    return { taken: this.#taken, refused: this.#refused };
  }

  /** Takes what lies in `memory` from `start` to `end`. Never throws. */
  readonly receive = (memory: Buffer, start: number, end: number): void => {
    const letter = readLetter(memory, start, end);
    if (typeof letter === 'string') {
      this.refuse(letter);
      return;
    }
    const { to, type, payload } = letter;
    try {
      const holder = this.#host.holderOf(to);
      if (holder === undefined) {
        this.refuse(`no actor has the name ${JSON.stringify(to.slice(0, LONGEST_NAME))}`);
        return;
      }
      holder.tell(type, payload);
      this.#taken += 1;
    } catch (error) {
      this.refuse(error instanceof Error ? error.message : String(error));
    }
  };

  /** Counts something that is no letter. */
  readonly refuse = (why: string): void => {
    this.#refused += 1;
    const now = this.#host.clock.now();
    if (now - this.#lastMs < PAUSE_MS) return;
    const others = this.#refused - this.#lastRefused - 1;
    this.#lastMs = now;
    this.#lastRefused = this.#refused;
    this.#host.log.warn(
      `a letter was refused: ${why}${others === 0 ? '' : `, and ${String(others)} more before it`}`,
    );
  };
}
