// How many messages from this process are under way to one mailbox elsewhere, and whose they are: there is a most, and the other
// side reports how they ended. It knows neither the lane nor what waits.
import Denque from 'denque';
import type { MailboxLimits } from '../actor/mailbox-limits.ts';
import type { Origin, Outcome } from '../actor/message.ts';
import type { Settled } from '../wire/settled.ts';

/** Consecutive messages of one origin; of one that counts bytes, a single message. */
interface Run {
  readonly origin: Origin;
  readonly originBytes: number;
  count: number;
}

// As many as a mailbox holds by default, so that a sender is told to wait before its messages have to wait here, packed aside;
// it bounds what one mailbox there holds for this process.
const MOST_MESSAGES = 8192;
const MOST_BYTES = 8 * 1024 * 1024;
// The other side is asked to report four times a window, so that it never closes while messages flow.
const REPORTS_PER_WINDOW = 4;

export class Window {
  readonly #mostMessages: number;
  readonly #mostBytes: number;
  readonly #runs = new Denque<Run>();
  // The last of them, while one of its messages is under way: an origin may be what is left of a peer,
  // and is not kept for nothing.
  #lastRun: Run | undefined;
  #messages = 0;
  #bytes = 0;
  #messagesSinceReport = 0;
  #bytesSinceReport = 0;

  constructor({ capacity, maxBytes }: MailboxLimits) {
    this.#mostMessages = Math.min(capacity, MOST_MESSAGES);
    this.#mostBytes = Math.min(maxBytes, MOST_BYTES);
  }

  /** Messages that are under way. */
  get messages(): number {
    return this.#messages;
  }

  /** Bytes of their payloads. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether one more of `bytes` may be sent. One alone may be of any size. */
  isOpen(bytes: number): boolean {
    if (this.#messages === 0) return true;
    return this.#messages < this.#mostMessages && this.#bytes + bytes <= this.#mostBytes;
  }

  /** Whether the next message, of `bytes`, should ask for a report. */
  wantsReport(bytes: number): boolean {
    return (
      (this.#messagesSinceReport + 1) * REPORTS_PER_WINDOW >= this.#mostMessages ||
      (this.#bytesSinceReport + bytes) * REPORTS_PER_WINDOW >= this.#mostBytes
    );
  }

  /** A message was sent; `prompt`: it asked for a report. */
  departed(origin: Origin, originBytes: number, bytes: number, prompt: boolean): void {
    this.#messages += 1;
    this.#bytes += bytes;
    this.#messagesSinceReport = prompt ? 0 : this.#messagesSinceReport + 1;
    this.#bytesSinceReport = prompt ? 0 : this.#bytesSinceReport + bytes;
    const last = this.#lastRun;
    if (last?.origin === origin && originBytes === 0 && last.originBytes === 0) last.count += 1;
    else {
      this.#lastRun = { origin, originBytes, count: 1 };
      this.#runs.push(this.#lastRun);
    }
  }

  /** Tells the origins what the other side reported. False when that contradicts what was sent: nothing is told then. */
  settle({ delivered, dead, lost, bytes }: Settled): boolean {
    const total = delivered + dead + lost;
    if (!isCount(delivered) || !isCount(dead) || !isCount(lost) || !isCount(bytes)) return false;
    if (total > this.#messages || bytes > this.#bytes) return false;
    this.#messages -= total;
    this.#bytes -= bytes;
    if (delivered > 0) this.#tell('delivered', delivered);
    if (dead > 0) this.#tell('dead', dead);
    if (lost > 0) this.#tell('lost', lost);
    return true;
  }

  /** Nobody will report any more: all are lost. */
  lose(): void {
    this.#tell('lost', this.#messages);
    this.#messages = 0;
    this.#bytes = 0;
  }

  // Counts, not identities, come back: when several origins share the way, who had which outcome is known only in sum.
  #tell(outcome: Outcome, count: number): void {
    let left = count;
    for (let run = this.#runs.peekFront(); left > 0 && run !== undefined; run = this.#runs.peekFront()) {
      const share = Math.min(left, run.count);
      run.origin.settle(outcome, share, run.originBytes, true);
      left -= share;
      run.count -= share;
      if (run.count === 0) this.#runs.shift();
    }
    if (this.#runs.isEmpty()) this.#lastRun = undefined;
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
