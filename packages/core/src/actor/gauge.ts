// Counts what waits against the bounds of a mailbox, and wakes those that wait for room. What waits, and where, it does not know.
import type { MailboxLimits } from './mailbox-limits.ts';
import { drops } from '../overflow-policy.ts';

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
  // `overflows` has said so, and there was no room since.
  #hasOverflowed = false;

  constructor({ capacity, maxBytes, overflow }: MailboxLimits) {
    this.#capacity = capacity;
    this.#maxBytes = maxBytes;
    // Where messages are dropped nobody is told to wait: who listens would make it pointless.
    const highWater = drops(overflow) ? Infinity : HIGH_WATER;
    this.#highMessages = capacity * highWater;
    this.#highBytes = maxBytes * highWater;
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

  /** Whether the next message fits, and nobody need wait before sending it. */
  get hasRoom(): boolean {
    return !this.pastHighWater && this.fits(0);
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
    if (this.#waiting.length > 0 && this.#isLow) this.release();
  }

  /** Resolves when there is room; at once when there is. */
  ready(): Promise<void> {
    if (this.hasRoom) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** True once for each time it fills: then not again until there was room, or everybody was woken. */
  overflows(): boolean {
    if (this.#hasOverflowed) return false;
    this.#hasOverflowed = true;
    void this.ready().then(() => (this.#hasOverflowed = false));
    return true;
  }

  /** Wakes everybody who waits, room or not. */
  release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  get #isLow(): boolean {
    return this.#messages <= this.#lowMessages && this.#bytes <= this.#lowBytes;
  }
}
