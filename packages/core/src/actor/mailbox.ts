// Where messages for an actor of this process wait. Bounded in messages and bytes; what is refused is handed back to the
// caller, never dropped. Requests to stop do not pass through here, so they are never behind messages.
import Denque from 'denque';
import { bytes as parseBytes } from '../units.ts';
import { TroupeError } from '../errors.ts';
import type { MailboxOptions } from './behavior.ts';
import { SETTLED, type Asker, type MailboxEntry, type Message } from './message.ts';

/** Bounds of what may wait, resolved: every number is messages or bytes. */
export interface MailboxLimits {
  readonly capacity: number;
  readonly maxBytes: number;
}

export const DEFAULT_LIMITS: MailboxLimits = { capacity: 8192, maxBytes: 64 * 1024 * 1024 };

// Senders are told to wait from three quarters on, so that those that listen lose nothing to those that were faster.
const HIGH_WATER = 0.75;
// And may go on below three eighths: far enough below that they do not stop again at once.
const LOW_WATER = 0.375;

/** Checks mailbox options and fills in the defaults. */
export function resolveLimits(options: MailboxOptions | undefined, defaults: MailboxLimits): MailboxLimits {
  if (options === undefined) return defaults;
  const capacity = options.capacity ?? defaults.capacity;
  const maxBytes = options.maxBytes === undefined ? defaults.maxBytes : parseBytes(options.maxBytes);
  if (!Number.isInteger(capacity) || capacity < 1)
    throw refusal('capacity', options.capacity, 'a whole number of messages, 1 or more');
  if (maxBytes === undefined || maxBytes < 1)
    throw refusal('maxBytes', options.maxBytes, "bytes, or a string such as '64KiB' or '64MiB'");
  if (options.overflow !== undefined && options.overflow !== 'backpressure')
    throw refusal('overflow', options.overflow, "'backpressure'");
  return { capacity, maxBytes };
}

function refusal(option: string, value: unknown, expected: string): TroupeError {
  return new TroupeError(
    'TROUPE_CONFIGURATION',
    `mailbox: ${option} is ${JSON.stringify(value)}; expected ${expected}`,
  );
}

/** Counts what waits against the bounds, and wakes those that wait for room. */
export class Gauge {
  readonly #capacity: number;
  readonly #maxBytes: number;
  readonly #highMessages: number;
  readonly #highBytes: number;
  readonly #lowMessages: number;
  readonly #lowBytes: number;
  #messages = 0;
  #bytes = 0;
  #waiting: (() => void)[] = [];

  constructor({ capacity, maxBytes }: MailboxLimits) {
    this.#capacity = capacity;
    this.#maxBytes = maxBytes;
    this.#highMessages = capacity * HIGH_WATER;
    this.#highBytes = maxBytes * HIGH_WATER;
    // A capacity of 1 has its low-water mark below one message: empty.
    this.#lowMessages = capacity * LOW_WATER;
    this.#lowBytes = maxBytes * LOW_WATER;
  }

  get messages(): number {
    return this.#messages;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether one more message of `bytes` fits. A mailbox with nothing in it takes a message of any size. */
  fits(bytes: number): boolean {
    if (this.#messages === 0) return true;
    return this.#messages < this.#capacity && this.#bytes + bytes <= this.#maxBytes;
  }

  get pastHighWater(): boolean {
    return this.#messages >= this.#highMessages || this.#bytes >= this.#highBytes;
  }

  add(bytes: number): void {
    this.#messages += 1;
    this.#bytes += bytes;
  }

  remove(messages: number, bytes: number): void {
    this.#messages -= messages;
    this.#bytes -= bytes;
    if (this.#waiting.length > 0 && this.#hasRoom) this.release();
  }

  /** Resolves when there is room; at once when there is. */
  ready(): Promise<void> {
    if (!this.pastHighWater) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Wakes everybody who waits, room or not. */
  release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  get #hasRoom(): boolean {
    return this.#messages <= this.#lowMessages && this.#bytes <= this.#lowBytes;
  }
}

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

/** Messages that were taken from the mailbox and are to have another turn. It has bounds of its own, equal to the mailbox's. */
class Stash {
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
    this.#messages.push({ type, payload, asker, origin: SETTLED, bytes, prompt: false });
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
