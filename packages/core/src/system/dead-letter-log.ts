// Puts dead letters into the log so that nothing is lost in silence, and not so many lines that nobody reads them. Programs
// listen for the event instead, which has every one.
import { formatAddress } from '../address.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { DeadLetter } from './account.ts';

// At most one line in this time; what comes in between is counted in the next.
const PAUSE_MS = 1000;

export class DeadLetterLog {
  readonly #log: Logger;
  readonly #clock: Clock;
  #lastMs = -Infinity;
  #unreported = 0;

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  report(letter: DeadLetter): void {
    // Messages to actors that were stopped, and asks given up, are part of every orderly end.
    if (letter.reason === 'stopped' || letter.reason === 'abandoned') return;
    const now = this.#clock.now();
    if (now - this.#lastMs < PAUSE_MS) {
      this.#unreported += 1;
      return;
    }
    const others = this.#unreported === 0 ? '' : `, and ${String(this.#unreported)} more before it`;
    this.#lastMs = now;
    this.#unreported = 0;
    this.#log.warn(`dead letter '${letter.type}' to ${formatAddress(letter.to)}: ${letter.reason}${others}`);
  }
}
