// Counts what waits against the bounds of a mailbox, and wakes those that wait for room. What waits, and where, it does not know.
import type { MailboxLimits } from './mailbox-limits.ts';

// Senders are told to wait from three quarters on, so that those that listen lose nothing to those that were faster.
const HIGH_WATER = 0.75;
// And may go on below three eighths: far enough below that they do not stop again at once.
const LOW_WATER = 0.375;

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
