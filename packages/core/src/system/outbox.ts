// Messages from this process to one actor in another. A message goes straight into the lane when the window is open; else it
// waits here, encoded, under the mailbox's bounds. When the other process dies, what waits here stays and what was under way
// is counted as lost.
import type { DeadLetterReason } from '../actor/cell-host.ts';
import { deadlineAfter, NO_DEADLINE, timeLeft } from '../actor/deadline.ts';
import { Gauge } from '../actor/gauge.ts';
import { DEFAULT_LIMITS, type MailboxLimits } from '../actor/mailbox-limits.ts';
import type { Origin } from '../actor/message.ts';
import { drops, refusalOf, type OverflowPolicy } from '../overflow-policy.ts';
import { payloadStart, readdress, setExpiry } from '../wire/envelope.ts';
import type { Settled } from '../wire/settled.ts';
import { Congestion } from './congestion.ts';
import type { Bury, OutboundAsk, OutboxHost, OutboxLink, PackFrame } from './outbox-link.ts';
import { LARGE_BYTES, RoutesTo } from './routes.ts';
import { WaitingLine, type Waiting } from './waiting-line.ts';
import { Window } from './window.ts';

export class Outbox {
  readonly gauge: Gauge;
  readonly #window: Window;
  readonly #waiting: WaitingLine;
  // What a message has to fit: all that is not known to have ended, or, where the oldest makes room, what waits here.
  readonly #bound: Gauge;
  readonly #overflow: OverflowPolicy;
  readonly #congestion: Congestion;
  readonly #owner: WeakRef<object>;
  readonly #host: OutboxHost;
  readonly #timeToLiveMs: number | undefined;
  #held: object | undefined;
  #link: OutboxLink | undefined;
  #actor = 0;
  #routes = new RoutesTo(0);
  #lost = 0;

  /** `owner` is kept alive as long as messages wait or are under way, and no longer than others keep it. */
  constructor(limits: MailboxLimits, owner: object, host: OutboxHost) {
    this.#owner = new WeakRef(owner);
    this.#host = host;
    this.#timeToLiveMs = limits.timeToLiveMs;
    this.#overflow = limits.overflow;
    this.gauge = new Gauge(limits);
    this.#waiting = new WaitingLine(limits, host.urgent);
    const displaces = limits.overflow === 'drop-oldest';
    this.#bound = displaces ? this.#waiting.gauge : this.gauge;
    // As many as ever may be under way, so that the oldest of all is dropped, where the actor is, rather than the oldest here.
    this.#window = new Window(displaces ? DEFAULT_LIMITS : limits);
    this.#congestion = new Congestion(this.#window, this.#waiting.gauge);
  }

  /** How many messages were lost so far: here, or on their further way, as the other side has told. */
  get lost(): number {
    return this.#lost;
  }

  /** Nothing waits and nothing is under way. */
  get isIdle(): boolean {
    return this.#waiting.isEmpty && this.#window.messages === 0;
  }

  /** Whether a sender should wait before the next message: past the high-water mark, or the lane is behind. */
  get isPastHighWater(): boolean {
    return this.gauge.pastHighWater || this.#isCongested;
  }

  /** Whether the next message fits, and nobody need wait before sending it. */
  get hasRoom(): boolean {
    return !this.isPastHighWater && this.#bound.fits(0);
  }

  /** What the dead letter of a message says that was not taken. */
  get refusal(): DeadLetterReason {
    return refusalOf(this.#overflow);
  }

  /** Resolves when there is room, or the outbox was released; at once when there is. */
  async ready(): Promise<void> {
    await this.#bound.ready();
    if (this.#isCongested) await this.#congestion.over();
  }

  // Nothing is gained by waiting for a lane that is not there.
  get #isCongested(): boolean {
    return this.#link !== undefined && !drops(this.#overflow) && this.#congestion.isThere;
  }

  /** Wakes everybody who waits for room, room or not. */
  release(): void {
    this.#bound.release();
    this.#congestion.wake();
  }

  /** From now on messages go over `link` to actor number `actor`; what waited goes first. */
  attach(link: OutboxLink, actor: number): void {
    this.#link = link;
    this.#actor = actor;
    this.#routes = new RoutesTo(actor);
    this.pump();
  }

  /**
   * Sends a message, or lets it wait. False when it does not fit and was not taken; one that was `admitted` by the bound of
   * whoever sent it is taken, unless this mailbox drops what comes. Throws when it cannot travel.
   */
  send(
    type: string,
    payload: unknown,
    outbound: OutboundAsk | undefined,
    origin: Origin,
    originBytes: number,
    admitted: boolean,
    packFrame: PackFrame,
  ): boolean {
    if (!this.#bound.fits(0) && this.#refuses(admitted)) return false;
    const link = this.#link;
    let frame: Buffer | undefined;
    if (link !== undefined && this.#waiting.isEmpty && this.#window.isOpen(0)) {
      const prompt = this.#window.wantsReport(0);
      const bytes = link.pack(this.#routes.of(type), payload, outbound, prompt);
      if (bytes >= 0) {
        this.gauge.add(bytes);
        this.#departed(link, origin, originBytes, bytes, prompt, outbound);
        if (bytes > LARGE_BYTES) this.#congestion.look(link, this.#routes.last);
        return true;
      }
      frame = link.takeLeftover();
    }
    frame ??= packFrame(type, payload, outbound);
    const bytes = frame.length - payloadStart(frame);
    if (!this.#bound.fits(bytes) && (this.#refuses(admitted) || !this.#displaces(type, bytes))) return false;
    this.gauge.add(bytes);
    const expires = this.#date(frame);
    this.#waiting.add({ type, frame, bytes, origin, originBytes, outbound, expires, barrier: undefined });
    this.pump();
    return true;
  }

  /** Calls `action` once everything that waits now has been sent; at once when nothing waits. */
  afterWaiting(action: () => void): void {
    if (this.#waiting.isEmpty) action();
    else this.#waiting.addBarrier(action);
  }

  /** Sends what waits, as far as window and lane allow; the window only unless `regardless`. True when nothing waits now. */
  pump(regardless = false): boolean {
    const link = this.#link;
    if (link === undefined) return this.#waiting.isEmpty;
    let wasLarge = this.#congestion.forget();
    for (let next = this.#waiting.first; next !== undefined; next = this.#waiting.first) {
      if (next.barrier !== undefined) {
        this.#waiting.takeFirst();
        next.barrier();
      } else if (next.outbound?.asker.abandoned === true) {
        this.#waiting.takeFirst();
        this.#bury(next, this.#host.abandoned);
      } else if (next.expires !== NO_DEADLINE && timeLeft(next.expires, this.#host.clock.now()) <= 0) {
        this.#waiting.takeFirst();
        this.#bury(next, this.#host.expired);
      } else if ((regardless || this.#window.isOpen(next.bytes)) && this.#transmit(link, next)) {
        this.#waiting.takeFirst();
        wasLarge = next.bytes > LARGE_BYTES;
      } else return false;
    }
    if (wasLarge) this.#congestion.look(link, this.#routes.last);
    if (!this.#congestion.isThere) this.#congestion.wake();
    return true;
  }

  /** Tells the actor that there is no room for what is sent to it: once, until there is again. */
  overflow(): void {
    if (this.#link !== undefined && this.gauge.overflows()) this.#link.overflowed(this.#actor);
  }

  /** The other side's counts of how messages ended since the last ones. False when they contradict what was sent. */
  settle(counts: Settled): boolean {
    if (!this.#window.settle(counts)) return false;
    this.#lost += counts.lost;
    this.gauge.remove(counts.delivered + counts.dead + counts.lost, counts.bytes);
    this.pump();
    if (this.isIdle) this.#held = undefined;
    return true;
  }

  /** Sends nothing until it is attached again. What is under way is still settled. */
  pause(): void {
    this.#link = undefined;
    this.#congestion.forget();
    this.#congestion.wake();
  }

  /** The link is gone. What was under way is lost. */
  detach(): void {
    const { messages, bytes } = this.#window;
    this.#window.lose();
    this.#lost += messages;
    this.gauge.remove(messages, bytes);
    this.pause();
    if (this.isIdle) this.#held = undefined;
  }

  /** Gives up what waits: each is handed to `bury`, and barriers are passed. */
  discard(bury: Bury): void {
    for (let next = this.#waiting.takeFirst(); next !== undefined; next = this.#waiting.takeFirst()) {
      if (next.barrier !== undefined) {
        next.barrier();
        continue;
      }
      this.#bury(next, bury);
    }
    this.release();
  }

  /** Until when the message in `frame`, which is to wait, may do so; the frame says it too, for its further way. */
  #date(frame: Buffer): number {
    if (this.#timeToLiveMs === undefined) return NO_DEADLINE;
    const expires = deadlineAfter(this.#timeToLiveMs, this.#host.clock.now());
    setExpiry(frame, expires);
    return expires;
  }

  #bury({ type, frame, bytes, outbound, origin, originBytes }: Waiting, bury: Bury): void {
    this.gauge.remove(1, bytes);
    bury(type, frame, outbound, origin, originBytes);
  }

  /** There is no room for another message: whether it is refused. */
  #refuses(admitted: boolean): boolean {
    if (this.#overflow === 'fail') this.overflow();
    return this.#overflow === 'drop-newest' || (this.#overflow !== 'drop-oldest' && !admitted);
  }

  /** Drops the oldest that wait here, as many as have to make room. False when they may not, for one that is not urgent. */
  #displaces(type: string, bytes: number): boolean {
    while (this.#overflow === 'drop-oldest' && !this.#bound.fits(bytes)) {
      const oldest = this.#waiting.takeOldestFor(type);
      if (oldest === undefined) return false;
      this.#bury(oldest, this.#host.dropped);
    }
    return true;
  }

  #transmit(link: OutboxLink, next: Waiting): boolean {
    const prompt = this.#window.wantsReport(next.bytes);
    readdress(next.frame, this.#actor, prompt);
    if (!link.sendFrame(next.frame)) {
      link.waitForRoom();
      return false;
    }
    this.#departed(link, next.origin, next.originBytes, next.bytes, prompt, next.outbound);
    return true;
  }

  #departed(
    link: OutboxLink,
    origin: Origin,
    originBytes: number,
    bytes: number,
    prompt: boolean,
    outbound: OutboundAsk | undefined,
  ): void {
    if (outbound !== undefined) link.expectReply(outbound);
    this.#window.departed(origin, originBytes, bytes, prompt);
    this.#held ??= this.#owner.deref();
  }
}
