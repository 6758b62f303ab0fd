// Messages that one other process sent to one actor of this one: how they end is counted here and reported back, so that the
// sender's window opens again and its account stays true.
import type { Origin, Outcome } from '../actor/message.ts';
import type { Settled } from '../wire/settled.ts';

export class Inflow implements Origin {
  readonly actor: number;
  /** Whether it stands in the list of those to be reported; the exchange's to set. */
  isListed = false;
  /** Messages that came and have not ended; the exchange counts them up. */
  open = 0;
  /** How many routes lead through it; the exchange's to set. */
  routes = 0;
  // Since the last report.
  #delivered = 0;
  #dead = 0;
  #lost = 0;
  #bytes = 0;
  // Whether the counts have changed since.
  #isDue = false;
  readonly #report: (inflow: Inflow, prompt: boolean) => void;

  /** `report` is called when counts changed: at once when the sender waits, else at leisure. */
  constructor(actor: number, report: (inflow: Inflow, prompt: boolean) => void) {
    this.actor = actor;
    this.#report = report;
  }

  /** Whether there is something to report. */
  get isDue(): boolean {
    return this.#isDue;
  }

  settle(outcome: Outcome, count: number, bytes: number, prompt: boolean): void {
    if (outcome === 'delivered') this.#delivered += count;
    else if (outcome === 'dead') this.#dead += count;
    else this.#lost += count;
    this.#bytes += bytes;
    this.open -= count;
    if (this.#isDue && !prompt) return;
    this.#isDue = true;
    this.#report(this, prompt);
  }

  /** The counts to be reported; counting begins anew. */
  take(): Settled {
    const counts = {
      delivered: this.#delivered,
      dead: this.#dead,
      lost: this.#lost,
      bytes: this.#bytes,
    };
    this.#delivered = this.#dead = this.#lost = this.#bytes = 0;
    this.#isDue = false;
    return counts;
  }
}
