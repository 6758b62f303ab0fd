// Where messages for an actor of this process wait. Bounded in messages and bytes; what is refused or has to make room is handed
// back to the caller. Requests to stop do not pass through here, so they are never behind messages.
import type { Clock } from '../clock.ts';
import { deadlineAfter, NO_DEADLINE } from './deadline.ts';
import { Gauge } from './gauge.ts';
import { Line } from './line.ts';
import type { MailboxLimits } from './mailbox-limits.ts';
import type { Asker } from './asker.ts';
import { isOrdinary, type MailboxEntry, type Message } from './message.ts';
import { Stash } from './stash.ts';

export class Mailbox {
  readonly gauge: Gauge;
  readonly #line = new Line<MailboxEntry>();
  readonly #limits: MailboxLimits;
  readonly #urgent: ReadonlySet<string> | undefined;
  readonly #clock: Clock;
  // Nothing goes before others, and nothing grows too old.
  readonly #isPlain: boolean;
  #stash: Stash | undefined;

  /** `urgent`: the types of messages that go before the others. */
  constructor(limits: MailboxLimits, clock: Clock, urgent?: ReadonlySet<string>) {
    this.#limits = limits;
    this.#urgent = urgent;
    this.#clock = clock;
    this.#isPlain = urgent === undefined && limits.timeToLiveMs === undefined;
    this.gauge = new Gauge(limits);
  }

  get isEmpty(): boolean {
    return this.#line.isEmpty;
  }

  /** Takes the message; false when the mailbox is full and the message was not taken. */
  offer(message: Message): boolean {
    if (!this.gauge.fits(message.bytes)) return false;
    this.accept(message);
    return true;
  }

  /** Takes a message, room or not. */
  accept(message: Message): void {
    this.gauge.add(message.bytes);
    if (this.#isPlain) this.#line.push(message);
    else this.#place(message);
  }

  /** A notice that an actor ended: behind the messages that are here, never refused, not counted. */
  notify(entry: MailboxEntry): void {
    this.#line.pushBehindAll(entry);
  }

  take(): MailboxEntry | undefined {
    const entry = this.#line.shift();
    if (entry !== undefined && 'type' in entry) this.gauge.remove(1, entry.bytes);
    return entry;
  }

  /** Takes the next that is a message; the notices before it are gone. */
  takeMessage(): Message | undefined {
    for (let entry = this.take(); entry !== undefined; entry = this.take()) if ('type' in entry) return entry;
    return undefined;
  }

  /** Whether the message fits, once the oldest were `dropped` if the policy is to make room. */
  makesRoomFor(message: Message, dropped: (oldest: Message) => void): boolean {
    while (!this.gauge.fits(message.bytes)) {
      if (this.#limits.overflow !== 'drop-oldest') return false;
      const oldest = this.#line.takeOldest(isOrdinary, this.#isUrgent(message));
      if (oldest === undefined || !('type' in oldest)) return false;
      this.gauge.remove(1, oldest.bytes);
      dropped(oldest);
    }
    return true;
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
      this.#line.unshift(message, this.#isUrgent(message));
    }
  }

  #place(message: Message): void {
    const { timeToLiveMs } = this.#limits;
    // What waited elsewhere was dated there; what an actor sent itself is not sent again.
    if (timeToLiveMs !== undefined && message.expires === NO_DEADLINE && isOrdinary(message))
      message.expires = deadlineAfter(timeToLiveMs, this.#clock.now());
    if (this.#isUrgent(message)) this.#line.pushUrgent(message);
    else this.#line.push(message);
  }

  #isUrgent(message: Message): boolean {
    return this.#urgent !== undefined && this.#urgent.has(message.type);
  }
}
