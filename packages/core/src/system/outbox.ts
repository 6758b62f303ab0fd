// Messages from this process to one actor in another. A message goes straight into the lane when the window is open; else it
// waits here, encoded, under the mailbox's bounds. When the other process dies, what waits here stays and what was under way
// is counted as lost.
import Denque from 'denque';
import { Gauge, type MailboxLimits } from '../actor/mailbox.ts';
import type { Asker, Origin, Outcome } from '../actor/message.ts';
import { payloadStart, readdress, type Settled } from '../wire/envelope.ts';

/** An ask on its way to another process. */
export interface OutboundAsk {
  readonly asker: Asker;
  /** By which the reply finds the asker; unique among the asks of this process that are open. */
  readonly correlation: number;
  readonly timeoutMs: number;
}

/** What an outbox needs from the link to the other process. */
export interface OutboxLink {
  /** Packs a message into the lane. Bytes of its payload, or -1 when the lane takes nothing now. Throws if it cannot travel. */
  pack(
    type: string,
    payload: unknown,
    to: number,
    outbound: OutboundAsk | undefined,
    prompt: boolean,
  ): number;
  /** Sends a frame packed before; false when the lane takes nothing now. */
  sendFrame(frame: Buffer): boolean;
  /** Calls `outbox.pump()` once the lane has room. */
  waitForRoom(outbox: Outbox): void;
  /** The ask has left: its reply will come over this link. */
  expectReply(outbound: OutboundAsk): void;
}

/** Packs a message for waiting, in memory of its own. */
export type PackFrame = (type: string, payload: unknown, outbound: OutboundAsk | undefined) => Buffer;

/** A message that waits, or, with `barrier`, something to be done once all before it have been sent. */
interface Waiting {
  readonly type: string;
  readonly frame: Buffer;
  readonly bytes: number;
  readonly origin: Origin;
  readonly outbound: OutboundAsk | undefined;
  readonly barrier: (() => void) | undefined;
}

/** Consecutive messages of one origin that are under way. */
interface Run {
  readonly origin: Origin;
  count: number;
}

// More than this need not be under way at once to keep a lane busy; it bounds what one mailbox there holds for this process.
const WINDOW_MESSAGES = 4096;
const WINDOW_BYTES = 8 * 1024 * 1024;
// The other side is asked to report four times a window, so that it never closes while messages flow.
const REPORTS_PER_WINDOW = 4;

export class Outbox {
  readonly gauge: Gauge;
  readonly #windowMessages: number;
  readonly #windowBytes: number;
  readonly #waiting = new Denque<Waiting>();
  readonly #underWay = new Denque<Run>();
  #link: OutboxLink | undefined;
  #actor = 0;
  #settled: Settled = { delivered: 0, dead: 0, lost: 0, bytes: 0 };
  #messagesUnderWay = 0;
  #bytesUnderWay = 0;
  #messagesSinceReport = 0;
  #bytesSinceReport = 0;

  constructor(limits: MailboxLimits) {
    this.gauge = new Gauge(limits);
    this.#windowMessages = Math.min(limits.capacity, WINDOW_MESSAGES);
    this.#windowBytes = Math.min(limits.maxBytes, WINDOW_BYTES);
  }

  get isAttached(): boolean {
    return this.#link !== undefined;
  }

  /** From now on messages go over `link` to actor number `actor`; what waited goes first. */
  attach(link: OutboxLink, actor: number): void {
    this.#link = link;
    this.#actor = actor;
    this.#settled = { delivered: 0, dead: 0, lost: 0, bytes: 0 };
    this.pump();
  }

  /**
   * Sends a message, or lets it wait. False when it does not fit and was not taken. Throws when it cannot travel.
   */
  send(
    type: string,
    payload: unknown,
    outbound: OutboundAsk | undefined,
    origin: Origin,
    packFrame: PackFrame,
  ): boolean {
    if (!this.gauge.fits(0)) return false;
    if (this.#link !== undefined && this.#waiting.isEmpty() && this.#windowIsOpen(0)) {
      const prompt = this.#wantsReport(0);
      const bytes = this.#link.pack(type, payload, this.#actor, outbound, prompt);
      if (bytes >= 0) {
        this.gauge.add(bytes);
        this.#departed(this.#link, origin, bytes, prompt, outbound);
        return true;
      }
    }
    const frame = packFrame(type, payload, outbound);
    const bytes = frame.length - payloadStart(frame);
    if (!this.gauge.fits(bytes)) return false;
    this.gauge.add(bytes);
    this.#waiting.push({ type, frame, bytes, origin, outbound, barrier: undefined });
    this.pump();
    return true;
  }

  /** Calls `action` once everything that waits now has been sent; at once when nothing waits. */
  afterWaiting(action: () => void): void {
    if (this.#waiting.isEmpty()) action();
    else this.#waiting.push({ ...BARRIER, barrier: action });
  }

  /** Sends what waits, as far as window and lane allow. */
  pump(): void {
    const link = this.#link;
    if (link === undefined) return;
    for (let next = this.#waiting.peekFront(); next !== undefined; next = this.#waiting.peekFront()) {
      if (next.barrier !== undefined) {
        this.#waiting.shift();
        next.barrier();
      } else if (next.outbound?.asker.abandoned === true) {
        this.#waiting.shift();
        this.gauge.remove(1, next.bytes);
        next.origin.settle('dead', 1, next.bytes, true);
      } else if (this.#transmit(link, next)) this.#waiting.shift();
      else return;
    }
  }

  /** The other side's counts of how messages ended. False when they contradict what was sent. */
  settle(counts: Settled): boolean {
    const before = this.#settled;
    const bytes = counts.bytes - before.bytes;
    const delivered = counts.delivered - before.delivered;
    const dead = counts.dead - before.dead;
    const lost = counts.lost - before.lost;
    const total = delivered + dead + lost;
    const isPossible = Math.min(bytes, delivered, dead, lost) >= 0 && Number.isInteger(total);
    if (!isPossible || total > this.#messagesUnderWay || bytes > this.#bytesUnderWay) return false;
    this.#settled = counts;
    this.#messagesUnderWay -= total;
    this.#bytesUnderWay -= bytes;
    this.#settleRuns('delivered', delivered, bytes);
    this.#settleRuns('dead', dead, 0);
    this.#settleRuns('lost', lost, 0);
    this.gauge.remove(total, bytes);
    this.pump();
    return true;
  }

  /** The link is gone. What was under way is lost; returns how many that were. */
  detach(): number {
    this.#link = undefined;
    const lost = this.#messagesUnderWay;
    const bytes = this.#bytesUnderWay;
    this.#settleRuns('lost', lost, bytes);
    this.#messagesUnderWay = 0;
    this.#bytesUnderWay = 0;
    this.gauge.remove(lost, bytes);
    return lost;
  }

  /** Gives up what waits: each is handed to `bury`, and barriers are passed. */
  discard(
    bury: (type: string, frame: Buffer, outbound: OutboundAsk | undefined, origin: Origin) => void,
  ): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (next.barrier !== undefined) {
        next.barrier();
        continue;
      }
      this.gauge.remove(1, next.bytes);
      bury(next.type, next.frame, next.outbound, next.origin);
    }
    this.gauge.release();
  }

  #transmit(link: OutboxLink, next: Waiting): boolean {
    if (!this.#windowIsOpen(next.bytes)) return false;
    const prompt = this.#wantsReport(next.bytes);
    readdress(next.frame, this.#actor, prompt);
    if (!link.sendFrame(next.frame)) {
      link.waitForRoom(this);
      return false;
    }
    this.#departed(link, next.origin, next.bytes, prompt, next.outbound);
    return true;
  }

  #departed(
    link: OutboxLink,
    origin: Origin,
    bytes: number,
    prompt: boolean,
    outbound: OutboundAsk | undefined,
  ): void {
    if (outbound !== undefined) link.expectReply(outbound);
    this.#messagesUnderWay += 1;
    this.#bytesUnderWay += bytes;
    this.#messagesSinceReport = prompt ? 0 : this.#messagesSinceReport + 1;
    this.#bytesSinceReport = prompt ? 0 : this.#bytesSinceReport + bytes;
    const last = this.#underWay.peekBack();
    if (last?.origin === origin) last.count += 1;
    else this.#underWay.push({ origin, count: 1 });
  }

  #windowIsOpen(bytes: number): boolean {
    if (this.#messagesUnderWay === 0) return true;
    return this.#messagesUnderWay < this.#windowMessages && this.#bytesUnderWay + bytes <= this.#windowBytes;
  }

  #wantsReport(bytes: number): boolean {
    return (
      (this.#messagesSinceReport + 1) * REPORTS_PER_WINDOW >= this.#windowMessages ||
      (this.#bytesSinceReport + bytes) * REPORTS_PER_WINDOW >= this.#windowBytes
    );
  }

  // Counts, not identities, come back: when several origins share the way, who had which outcome is known only in sum.
  #settleRuns(outcome: Outcome, count: number, bytes: number): void {
    let left = count;
    for (
      let run = this.#underWay.peekFront();
      left > 0 && run !== undefined;
      run = this.#underWay.peekFront()
    ) {
      const share = Math.min(left, run.count);
      run.origin.settle(outcome, share, left === count ? bytes : 0, true);
      left -= share;
      run.count -= share;
      if (run.count === 0) this.#underWay.shift();
    }
  }
}

const BARRIER = {
  type: '',
  frame: Buffer.alloc(0),
  bytes: 0,
  origin: { settle: () => undefined },
  outbound: undefined,
} as const;
