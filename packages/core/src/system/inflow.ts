// Messages that one other process sent to one actor of this one: how they end is counted here and reported back, so that the
// sender's window opens again and its account stays true.
import type { Origin, Outcome } from '../actor/message.ts';
import type { Settled } from '../wire/envelope.ts';

export class Inflow implements Origin {
  readonly actor: number;
  /** Since the last report. */
  counts: Settled = { delivered: 0, dead: 0, lost: 0, bytes: 0 };
  // Whether the counts have changed since.
  #isDue = false;
  readonly #report: (inflow: Inflow, prompt: boolean) => void;

  /** `report` is called when counts changed: at once when the sender waits, else at leisure. */
  constructor(actor: number, report: (inflow: Inflow, prompt: boolean) => void) {
    this.actor = actor;
    this.#report = report;
  }

  settle(outcome: Outcome, count: number, bytes: number, prompt: boolean): void {
    this.counts[outcome] += count;
    this.counts.bytes += bytes;
    if (this.#isDue && !prompt) return;
    this.#isDue = true;
    this.#report(this, prompt);
  }

  /** The counts to be reported; counting begins anew. */
  take(): Settled {
    const { counts } = this;
    this.counts = { delivered: 0, dead: 0, lost: 0, bytes: 0 };
    this.#isDue = false;
    return counts;
  }
}
