// Messages that were taken from a mailbox and are to have another turn. It has bounds of its own, equal to the mailbox's.
import { NO_DEADLINE } from './deadline.ts';
import type { Gauge } from './gauge.ts';
import type { Asker } from './asker.ts';
import { SETTLED, type Message } from './message.ts';

export class Stash {
  readonly #gauge: Gauge;
  #messages: Message[] = [];
  // What was put aside last, as the loop knows it.
  #last: Message | undefined;

  constructor(gauge: Gauge) {
    this.#gauge = gauge;
  }

  get count(): number {
    return this.#messages.length;
  }

  add(message: Message): boolean {
    if (this.#last === message) return true;
    if (!this.#gauge.fits(message.bytes)) return false;
    const { type, payload, asker, bytes } = message;
    this.#gauge.add(bytes);
    this.#messages.push({
      type,
      payload,
      asker: asker?.putAside === undefined ? asker : asker.putAside(),
      origin: SETTLED,
      bytes,
      prompt: false,
      expires: NO_DEADLINE,
    });
    this.#last = message;
    message.asker = undefined;
    return true;
  }

  withdraw(message: Message): Asker | undefined {
    if (this.#last !== message) return undefined;
    this.#last = undefined;
    this.#gauge.remove(1, message.bytes);
    return this.#messages.pop()?.asker;
  }

  /** Takes all out, in their order. */
  empty(): Message[] {
    const messages = this.#messages;
    for (const { bytes } of messages) this.#gauge.remove(1, bytes);
    this.#messages = [];
    this.#last = undefined;
    return messages;
  }
}
