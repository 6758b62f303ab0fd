// Where messages for an actor of this process wait. Bounded in messages and bytes; what is refused is handed back to the
// caller, never dropped. Requests to stop do not pass through here, so they are never behind messages.
import Denque from 'denque';
import { Gauge } from './gauge.ts';
import type { MailboxLimits } from './mailbox-limits.ts';
import type { Asker } from './asker.ts';
import type { MailboxEntry, Message } from './message.ts';
import { Stash } from './stash.ts';

export class Mailbox {
  readonly gauge: Gauge;
  readonly #entries = new Denque<MailboxEntry>();
  readonly #limits: MailboxLimits;
  #stash: Stash | undefined;

  constructor(limits: MailboxLimits) {
    this.#limits = limits;
    this.gauge = new Gauge(limits);
  }

  get isEmpty(): boolean {
    return this.#entries.isEmpty();
  }

  /** Takes the message; false when the mailbox is full and the message was not taken. */
  offer(message: Message): boolean {
    if (!this.gauge.fits(message.bytes)) return false;
    this.accept(message);
    return true;
  }

  /** Takes a message that the sender's own bound has admitted. */
  accept(message: Message): void {
    this.gauge.add(message.bytes);
    this.#entries.push(message);
  }

  /** A notice that an actor ended: behind the messages that are here, never refused, not counted. */
  notify(entry: MailboxEntry): void {
    this.#entries.push(entry);
  }

  take(): MailboxEntry | undefined {
    const entry = this.#entries.shift();
    if (entry !== undefined && 'type' in entry) this.gauge.remove(1, entry.bytes);
    return entry;
  }

  /** Messages that were put aside. */
  get stashed(): number {
    return this.#stash?.count ?? 0;
  }

  /** Puts a message that was taken aside, with its asker; twice is once. False when that has no room. */
  stash(message: Message): boolean {
    this.#stash ??= new Stash(new Gauge(this.#limits));
    return this.#stash.add(message);
  }

  /** Its handler failed after all: it gets no other turn. Gives the asker, if it was put aside. */
  withdraw(message: Message): Asker | undefined {
    return this.#stash?.withdraw(message);
  }

  /** Puts back in front what was put aside, in its order. */
  unstash(): void {
    const messages = this.#stash?.empty() ?? [];
    for (const message of messages.reverse()) {
      this.gauge.add(message.bytes);
      this.#entries.unshift(message);
    }
  }
}
