// The account of one node: every message its code sent is delivered, dead or lost in the end, or still on its way. And the
// dead letters: messages that nobody handled, with the reason, for whoever listens.
import { formatAddress, type Address } from '../address.ts';
import type { DeadLetterReason } from '../actor/cell-host.ts';
import { NO_DEADLINE } from '../actor/deadline.ts';
import { stopped } from '../actor/failure.ts';
import { describeReason, type EndReason } from '../actor/end-reason.ts';
import type { Asker } from '../actor/asker.ts';
import type { Message, Origin, Outcome } from '../actor/message.ts';
import { TroupeError } from '../errors.ts';

/** Messages sent by this process: `sent = delivered + dead + lost + waiting`, at any time. */
export interface AccountSnapshot {
  /** Tells and asks, also those that were refused. */
  readonly sent: number;
  /** A handler was called. */
  readonly delivered: number;
  /** Became dead letters. */
  readonly dead: number;
  /** Were under way when a process ended; whether they were handled is not known. */
  readonly lost: number;
  /** In a mailbox, or on the way to one. */
  readonly waiting: number;
}

/** A message that nobody handled. */
export interface DeadLetter {
  readonly to: Address;
  readonly type: string;
  readonly payload: unknown;
  /** Why; `DeadLetterReason` says what each means. */
  readonly reason: DeadLetterReason;
}

export class Account implements Origin {
  #sent = 0;
  #delivered = 0;
  #dead = 0;
  #lost = 0;

  /** A message from this process. */
  send(type: string, payload: unknown, asker: Asker | undefined): Message {
    this.#sent += 1;
    return { type, payload, asker, origin: this, bytes: 0, prompt: false, expires: NO_DEADLINE };
  }

  countSent(): void {
    this.#sent += 1;
  }

  settle(outcome: Outcome, count: number): void {
    if (outcome === 'delivered') this.#delivered += count;
    else if (outcome === 'dead') this.#dead += count;
    else this.#lost += count;
  }

  snapshot(): AccountSnapshot {
    const sent = this.#sent;
    const delivered = this.#delivered;
    const dead = this.#dead;
    const lost = this.#lost;
    return { sent, delivered, dead, lost, waiting: sent - delivered - dead - lost };
  }
}

/** The error an asker gets for a message that became a dead letter. */
export function deadLetterError(
  type: string,
  to: Address,
  reason: DeadLetterReason,
  ended: EndReason | undefined,
): TroupeError {
  const target = formatAddress(to);
  switch (reason) {
    case 'mailbox-full':
      return new TroupeError(
        'TROUPE_MAILBOX_FULL',
        `ask '${type}': the mailbox of ${target} is full; wait for ready() after tell returned false, or give it more capacity`,
      );
    case 'dropped':
      return new TroupeError(
        'TROUPE_MAILBOX_FULL',
        `ask '${type}': the mailbox of ${target} is full and dropped it, as its option overflow says; send it less, or give it more capacity`,
      );
    case 'no-handler':
      return new TroupeError(
        'TROUPE_NO_HANDLER',
        `ask '${type}': ${target} has no handler of that name; it was defined by another version, or the name is misspelt`,
      );
    case 'unreachable':
      return new TroupeError(
        'TROUPE_PEER_LOST',
        `ask '${type}': ${target} cannot be reached: ${ended === undefined ? 'its process is gone' : describeReason(ended)}`,
      );
    case 'expired':
      return new TroupeError(
        'TROUPE_ASK_TIMEOUT',
        `ask '${type}': its time was up before ${target} came to it; the actor may be busy: raise the timeout, or send it less`,
      );
    case 'stopped':
    case 'abandoned':
      return stopped(`ask '${type}'`, to, ended);
  }
}
