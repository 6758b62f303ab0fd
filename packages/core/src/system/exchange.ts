// Everything that travels between this node and one other over their two lanes. Out go messages by way of outboxes, and signals
// by a line that is never behind them; what comes in goes to whoever waits for it. How the lanes come and go is `PeerLink`.
import type { End } from '../actor/end-reason.ts';
import { bareReason } from '../actor/failure.ts';
import type { Message } from '../actor/message.ts';
import type { Clock } from '../clock.ts';
import type { TroupeError } from '../errors.ts';
import type { FrameWriter } from '../transport/frame-writer.ts';
import type { Codec } from '../wire/codec.ts';
import * as envelope from '../wire/envelope.ts';
import { PROMPT_KIND, ROUTED_TELL } from '../wire/routed-header.ts';
import { readSettled, type Settled } from '../wire/settled.ts';
import { FramePacker, wholeMilliseconds } from './frame-packer.ts';
import { Incoming } from './incoming.ts';
import { OpenAsks } from './open-asks.ts';
import type { Outbox } from './outbox.ts';
import type { OutboundAsk, OutboxLink } from './outbox-link.ts';
import { RouteNumbers, type Route } from './routes.ts';
import { SignalLine } from './signal-line.ts';
import { violation } from './violation.ts';

// Instead of how long an actor may take to stop: as long as it does by itself.
const UNSAID = 0xffffffff;

/** Who is told of what comes in. */
export interface ExchangeHost {
  readonly clock: Clock;
  /** A message for an actor of this node. */
  deliver(to: number, message: Message): void;
  /** The actor `from` of the peer ended, which `watcher` of this node watches. */
  down(from: number, watcher: number, end: End): void;
  /** An actor of this node is to be stopped; `watcher` of the peer, if it is not 0, waits for that. Undefined: its own time. */
  stopActor(actor: number, watcher: number, timeoutMs: number | undefined, drain: boolean): void;
  /** There is no room for what is sent to the actor of the peer: tell it. */
  overflowed(actor: number): void;
}

export class Exchange implements OutboxLink {
  readonly #host: ExchangeHost;
  readonly #codec: Codec;
  readonly #packer: FramePacker;
  readonly #signals: SignalLine;
  readonly #incoming: Incoming;
  readonly #outboxes = new Map<number, Outbox>();
  readonly #asks: OpenAsks;
  readonly #numbers = new RouteNumbers();
  readonly #header = envelope.emptyHeader();

  constructor(codec: Codec, host: ExchangeHost) {
    this.#codec = codec;
    this.#packer = new FramePacker(codec);
    this.#host = host;
    this.#signals = new SignalLine(this.#packer, () => {
      for (const outbox of this.#outboxes.values()) outbox.pump();
    });
    this.#asks = new OpenAsks(this.#signals);
    this.#incoming = new Incoming(codec, this.#signals, host);
  }

  /** The lane to the peer is open: what waited goes first. */
  open(writer: FrameWriter): void {
    this.#signals.open(writer);
    for (const [actor, outbox] of this.#outboxes) outbox.attach(this, actor);
  }

  /** Nothing can be sent any more. What is still to be read from the lane is delivered all the same. */
  close(): void {
    this.#signals.close();
    this.#incoming.close();
  }

  /** Nothing will come any more: askers of the peer are gone, and no ask will be answered. */
  settle(error: TroupeError): void {
    this.#incoming.abandonAll();
    this.#asks.rejectAll(error);
  }

  /** Messages of `outbox` go to actor number `actor` of the peer, once the lane is open. */
  attach(outbox: Outbox, actor: number): void {
    this.#outboxes.set(actor, outbox);
    if (this.#signals.writer !== undefined) outbox.attach(this, actor);
  }

  detach(actor: number): void {
    this.#outboxes.delete(actor);
  }

  pack(route: Route, payload: unknown, outbound: OutboundAsk | undefined, prompt: boolean): number {
    const writer = this.#signals.writerForMessages;
    if (writer === undefined) return -1;
    return this.#packer.packMessage(writer, this.#numbers, route, payload, outbound, prompt);
  }

  takeLeftover(): Buffer | undefined {
    return this.#packer.takeLeftover();
  }

  sendFrame(frame: Buffer): boolean {
    return this.#signals.writerForMessages !== undefined && this.#signals.trySend(frame);
  }

  waitForRoom(): void {
    this.#signals.waitForRoom();
  }

  lacksRoom(route: Route): boolean {
    const { writer } = this.#signals;
    return writer !== undefined && this.#packer.lacksRoom(writer, route);
  }

  overflowed(actor: number): void {
    this.#host.overflowed(actor);
  }

  expectReply(outbound: OutboundAsk): void {
    this.#asks.expect(outbound);
  }

  /** Tells the peer that an actor of this node ended, in line behind what was sent to the watcher so far. */
  sendDown(actor: number, watcher: number, end: End): void {
    const notify = (): void => {
      const head = { ...envelope.EMPTY_ENVELOPE, kind: envelope.DOWN, to: watcher, from: actor };
      this.#signals.send(head, end, () => ({ ...end, reason: bareReason(end.reason) }));
    };
    const outbox = this.#outboxes.get(watcher);
    if (outbox === undefined) notify();
    else outbox.afterWaiting(notify);
  }

  /** Asks the peer to stop an actor once it has handled what was sent to it so far; `watcher`, if it is not 0, waits for that. */
  sendStop(actor: number, watcher: number, timeoutMs: number | undefined): void {
    const head = { ...envelope.EMPTY_ENVELOPE, kind: envelope.STOP, to: actor, from: watcher };
    this.#signals.send(
      { ...head, amount: timeoutMs === undefined ? UNSAID : wholeMilliseconds(timeoutMs) },
      undefined,
    );
  }

  /** Tells the peer how its messages ended, as far as it does not know. */
  reportAll(): void {
    this.#incoming.reportAll();
  }

  /** Reports what is due and hands everything to the kernel, blocking for at most `timeoutMs`. */
  flushBlocking(timeoutMs: number): void {
    const { writer } = this.#signals;
    if (writer === undefined) return;
    this.reportAll();
    const { clock } = this.#host;
    const deadline = clock.now() + timeoutMs;
    do {
      // Windows do not count any more: nobody here will hear that they open.
      const isAllSent =
        this.#signals.pump() && [...this.#outboxes.values()].every((outbox) => outbox.pump(true));
      writer.flushBlocking(Math.max(0, deadline - clock.now()));
      if (isAllSent) return;
    } while (clock.now() < deadline);
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
    if (((memory[start] ?? 0) & ~PROMPT_KIND) >= ROUTED_TELL) {
      this.#incoming.receiveRouted(memory, start, end);
      return;
    }
    const header = this.#header;
    if (!envelope.readHeader(memory, start, end, header)) throw violation('a frame has no valid header');
    switch (header.kind) {
      case envelope.TELL:
      case envelope.ASK:
      case envelope.STREAM:
        this.#incoming.receive(header, memory, end);
        return;
      case envelope.REPLY:
      case envelope.FAILURE:
        this.#receiveAnswer(header, memory, end);
        return;
      case envelope.ITEM:
        this.#receiveItem(header, memory, end);
        return;
      case envelope.GRANT:
        this.#incoming.grant(header.correlation, header.amount);
        return;
      case envelope.CANCEL:
        this.#incoming.abandon(header.correlation);
        return;
      case envelope.SETTLED: {
        const counts = readSettled(memory, header.payloadStart, end);
        if (counts === undefined) throw violation('counts have another length');
        this.#settle(header.to, counts);
        return;
      }
      case envelope.DOWN: {
        const { from, to, payloadStart } = header;
        this.#host.down(from, to, this.#codec.decode(memory, payloadStart, end) as End);
        return;
      }
      case envelope.STOP:
        this.#host.stopActor(
          header.to,
          header.from,
          header.amount === UNSAID ? undefined : header.amount,
          true,
        );
        return;
    }
  }

  #receiveAnswer(header: envelope.Header, memory: Buffer, end: number): void {
    const { kind, to, from, correlation, amount: bytes, payloadStart } = header;
    // Decoded though nobody may want it any more: the codec must see every value of the lane.
    const value = this.#codec.decode(memory, payloadStart, end);
    if (from > 0) this.#settle(to, { delivered: from, dead: 0, lost: 0, bytes });
    this.#asks.answer(correlation, kind === envelope.FAILURE, value);
  }

  #receiveItem({ correlation, payloadStart }: envelope.Header, memory: Buffer, end: number): void {
    this.#asks.item(correlation, this.#codec.decode(memory, payloadStart, end));
  }

  #settle(actor: number, counts: Settled): void {
    if (this.#outboxes.get(actor)?.settle(counts) === false)
      throw violation('counts contradict what was sent');
  }
}
