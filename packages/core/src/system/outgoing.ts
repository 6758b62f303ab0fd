// What every way out of this process needs: the account, the numbers of asks, and what to do with messages that cannot go.
import type { Address } from '../address.ts';
import type { DeadLetterReason } from '../actor/cell-host.ts';
import { NO_DEADLINE } from '../actor/deadline.ts';
import type { Deadlines } from '../actor/deadlines.ts';
import type { EndReason } from '../actor/end-reason.ts';
import { isStreamAsker, whyGivenUp, type Asker } from '../actor/asker.ts';
import type { Message } from '../actor/message.ts';
import type { Clock } from '../clock.ts';
import type { Codec } from '../wire/codec.ts';
import { payloadStart } from '../wire/envelope.ts';
import type { Account } from './account.ts';
import { checkType, messageEnvelope, type FramePacker } from './frame-packer.ts';
import type { Outbox } from './outbox.ts';
import type { Bury, OutboundAsk } from './outbox-link.ts';

export interface OutgoingOptions {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly account: Account;
  readonly codec: Codec;
  readonly packer: FramePacker;
  readonly askTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
  /** The next number of this node, for actors and watchers. */
  readonly nextNumber: () => number;
  readonly deadLetter: (message: Message, to: Address, reason: DeadLetterReason, ended?: EndReason) => void;
}

export class Outgoing {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly askTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
  readonly nextNumber: () => number;
  /** Makes a dead letter of a message that cannot go to its actor; `ended`: how that came to its end. */
  readonly deadLetter: OutgoingOptions['deadLetter'];
  readonly #options: OutgoingOptions;
  #correlation = 0;

  constructor(options: OutgoingOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.deadlines = options.deadlines;
    this.askTimeoutMs = options.askTimeoutMs;
    this.stopTimeoutMs = options.stopTimeoutMs;
    this.shutdownTimeoutMs = options.shutdownTimeoutMs;
    this.nextNumber = options.nextNumber;
    this.deadLetter = options.deadLetter;
  }

  /**
   * Sends a message of this process; the answer, if anybody waits for one, is for `asker`. True when it was taken. Throws when it
   * cannot travel: it then was never sent.
   */
  send(outbox: Outbox, to: Address, type: string, payload: unknown, asker: Asker | undefined): boolean {
    checkType(type);
    const { account } = this.#options;
    if (asker?.abandoned === true) {
      this.deadLetter(account.send(type, payload, asker), to, whyGivenUp(asker, this.clock));
      return false;
    }
    const taken = outbox.send(type, payload, this.#outbound(asker), account, 0, false, this.#pack);
    if (taken) account.countSent();
    else this.deadLetter(account.send(type, payload, asker), to, outbox.refusal);
    return taken;
  }

  /** Passes on a message that came from elsewhere, or from another actor here; its origin stays who sent it. */
  relay(outbox: Outbox, to: Address, message: Message): void {
    const { type, payload, asker, origin, bytes } = message;
    try {
      if (!outbox.send(type, payload, this.#outbound(asker), origin, bytes, true, this.#pack))
        this.deadLetter(message, to, outbox.refusal);
    } catch (error) {
      // It came as a frame and is too large as another: a hair's breadth, but it must be accounted for.
      asker?.reject(error);
      this.deadLetter(message, to, 'unreachable');
    }
  }

  /** A message of this process that is to wait before it goes anywhere; as a copy, if it will go to another process. */
  messageOf(type: string, payload: unknown, asker: Asker | undefined, copies: boolean): Message {
    checkType(type);
    const { account, codec } = this.#options;
    if (!copies) return account.send(type, payload, asker);
    const encoded = codec.encode(payload);
    const copy = codec.decode(encoded, 0, encoded.length);
    return { ...account.send(type, copy, asker), bytes: encoded.length };
  }

  /** A message to an actor that has ended. */
  refuse(to: Address, type: string, payload: unknown, asker: Asker | undefined, ended: EndReason): false {
    const message = this.#options.account.send(type, payload, asker);
    this.deadLetter(message, to, ended.kind === 'unreachable' ? 'unreachable' : 'stopped', ended);
    return false;
  }

  /** Makes dead letters of everything that waits in `outbox`. */
  bury(outbox: Outbox, to: Address, reason: DeadLetterReason, ended: EndReason): void {
    outbox.discard(this.burial(to, reason, ended));
  }

  /** What makes a dead letter of one message that waited for `to`; left out, `reason` is that it was given up. */
  burial(to: Address, reason?: DeadLetterReason, ended?: EndReason): Bury {
    return (type, frame, outbound, origin, bytes) => {
      const payload = this.#options.codec.decode(frame, payloadStart(frame), frame.length);
      const asker = outbound?.asker;
      const message = { type, payload, asker, origin, bytes, prompt: true, expires: NO_DEADLINE };
      const why = reason ?? (asker?.abandoned === true ? whyGivenUp(asker, this.clock) : 'abandoned');
      this.deadLetter(message, to, why, ended);
    };
  }

  readonly #pack = (type: string, payload: unknown, outbound: OutboundAsk | undefined): Buffer =>
    this.#options.packer.pack(messageEnvelope(type, 0, outbound, false), payload);

  #outbound(asker: Asker | undefined): OutboundAsk | undefined {
    if (asker === undefined) return undefined;
    // Wraps after four thousand million asks: by then the first is long answered.
    this.#correlation = (this.#correlation + 1) >>> 0;
    return { asker, correlation: this.#correlation, window: isStreamAsker(asker) ? asker.window : 0 };
  }
}
