// Messages from this process to one actor in another. A message goes straight into the lane when the window is open; else it
// waits here, encoded, under the mailbox's bounds. When the other process dies, what waits here stays and what was under way
// is counted as lost.
import Denque from 'denque';
import { Gauge, type MailboxLimits } from '../actor/mailbox.ts';
import type { Asker, Origin, Outcome } from '../actor/message.ts';
import { payloadStart, readdress, ROUTES, type Settled } from '../wire/envelope.ts';
import { LARGE_BYTES, Route } from './routes.ts';

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
  pack(route: Route, payload: unknown, outbound: OutboundAsk | undefined, prompt: boolean): number;
  /** What `pack` had packed when the lane did not take it, for waiting; undefined when it had not come so far. */
  takeLeftover(): Buffer | undefined;
  /** Sends a frame packed before; false when the lane takes nothing now. */
  sendFrame(frame: Buffer): boolean;
  /** Calls `outbox.pump()` once the lane has room. */
  waitForRoom(outbox: Outbox): void;
  /** Whether the lane has no room now for another large message of this route. */
  lacksRoom(route: Route): boolean;
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
  /** Bytes that the origin counts for it. */
  readonly originBytes: number;
  readonly outbound: OutboundAsk | undefined;
  readonly barrier: (() => void) | undefined;
}

/** Consecutive messages of one origin that are under way; of one that counts bytes, a single message. */
interface Run {
  readonly origin: Origin;
  readonly originBytes: number;
  count: number;
}

// As many as a mailbox holds by default, so that a sender is told to wait before its messages have to wait here, packed aside;
// it bounds what one mailbox there holds for this process.
const WINDOW_MESSAGES = 8192;
const WINDOW_BYTES = 8 * 1024 * 1024;
// More than this waiting for the lane, packed aside, makes the sender wait: what is packed in place later costs half as much.
const CONGESTED_BYTES = 16 * 1024;
// The other side is asked to report four times a window, so that it never closes while messages flow.
const REPORTS_PER_WINDOW = 4;

/** Settles a message that waited and will not be sent. */
export type Bury = (
  type: string,
  frame: Buffer,
  outbound: OutboundAsk | undefined,
  origin: Origin,
  originBytes: number,
) => void;

export class Outbox {
  readonly gauge: Gauge;
  readonly #windowMessages: number;
  readonly #windowBytes: number;
  readonly #waiting = new Denque<Waiting>();
  readonly #underWay = new Denque<Run>();
  // The last of them, unless all its messages have ended: its count is 0 then.
  #lastRun: Run | undefined;
  readonly #owner: WeakRef<object>;
  readonly #onAbandoned: Bury;
  #held: object | undefined;
  #link: OutboxLink | undefined;
  #actor = 0;
  // Of messages sent over the link, by type; the last is looked at first, for messages of one type come in runs.
  readonly #routes = new Map<string, Route>();
  #route: Route | undefined;
  #lost = 0;
  #waitingBytes = 0;
  // The lane had no room for another message as large as the last.
  #isBehind = false;
  // Those who wait for the lane to take what waits, or to have room.
  #congested: (() => void)[] = [];
  #messagesUnderWay = 0;
  #bytesUnderWay = 0;
  #messagesSinceReport = 0;
  #bytesSinceReport = 0;

  /**
   * `owner` is kept alive as long as messages wait or are under way, and no longer than others keep it. `onAbandoned` settles asks
   * that were given up before it was their turn.
   */
  constructor(limits: MailboxLimits, owner: object, onAbandoned: Bury = settleDead) {
    this.#owner = new WeakRef(owner);
    this.#onAbandoned = onAbandoned;
    this.gauge = new Gauge(limits);
    this.#windowMessages = Math.min(limits.capacity, WINDOW_MESSAGES);
    this.#windowBytes = Math.min(limits.maxBytes, WINDOW_BYTES);
  }

  /** How many messages were lost so far: here, or on their further way, as the other side has told. */
  get lost(): number {
    return this.#lost;
  }

  /** Nothing waits and nothing is under way. */
  get isIdle(): boolean {
    return this.#waiting.isEmpty() && this.#messagesUnderWay === 0;
  }

  /** Whether a sender should wait before the next message: past the high-water mark, or the lane is behind. */
  get isPastHighWater(): boolean {
    return this.gauge.pastHighWater || this.#isCongested;
  }

  /** Resolves when there is room, or the outbox was released; at once when there is. */
  async ready(): Promise<void> {
    await this.gauge.ready();
    if (this.#isCongested) await new Promise<void>((resolve) => this.#congested.push(resolve));
  }

  // Nothing is gained by waiting for a lane that is not there.
  get #isCongested(): boolean {
    return (this.#isBehind || this.#waitingBytes > CONGESTED_BYTES) && this.#link !== undefined;
  }

  /** Wakes everybody who waits for room, room or not. */
  release(): void {
    this.gauge.release();
    this.#wakeCongested();
  }

  /** From now on messages go over `link` to actor number `actor`; what waited goes first. */
  attach(link: OutboxLink, actor: number): void {
    this.#link = link;
    this.#actor = actor;
    this.#routes.clear();
    this.#route = undefined;
    this.pump();
  }

  /**
   * Sends a message, or lets it wait. False when it does not fit and was not taken; one that was `admitted` by the bound of
   * whoever sent it is always taken. Throws when it cannot travel.
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
    if (!admitted && !this.gauge.fits(0)) return false;
    const link = this.#link;
    let frame: Buffer | undefined;
    if (link !== undefined && this.#waiting.isEmpty() && this.#windowIsOpen(0)) {
      const prompt = this.#wantsReport(0);
      const bytes = link.pack(this.#routeOf(type), payload, outbound, prompt);
      if (bytes >= 0) {
        this.gauge.add(bytes);
        this.#departed(link, origin, originBytes, bytes, prompt, outbound);
        if (bytes > LARGE_BYTES) this.#lookForRoom(link);
        return true;
      }
      frame = link.takeLeftover();
    }
    frame ??= packFrame(type, payload, outbound);
    const bytes = frame.length - payloadStart(frame);
    if (!admitted && !this.gauge.fits(bytes)) return false;
    this.gauge.add(bytes);
    this.#waitingBytes += bytes;
    this.#waiting.push({ type, frame, bytes, origin, originBytes, outbound, barrier: undefined });
    this.pump();
    return true;
  }

  /** Calls `action` once everything that waits now has been sent; at once when nothing waits. */
  afterWaiting(action: () => void): void {
    if (this.#waiting.isEmpty()) action();
    else this.#waiting.push({ ...BARRIER, barrier: action });
  }

  /** Sends what waits, as far as window and lane allow; the window only unless `regardless`. True when nothing waits now. */
  pump(regardless = false): boolean {
    const link = this.#link;
    if (link === undefined) return this.#waiting.isEmpty();
    this.#isBehind = false;
    for (let next = this.#waiting.peekFront(); next !== undefined; next = this.#waiting.peekFront()) {
      if (next.barrier !== undefined) {
        this.#waiting.shift();
        next.barrier();
      } else if (next.outbound?.asker.abandoned === true) {
        this.#takeFirst(next);
        this.gauge.remove(1, next.bytes);
        this.#onAbandoned(next.type, next.frame, next.outbound, next.origin, next.originBytes);
      } else if ((regardless || this.#windowIsOpen(next.bytes)) && this.#transmit(link, next))
        this.#takeFirst(next);
      else return false;
    }
    if (this.#congested.length > 0) this.#wakeCongested();
    return true;
  }

  /** The other side's counts of how messages ended since the last ones. False when they contradict what was sent. */
  settle({ delivered, dead, lost, bytes }: Settled): boolean {
    const total = delivered + dead + lost;
    if (!isCount(delivered) || !isCount(dead) || !isCount(lost) || !isCount(bytes)) return false;
    if (total > this.#messagesUnderWay || bytes > this.#bytesUnderWay) return false;
    this.#messagesUnderWay -= total;
    this.#bytesUnderWay -= bytes;
    if (delivered > 0) this.#settleRuns('delivered', delivered);
    if (dead > 0) this.#settleRuns('dead', dead);
    if (lost > 0) this.#settleRuns('lost', lost);
    this.#lost += lost;
    this.gauge.remove(total, bytes);
    this.pump();
    if (this.isIdle) this.#held = undefined;
    return true;
  }

  /** The link is gone. What was under way is lost. */
  detach(): void {
    this.#link = undefined;
    const lost = this.#messagesUnderWay;
    const bytes = this.#bytesUnderWay;
    this.#settleRuns('lost', lost);
    this.#lost += lost;
    this.#messagesUnderWay = 0;
    this.#bytesUnderWay = 0;
    this.gauge.remove(lost, bytes);
    this.#isBehind = false;
    this.#wakeCongested();
    if (this.isIdle) this.#held = undefined;
  }

  /** Gives up what waits: each is handed to `bury`, and barriers are passed. */
  discard(bury: Bury): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (next.barrier !== undefined) {
        next.barrier();
        continue;
      }
      this.#waitingBytes -= next.bytes;
      this.gauge.remove(1, next.bytes);
      bury(next.type, next.frame, next.outbound, next.origin, next.originBytes);
    }
    this.release();
  }

  #takeFirst({ bytes }: Waiting): void {
    this.#waiting.shift();
    this.#waitingBytes -= bytes;
  }

  // A sender that waits for room packs the next one in place; one that does not packs it aside, which costs twice as much.
  #lookForRoom(link: OutboxLink): void {
    if (this.#route === undefined || !link.lacksRoom(this.#route)) return;
    this.#isBehind = true;
    link.waitForRoom(this);
  }

  #wakeCongested(): void {
    const congested = this.#congested;
    this.#congested = [];
    for (const wake of congested) wake();
  }

  #transmit(link: OutboxLink, next: Waiting): boolean {
    const prompt = this.#wantsReport(next.bytes);
    readdress(next.frame, this.#actor, prompt);
    if (!link.sendFrame(next.frame)) {
      link.waitForRoom(this);
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
    this.#messagesUnderWay += 1;
    this.#bytesUnderWay += bytes;
    this.#messagesSinceReport = prompt ? 0 : this.#messagesSinceReport + 1;
    this.#bytesSinceReport = prompt ? 0 : this.#bytesSinceReport + bytes;
    const last = this.#lastRun;
    if (last?.origin === origin && last.count > 0 && originBytes === 0 && last.originBytes === 0)
      last.count += 1;
    else {
      this.#lastRun = { origin, originBytes, count: 1 };
      this.#underWay.push(this.#lastRun);
    }
    this.#held ??= this.#owner.deref();
  }

  #routeOf(type: string): Route {
    if (this.#route?.type === type) return this.#route;
    let route = this.#routes.get(type);
    if (route === undefined) {
      route = new Route(this.#actor, type);
      // Types may be made up by the thousand: those are not worth remembering.
      if (this.#routes.size < ROUTES) this.#routes.set(type, route);
    }
    this.#route = route;
    return route;
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
  #settleRuns(outcome: Outcome, count: number): void {
    let left = count;
    for (
      let run = this.#underWay.peekFront();
      left > 0 && run !== undefined;
      run = this.#underWay.peekFront()
    ) {
      const share = Math.min(left, run.count);
      run.origin.settle(outcome, share, run.originBytes, true);
      left -= share;
      run.count -= share;
      if (run.count === 0) this.#underWay.shift();
    }
  }
}

const settleDead: Bury = (_type, _frame, _outbound, origin, originBytes) =>
  origin.settle('dead', 1, originBytes, true);

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

const BARRIER = {
  type: '',
  frame: Buffer.alloc(0),
  bytes: 0,
  origin: { settle: () => undefined },
  originBytes: 0,
  outbound: undefined,
} as const;
