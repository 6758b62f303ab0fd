// Everything that travels between this node and one other over their two lanes: messages by way of outboxes, and signals
// (replies, counts, notices of ends), which go before messages and are never refused. How the lanes come and go is `PeerLink`.
import Denque from 'denque';
import type { End } from '../actor/end-reason.ts';
import { asError, bareError, bareReason } from '../actor/failure.ts';
import type { Asker, Message } from '../actor/message.ts';
import { TroupeError } from '../errors.ts';
import type { FrameWriter } from '../transport/frame-writer.ts';
import type { Codec } from '../wire/codec.ts';
import * as envelope from '../wire/envelope.ts';
import { FramePacker, sendAheadOver, sendOver, wholeMilliseconds, type Envelope } from './frame-packer.ts';
import { Inflow } from './inflow.ts';
import type { OutboundAsk, Outbox, OutboxLink } from './outbox.ts';
import { RemoteAsker } from './remote-asker.ts';
import { RouteNumbers, type KnownRoute, type Route } from './routes.ts';

/** Who is told of what comes in. */
export interface ExchangeHost {
  /** A message for an actor of this node. */
  deliver(to: number, message: Message): void;
  /** The actor `from` of the peer ended, which `watcher` of this node watches. */
  down(from: number, watcher: number, end: End): void;
  stopActor(actor: number, timeoutMs: number, drain: boolean): void;
}

const SIGNAL: Envelope = {
  kind: 0,
  type: '',
  to: 0,
  from: 0,
  correlation: 0,
  timeoutMs: 0,
  prompt: false,
  numbers: false,
};
// How long counts of messages that ended may wait when the sender is not short of room.
const REPORT_DELAY_MS = 5;
// What a field of a header holds.
const MAX_FIELD = 0xffffffff;

export class Exchange implements OutboxLink {
  readonly #host: ExchangeHost;
  readonly #codec: Codec;
  readonly #packer: FramePacker;
  readonly #outboxes = new Map<number, Outbox>();
  readonly #inflows = new Map<number, Inflow>();
  readonly #asks = new Map<number, Asker>();
  readonly #askers = new Map<number, RemoteAsker>();
  readonly #signals = new Denque<Buffer>();
  // Whoever stands in it was due when he came; his counts may have gone with a reply since.
  readonly #due: Inflow[] = [];
  readonly #numbers = new RouteNumbers();
  readonly #routes: (KnownRoute | undefined)[] = Array.from({ length: envelope.ROUTES }, () => undefined);
  readonly #header = envelope.emptyHeader();
  #reportTimer: NodeJS.Timeout | undefined;
  #writer: FrameWriter | undefined;
  #isWaitingForRoom = false;
  #closed = false;

  constructor(codec: Codec, host: ExchangeHost) {
    this.#codec = codec;
    this.#packer = new FramePacker(codec);
    this.#host = host;
  }

  /** The lane to the peer is open: what waited goes first. */
  open(writer: FrameWriter): void {
    this.#writer = writer;
    this.#pumpSignals();
    for (const [actor, outbox] of this.#outboxes) outbox.attach(this, actor);
  }

  /** Nothing can be sent any more. What is still to be read from the lane is delivered all the same. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#reportTimer);
    this.#signals.clear();
  }

  /** Nothing will come any more: askers of the peer are gone, and no ask will be answered. */
  settle(error: TroupeError): void {
    for (const asker of this.#askers.values()) asker.abandon();
    this.#askers.clear();
    for (const asker of this.#asks.values()) asker.reject(error);
    this.#asks.clear();
  }

  /** Messages of `outbox` go to actor number `actor` of the peer, once the lane is open. */
  attach(outbox: Outbox, actor: number): void {
    this.#outboxes.set(actor, outbox);
    if (this.#writer !== undefined) outbox.attach(this, actor);
  }

  detach(actor: number): void {
    this.#outboxes.delete(actor);
  }

  pack(route: Route, payload: unknown, outbound: OutboundAsk | undefined, prompt: boolean): number {
    const writer = this.#writer;
    if (writer === undefined || this.#closed || !this.#signals.isEmpty()) return -1;
    return this.#packer.packMessage(writer, this.#numbers, route, payload, outbound, prompt);
  }

  takeLeftover(): Buffer | undefined {
    return this.#packer.takeLeftover();
  }

  sendFrame(frame: Buffer): boolean {
    if (this.#closed || !this.#signals.isEmpty()) return false;
    return this.#trySend(frame);
  }

  waitForRoom(): void {
    this.#waitForRoom();
  }

  lacksRoom(route: Route): boolean {
    return this.#writer !== undefined && !this.#closed && this.#packer.lacksRoom(this.#writer, route);
  }

  expectReply(outbound: OutboundAsk): void {
    const { asker, correlation } = outbound;
    this.#asks.set(correlation, asker);
    asker.onAbandon = () => {
      if (asker.heedsLateAnswer !== true) this.#asks.delete(correlation);
      this.#signal({ ...SIGNAL, kind: envelope.CANCEL, correlation }, undefined);
    };
  }

  /** Tells the peer that an actor of this node ended, in line behind what was sent to the watcher so far. */
  sendDown(actor: number, watcher: number, end: End): void {
    const notify = (): void => {
      const head = { ...SIGNAL, kind: envelope.DOWN, to: watcher, from: actor };
      this.#signal(head, end, () => ({ ...end, reason: bareReason(end.reason) }));
    };
    const outbox = this.#outboxes.get(watcher);
    if (outbox === undefined) notify();
    else outbox.afterWaiting(notify);
  }

  /** Asks the peer to stop an actor once it has handled what was sent to it so far. */
  sendStop(actor: number, timeoutMs: number): void {
    this.#signal(
      { ...SIGNAL, kind: envelope.STOP, to: actor, timeoutMs: wholeMilliseconds(timeoutMs) },
      undefined,
    );
  }

  /** Reports what is due and hands everything to the kernel, blocking for at most `timeoutMs`. */
  flushBlocking(timeoutMs: number): void {
    const writer = this.#writer;
    if (this.#closed || writer === undefined) return;
    this.reportAll();
    const deadline = performance.now() + timeoutMs;
    do {
      // Windows do not count any more: nobody here will hear that they open.
      const isAllSent =
        this.#pumpSignals() && [...this.#outboxes.values()].every((outbox) => outbox.pump(true));
      writer.flushBlocking(Math.max(0, deadline - performance.now()));
      if (isAllSent) return;
    } while (performance.now() < deadline);
  }

  /** Nobody sends to that actor of the peer any more, for now. */
  forget(actor: number): void {
    if (this.#outboxes.get(actor)?.isIdle === true) this.#outboxes.delete(actor);
  }

  /** Resolves when every message that waits now has been sent. */
  async flushed(): Promise<void> {
    await Promise.all(
      [...this.#outboxes.values()].map(
        (outbox) => new Promise<void>((resolve) => outbox.afterWaiting(resolve)),
      ),
    );
  }

  /** A frame came. Throws TROUPE_PROTOCOL_VIOLATION when it is none that a peer would send. */
  receive(memory: Buffer, start: number, end: number): void {
    if (((memory[start] ?? 0) & ~envelope.PROMPT_KIND) >= envelope.ROUTED_TELL) {
      this.#receiveRouted(memory, start, end);
      return;
    }
    const header = this.#header;
    if (!envelope.readHeader(memory, start, end, header)) throw violation('a frame has no valid header');
    const { kind, to, from, correlation, payloadStart } = header;
    switch (kind) {
      case envelope.TELL:
      case envelope.ASK:
        this.#receiveMessage(memory, end);
        return;
      case envelope.REPLY:
      case envelope.FAILURE: {
        // Decoded though nobody may want it any more: the codec must see every value of the lane.
        const value = this.#codec.decode(memory, payloadStart, end);
        if (from > 0) this.#settle(to, { delivered: from, dead: 0, lost: 0, bytes: header.timeoutMs });
        const asker = this.#asks.get(correlation);
        if (asker === undefined) return;
        this.#asks.delete(correlation);
        if (kind === envelope.REPLY) asker.resolve(value);
        else asker.reject(value);
        return;
      }
      case envelope.CANCEL:
        this.#askers.get(correlation)?.abandon();
        this.#askers.delete(correlation);
        return;
      case envelope.SETTLED: {
        const counts = envelope.readSettled(memory, payloadStart, end);
        if (counts === undefined) throw violation('counts have another length');
        this.#settle(to, counts);
        return;
      }
      case envelope.DOWN:
        this.#host.down(from, to, this.#codec.decode(memory, payloadStart, end) as End);
        return;
      case envelope.STOP:
        this.#host.stopActor(to, header.timeoutMs, true);
        return;
    }
  }

  #receiveRouted(memory: Buffer, start: number, end: number): void {
    const bytes = memory[start] ?? 0;
    const kind = bytes & ~envelope.PROMPT_KIND;
    const isAsk = kind === envelope.ROUTED_ASK;
    const payloadStart = start + (isAsk ? envelope.ROUTED_ASK_BYTES : envelope.ROUTED_TELL_BYTES);
    const route = payloadStart > end ? undefined : this.#routes[envelope.routeNumber(memory, start)];
    if (route === undefined || kind > envelope.ROUTED_ASK)
      throw violation('a frame has no header that this lane knows');
    const { to, type, inflow: origin } = route;
    const payload = this.#codec.decode(memory, payloadStart, end);
    const asker = isAsk ? this.#newAsker(envelope.routedCorrelation(memory, start), origin) : undefined;
    const prompt = bytes !== kind;
    origin.open += 1;
    this.#host.deliver(to, { type, payload, asker, origin, bytes: end - payloadStart, prompt });
  }

  #receiveMessage(memory: Buffer, end: number): void {
    const { kind, to, from, correlation, prompt, numbers, type, payloadStart } = this.#header;
    const payload = this.#codec.decode(memory, payloadStart, end);
    let origin = this.#inflows.get(to);
    if (origin === undefined) {
      origin = new Inflow(to, this.#report);
      this.#inflows.set(to, origin);
    }
    if (numbers) this.#learn(from, { to, type, inflow: origin });
    origin.open += 1;
    const asker = kind === envelope.ASK ? this.#newAsker(correlation, origin) : undefined;
    this.#host.deliver(to, { type, payload, asker, origin, bytes: end - payloadStart, prompt });
  }

  #learn(number: number, route: KnownRoute): void {
    const former = this.#routes[number];
    if (former !== undefined) {
      former.inflow.routes -= 1;
      this.#forgetInflow(former.inflow);
    }
    route.inflow.routes += 1;
    this.#routes[number] = route;
  }

  // Recipients come and go, and nobody says when the last message was: the next one makes it anew. Not before the last one
  // has ended: all that ended before a reply are to be reported with it.
  #forgetInflow(inflow: Inflow): void {
    if (inflow.routes + inflow.open === 0 && !inflow.isListed) this.#inflows.delete(inflow.actor);
  }

  #newAsker(correlation: number, inflow: Inflow): RemoteAsker {
    const asker = new RemoteAsker(correlation, inflow, this.#answer);
    this.#askers.set(correlation, asker);
    return asker;
  }

  #settle(actor: number, counts: envelope.Settled): void {
    if (this.#outboxes.get(actor)?.settle(counts) === false)
      throw violation('counts contradict what was sent');
  }

  readonly #answer = (correlation: number, inflow: Inflow, failed: boolean, value: unknown): void => {
    this.#askers.delete(correlation);
    // With the answer: the asker that has it must not hear later that its message may be lost.
    const counts = inflow.take();
    let head: Envelope = SIGNAL;
    if (counts.dead + counts.lost === 0 && counts.bytes <= MAX_FIELD)
      head = { ...head, correlation, to: inflow.actor, from: counts.delivered, timeoutMs: counts.bytes };
    else {
      this.#sendSignal(envelope.settledFrame(inflow.actor, counts));
      head = { ...head, correlation };
    }
    const failure = { ...head, kind: envelope.FAILURE };
    if (failed) this.#signal(failure, value, () => bareError(asError(value)));
    else this.#signal({ ...head, kind: envelope.REPLY }, value, undefined, failure);
  };

  readonly #report = (inflow: Inflow, prompt: boolean): void => {
    if (!inflow.isListed) {
      inflow.isListed = true;
      this.#due.push(inflow);
    }
    if (prompt) this.reportAll();
    else this.#reportTimer ??= setTimeout(this.#reportLater, REPORT_DELAY_MS);
  };

  readonly #reportLater = (): void => this.reportAll();

  /** Tells the peer how its messages ended, as far as it does not know. */
  reportAll(): void {
    clearTimeout(this.#reportTimer);
    this.#reportTimer = undefined;
    for (const inflow of this.#due) {
      inflow.isListed = false;
      if (inflow.isDue) this.#sendAhead(envelope.settledFrame(inflow.actor, inflow.take()));
      this.#forgetInflow(inflow);
    }
    this.#due.length = 0;
  }

  /**
   * Sends what must not be refused. When the value cannot travel, what `instead` makes of it goes, or with `failure` the
   * error that says why it cannot.
   */
  #signal(head: Envelope, value: unknown, instead?: () => unknown, failure?: Envelope): void {
    try {
      this.#pack(head, value);
    } catch (error) {
      if (failure !== undefined) this.#pack(failure, error);
      else this.#pack(head, instead?.());
    }
  }

  #pack(head: Envelope, value: unknown): void {
    if (this.#closed) return;
    const writer = this.#writer;
    if (writer !== undefined && this.#signals.isEmpty()) {
      if (this.#packer.packSignal(writer, head, value)) return;
      const frame = this.#packer.takeLeftover();
      if (frame !== undefined) {
        this.#sendSignal(frame);
        return;
      }
    }
    this.#sendSignal(this.#packer.pack(head, value));
  }

  #sendSignal(frame: Buffer): void {
    if (this.#closed) return;
    if (this.#writer !== undefined && this.#signals.isEmpty() && this.#trySend(frame)) return;
    this.#signals.push(frame);
    this.#waitForRoom();
  }

  // Counts mean the same wherever they arrive, and a sender that is short of room waits for them. Everything else has its place.
  #sendAhead(frame: Buffer): void {
    const writer = this.#writer;
    if (this.#closed) return;
    if (writer !== undefined && !this.#packer.isPacking && sendAheadOver(writer, frame)) return;
    this.#sendSignal(frame);
  }

  #pumpSignals(): boolean {
    for (let frame = this.#signals.peekFront(); frame !== undefined; frame = this.#signals.peekFront()) {
      if (!this.#trySend(frame)) return false;
      this.#signals.shift();
    }
    return true;
  }

  #trySend(frame: Buffer): boolean {
    // What a getter of a payload sends must not land in the claim that is being filled.
    if (this.#writer === undefined || this.#packer.isPacking) return false;
    return sendOver(this.#writer, frame);
  }

  #waitForRoom(): void {
    const writer = this.#writer;
    if (this.#isWaitingForRoom || writer === undefined || this.#closed) return;
    this.#isWaitingForRoom = true;
    writer.drained().then(
      () => {
        this.#isWaitingForRoom = false;
        if (!this.#closed) this.#pump();
      },
      () => undefined,
    );
  }

  #pump(): void {
    if (!this.#pumpSignals()) {
      this.#waitForRoom();
      return;
    }
    for (const outbox of this.#outboxes.values()) outbox.pump();
  }
}

function violation(what: string): TroupeError {
  return new TroupeError('TROUPE_PROTOCOL_VIOLATION', `the peer was disconnected: ${what}`);
}
