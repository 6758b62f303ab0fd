// One queue for a whole pool: a member gets the next message when it has done with the last. So no message waits behind a
// slow one while another member is idle, and what waits is lost with no member.
import type { MailboxLimits } from '../../actor/mailbox-limits.ts';
import { Mailbox } from '../../actor/mailbox.ts';
import type { Asker } from '../../actor/asker.ts';
import type { Message } from '../../actor/message.ts';
import { drops } from '../../overflow-policy.ts';
import type { Address } from '../../address.ts';
import type { Outgoing } from '../outgoing.ts';
import type { Dispatch, Member } from './dispatch.ts';
import { inHand } from './in-hand.ts';
import { isRunning } from './router.ts';

export interface PullOptions {
  readonly address: Address;
  readonly members: () => readonly Member[];
  readonly limits: MailboxLimits;
  /** Types of messages that go before others. */
  readonly urgent: ReadonlySet<string> | undefined;
  readonly outgoing: Outgoing;
  /** Whether members have processes of their own: what waits for them is a copy then, as it is on the way to any process. */
  readonly copies: boolean;
}

export class Pull implements Dispatch {
  readonly #options: PullOptions;
  readonly #waiting: Mailbox;
  readonly #busy = new Set<Member>();
  #drainWaiters: (() => void)[] = [];

  constructor(options: PullOptions) {
    this.#options = options;
    this.#waiting = new Mailbox(options.limits, options.outgoing.clock, options.urgent);
  }

  get depth(): number {
    return this.#waiting.gauge.messages;
  }

  get hasRoom(): boolean {
    return this.#waiting.gauge.hasRoom;
  }

  tell(type: string, payload: unknown): boolean {
    return this.#accept(type, payload, undefined) && !this.#waiting.gauge.pastHighWater;
  }

  send(type: string, payload: unknown, asker: Asker | undefined): boolean {
    return this.#accept(type, payload, asker);
  }

  deliver(message: Message): boolean {
    this.#wait(message);
    return true;
  }

  ready(): Promise<void> {
    return this.#waiting.gauge.ready();
  }

  changed(): void {
    for (const member of this.#busy) if (!this.#options.members().includes(member)) this.#busy.delete(member);
    this.#handOut();
  }

  async drained(): Promise<void> {
    if (!this.#waiting.isEmpty) await new Promise<void>((resolve) => this.#drainWaiters.push(resolve));
  }

  close(): void {
    const { outgoing, address } = this.#options;
    for (let message = this.#take(); message !== undefined; message = this.#take())
      outgoing.deadLetter(message, address, 'stopped', { kind: 'normal' });
    this.#waiting.gauge.release();
  }

  #accept(type: string, payload: unknown, asker: Asker | undefined): boolean {
    const { outgoing, address, copies, limits } = this.#options;
    const message = outgoing.messageOf(type, payload, asker, copies);
    if (drops(limits.overflow) || this.#waiting.gauge.fits(message.bytes)) return this.#wait(message);
    outgoing.deadLetter(message, address, 'mailbox-full');
    return false;
  }

  /** Puts the message in line. False when there was no room for it, and it was dropped. */
  #wait(message: Message): boolean {
    const { outgoing, address, limits } = this.#options;
    const dropped = (lost: Message): void => outgoing.deadLetter(lost, address, 'dropped');
    // Where messages are not dropped this one has been admitted before.
    const isTaken = !drops(limits.overflow) || this.#waiting.makesRoomFor(message, dropped);
    if (isTaken) {
      this.#waiting.accept(message);
      this.#handOut();
    } else dropped(message);
    return isTaken;
  }

  #handOut(): void {
    while (!this.#waiting.isEmpty) {
      const member = this.#options.members().find((each) => isRunning(each) && !this.#busy.has(each));
      if (member === undefined) return;
      const message = this.#take();
      if (message === undefined) return;
      this.#busy.add(member);
      member.actor.deliver({ ...message, asker: inHand(message.asker, () => this.#done(member)) });
    }
  }

  #take(): Message | undefined {
    const message = this.#waiting.takeMessage();
    if (this.#waiting.isEmpty) {
      const waiters = this.#drainWaiters;
      this.#drainWaiters = [];
      for (const wake of waiters) wake();
    }
    return message;
  }

  // A member whose handler failed is known to have failed only after its asker was told: look again in a moment.
  #done(member: Member): void {
    setImmediate(() => {
      if (this.#busy.delete(member)) this.#handOut();
    });
  }
}
