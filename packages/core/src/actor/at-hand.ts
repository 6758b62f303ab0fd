// What a handler may do about the message it was called for, besides returning an answer: look how long its asker waits, put it
// aside, or leave it to another actor.
import type { Address } from '../address.ts';
import type { Clock } from '../clock.ts';
import type { Destination } from './actor-ref.ts';
import { handOn, type Asker } from './asker.ts';
import type { Callbacks } from './callbacks.ts';
import { NO_DEADLINE, timeLeft } from './deadline.ts';
import { stashFull } from './failure.ts';
import type { Mailbox } from './mailbox.ts';
import type { Message } from './message.ts';

/** The actor whose message it is. */
export interface AtHandOwner {
  readonly address: Address;
  readonly clock: Clock;
  readonly mailbox: Mailbox;
  /** Those that are heard now. */
  readonly callbacks: () => Callbacks;
}

export class AtHand {
  readonly #owner: AtHandOwner;

  constructor(owner: AtHandOwner) {
    this.#owner = owner;
  }

  /** Aborted when the asker gives up, or nobody hears the callback any more. */
  signal(): AbortSignal {
    return this.#owner.callbacks().signal();
  }

  /** Whole milliseconds that the asker still waits. */
  timeLeft(): number {
    const { callbacks, clock } = this.#owner;
    const deadline = callbacks().current?.asker?.deadline ?? NO_DEADLINE;
    return Math.max(0, timeLeft(deadline, clock.now()));
  }

  /** Puts it aside. */
  stash(): void {
    const { address, mailbox } = this.#owner;
    const message = this.#message('stash', 'put it aside');
    if (!mailbox.stash(message)) throw stashFull(address, message.type, mailbox.stashed);
  }

  /** Sends it on, or with `type` another in its place; its asker waits for the answer to that. */
  forward(to: Destination, type: string | undefined, payload: unknown): void {
    const message = this.#message('forward', 'forward it');
    const send = (heir: Asker | undefined): void => {
      if (type === undefined) to.send(message.type, message.payload, heir);
      else to.send(type, payload, heir);
    };
    const { asker } = message;
    if (asker?.handOn !== undefined) message.asker = asker.handOn(send);
    else {
      handOn(asker, send);
      message.asker = undefined;
    }
  }

  #message(operation: string, what: string): Message {
    const message = this.#owner.callbacks().current;
    if (message !== undefined) return message;
    throw new TypeError(`${operation}: no message is at hand; only the handler of a message can ${what}`);
  }
}
