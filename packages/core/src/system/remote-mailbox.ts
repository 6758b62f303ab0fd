// The mailbox of an actor in another process, as those who send from here see it: what they send goes to the outbox as long as
// it is open, and is a dead letter once it is closed. Where the outbox leads, and when it closes, is for its owner to say.
import type { Address } from '../address.ts';
import type { EndReason } from '../actor/end-reason.ts';
import { stopped } from '../actor/failure.ts';
import type { MailboxLimits } from '../actor/mailbox-limits.ts';
import type { Asker } from '../actor/asker.ts';
import type { Message } from '../actor/message.ts';
import type { Exchange } from './exchange.ts';
import { Outbox } from './outbox.ts';
import type { Outgoing } from './outgoing.ts';

export class RemoteMailbox {
  readonly #address: Address;
  readonly #outgoing: Outgoing;
  readonly #outbox: Outbox;
  #closed: EndReason | undefined;

  /** `owner` is kept alive as long as messages wait or are under way. Messages of `urgent` types go before others. */
  constructor(
    address: Address,
    limits: MailboxLimits,
    outgoing: Outgoing,
    owner: object,
    urgent: ReadonlySet<string> | undefined,
  ) {
    this.#address = address;
    this.#outgoing = outgoing;
    this.#outbox = new Outbox(limits, owner, {
      clock: outgoing.clock,
      urgent,
      abandoned: outgoing.burial(address),
      dropped: outgoing.burial(address, 'dropped'),
      expired: outgoing.burial(address, 'expired'),
    });
  }

  /** Messages that wait here or are under way. */
  get depth(): number {
    return this.#outbox.gauge.messages;
  }

  /** Whether `tell` would return true. */
  get hasRoom(): boolean {
    return this.#closed === undefined && this.#outbox.hasRoom;
  }

  tell(type: string, payload: unknown): boolean {
    if (this.#closed !== undefined)
      return this.#outgoing.refuse(this.#address, type, payload, undefined, this.#closed);
    return (
      this.#outgoing.send(this.#outbox, this.#address, type, payload, undefined) &&
      !this.#outbox.isPastHighWater
    );
  }

  /** False when it was not taken. */
  send(type: string, payload: unknown, asker: Asker | undefined): boolean {
    if (this.#closed !== undefined)
      return this.#outgoing.refuse(this.#address, type, payload, asker, this.#closed);
    return this.#outgoing.send(this.#outbox, this.#address, type, payload, asker);
  }

  async ready(): Promise<void> {
    if (this.#closed === undefined) await this.#outbox.ready();
    if (this.#closed !== undefined) throw stopped('ready', this.#address, this.#closed);
  }

  /** A message from another process, to be passed on. */
  deliver(message: Message): void {
    if (this.#closed === undefined) this.#outgoing.relay(this.#outbox, this.#address, message);
    else this.#outgoing.deadLetter(message, this.#address, 'stopped', this.#closed);
  }

  /** Tells the actor that its mailbox is full. */
  overflow(): void {
    this.#outbox.overflow();
  }

  /** From now on messages go over `exchange` to actor number `actor`; what waited goes first. */
  attach(exchange: Exchange, actor: number): void {
    exchange.attach(this.#outbox, actor);
  }

  /** How many messages were lost so far. */
  get lost(): number {
    return this.#outbox.lost;
  }

  /** The actor will take nothing more where it is; messages wait for the next process. */
  pause(): void {
    this.#outbox.pause();
  }

  /** The process is gone, and what was under way is lost. What waits stays. */
  detach(): void {
    this.#outbox.detach();
  }

  /** Calls `action` once everything that waits now has been sent, or was given up. */
  afterWaiting(action: () => void): void {
    this.#outbox.afterWaiting(action);
  }

  /** Takes nothing more, and wakes those who wait for room. What waits is still sent. The first reason given counts. */
  close(reason: EndReason): void {
    this.#closed ??= reason;
    this.#outbox.release();
  }

  /** Takes messages again. */
  reopen(): void {
    this.#closed = undefined;
  }

  /** Closes, and makes dead letters of everything that waits. */
  bury(reason: EndReason): void {
    this.#closed = reason;
    const deadLetterReason = reason.kind === 'unreachable' ? 'unreachable' : 'stopped';
    this.#outgoing.bury(this.#outbox, this.#address, deadLetterReason, reason);
  }
}
