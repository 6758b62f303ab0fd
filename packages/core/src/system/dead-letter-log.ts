// Puts dead letters into the log so that nothing is lost in silence, and not so many lines that nobody reads them. Programs
// listen for the event instead, which has every one.
import { formatAddress } from '../address.ts';
import type { DeadLetterReason } from '../actor/cell-host.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { DeadLetter } from './account.ts';

// At most one line in this time; what comes in between is counted in the next.
const PAUSE_MS = 1000;

// Messages to actors that were stopped are part of every orderly end; of an ask given up its asker knows.
const QUIET: readonly DeadLetterReason[] = ['stopped', 'abandoned', 'expired'];

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
    if (QUIET.includes(letter.reason)) return;
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
