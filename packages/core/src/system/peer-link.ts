// One other node that this one is connected to: the control channel, a lane each way, and everything that is under way
// between the two. When the channel ends the lane is read to its end first; only then is anybody told.
import Denque from 'denque';
import type { NodeId } from '../address.ts';
import type { Asker, Message } from '../actor/message.ts';
import type { End } from '../actor/end-reason.ts';
import type { ControlChannel } from '../control/control-channel.ts';
import type { ControlMessage } from '../control/control-message.ts';
import { isTroupeError, TroupeError } from '../errors.ts';
import { openReceiver, type FrameReader } from '../transport/frame-reader.ts';
import { openSender, type FrameWriter } from '../transport/frame-writer.ts';
import type { LaneOffer, Transport } from '../transport/contract.ts';
import type { Codec } from '../wire/codec.ts';
import * as envelope from '../wire/envelope.ts';
import { FramePacker, type Envelope } from './frame-packer.ts';
import { Inflow } from './inflow.ts';
import type { OutboundAsk, Outbox, OutboxLink } from './outbox.ts';
import { RemoteAsker } from './remote-asker.ts';

/** What a link needs from its node. */
export interface LinkHost {
  /** Where lanes may put what needs a name. */
  readonly directory: string;
  readonly openTimeoutMs: number;
  transportTo(peer: NodeId): Promise<Transport>;
  transportOf(offer: LaneOffer): Promise<Transport>;
  /** A message for an actor of this node. */
  deliver(to: number, message: Message): void;
  /** The watched actor `from` of the peer ended. */
  down(link: PeerLink, from: number, watcher: number, end: End): void;
  watch(link: PeerLink, actor: number, watcher: number): void;
  unwatch(link: PeerLink, actor: number, watcher: number): void;
  stopActor(actor: number, timeoutMs: number, drain: boolean): void;
  /** Nothing will come from the peer any more; called once. */
  ended(link: PeerLink, error: TroupeError | undefined): void;
}

// How long counts of messages that ended may wait when the sender is not short of room.
const REPORT_DELAY_MS = 5;
let lanes = 0;

export class PeerLink implements OutboxLink {
  readonly node: NodeId;
  /** Process id of the peer, for messages to people. */
  readonly pid: number;
  /** Resolves when both lanes are open; rejects when the link ends before. */
  readonly opened: Promise<void>;
  readonly #host: LinkHost;
  readonly #channel: ControlChannel;
  readonly #codec: Codec;
  readonly #packer: FramePacker;
  readonly #outboxes = new Map<number, Outbox>();
  readonly #inflows = new Map<number, Inflow>();
  readonly #asks = new Map<number, Asker>();
  readonly #askers = new Map<number, RemoteAsker>();
  // Replies, notices and counts that the lane had no room for: they go before messages, and are never refused.
  readonly #signals = new Denque<Buffer>();
  readonly #due = new Set<Inflow>();
  readonly #header = envelope.emptyHeader();
  #reportTimer: NodeJS.Timeout | undefined;
  #reader: FrameReader | undefined;
  #writer: FrameWriter | undefined;
  #isWaitingForRoom = false;
  #end: { readonly error: TroupeError | undefined } | undefined;
  #hasLeft = false;
  #lifecycle: ((message: ControlMessage) => void) | undefined;
  // Lifecycle messages that came before anybody listened.
  readonly #early: ControlMessage[] = [];
  readonly #endListeners: (() => void)[] = [];
  #markOpened!: () => void;
  #markFailed!: (error: unknown) => void;

  constructor(node: NodeId, pid: number, channel: ControlChannel, codec: Codec, host: LinkHost) {
    this.node = node;
    this.pid = pid;
    this.#channel = channel;
    this.#codec = codec;
    this.#packer = new FramePacker(codec);
    this.#host = host;
    this.opened = new Promise((resolve, reject) => {
      this.#markOpened = resolve;
      this.#markFailed = reject;
    });
    // Whoever does not await it learns of the end by `ended`.
    this.opened.catch(() => undefined);
    channel.listen({ onMessage: (message) => this.#receiveControl(message), onEnd: (error) => this.#gone(error) });
    void this.#offerLane();
  }

  /** Whether the peer said that it leaves, rather than vanished. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  get isOpen(): boolean {
    return this.#writer !== undefined && this.#end === undefined;
  }

  /** Says who is told of the messages that only parent and child exchange. */
  onLifecycle(listener: (message: ControlMessage) => void): void {
    this.#lifecycle = listener;
    for (const message of this.#early.splice(0)) listener(message);
  }

  /** `listener` is called once when the link has ended. */
  whenEnded(listener: () => void): void {
    this.#endListeners.push(listener);
  }

  /** Sends a control message; nothing happens when the peer is gone. */
  send(message: ControlMessage): void {
    if (this.#end === undefined) this.#channel.send(message);
  }

  /** Messages of `outbox` go to actor number `actor` of the peer, once the lane is open. */
  attach(outbox: Outbox, actor: number): void {
    this.#outboxes.set(actor, outbox);
    if (this.#writer !== undefined) outbox.attach(this, actor);
  }

  detach(actor: number): void {
    this.#outboxes.delete(actor);
  }

  pack(type: string, payload: unknown, to: number, outbound: OutboundAsk | undefined, prompt: boolean): number {
    const writer = this.#writer;
    if (writer === undefined || this.#end !== undefined || !this.#signals.isEmpty()) return -1;
    return this.#packer.packInto(writer, messageEnvelope(type, to, outbound, prompt), payload);
  }

  sendFrame(frame: Buffer): boolean {
    if (this.#writer === undefined || this.#end !== undefined || !this.#signals.isEmpty()) return false;
    return this.#trySend(frame);
  }

  waitForRoom(): void {
    this.#waitForRoom();
  }

  expectReply(outbound: OutboundAsk): void {
    const { asker, correlation } = outbound;
    this.#asks.set(correlation, asker);
    asker.onAbandon = () => {
      this.#asks.delete(correlation);
      this.#signal({ ...SIGNAL, kind: envelope.CANCEL, correlation }, undefined);
    };
  }

  /** Tells the peer that an actor of this node ended, in line behind what was sent to the watcher so far. */
  sendDown(actor: number, watcher: number, end: End): void {
    const notify = (): void => {
      this.#signal({ ...SIGNAL, kind: envelope.DOWN, to: watcher, from: actor }, end);
    };
    const outbox = this.#outboxes.get(watcher);
    if (outbox === undefined) notify();
    else outbox.afterWaiting(notify);
  }

  /** Asks the peer to stop an actor once it has handled what was sent to it so far. */
  sendStop(actor: number, timeoutMs: number): void {
    this.#signal({ ...SIGNAL, kind: envelope.STOP, to: actor, timeoutMs: wholeMilliseconds(timeoutMs) }, undefined);
  }

  /** Writes what is under way, blocking for at most `timeoutMs`: the process is about to exit. */
  flushBlocking(timeoutMs: number): void {
    if (this.#end !== undefined) return;
    this.#reportAll();
    this.#writer?.flushBlocking(timeoutMs);
  }

  /** Resolves when every message that waits now has been sent. */
  async flushed(): Promise<void> {
    await Promise.all(
      [...this.#outboxes.values()].map((outbox) => new Promise<void>((resolve) => outbox.afterWaiting(resolve))),
    );
  }

  /** Hands over what is under way, says goodbye and ends the link. */
  async close(timeoutMs: number): Promise<void> {
    if (this.#end !== undefined) return;
    this.#reportAll();
    const writer = this.#writer;
    await writer?.close(timeoutMs);
    this.send({ type: 'leave' });
    await this.#channel.close(timeoutMs);
  }

  /** Ends the link at once: what the peer says cannot be believed, or it is to be forgotten. */
  destroy(error: TroupeError): void {
    this.#gone(error);
  }

  async #offerLane(): Promise<void> {
    try {
      const transport = await this.#host.transportTo(this.node);
      lanes += 1;
      const reader = await openReceiver(transport, {
        peer: this.node,
        directory: this.#host.directory,
        lane: String(lanes),
        onFrame: (memory, start, end) => this.#receiveFrame(memory, start, end),
        onEnd: (error) => this.#laneEnded(error),
      });
      if (this.#end !== undefined) {
        await reader.close();
        return;
      }
      this.#reader = reader;
      this.send({ type: 'offer', offer: reader.offer });
      reader.start();
    } catch (error) {
      this.#gone(asTroupeError(error));
    }
  }

  async #openLane(offer: LaneOffer): Promise<void> {
    try {
      const writer = await openSender(await this.#host.transportOf(offer), offer, {
        peer: this.node,
        timeoutMs: this.#host.openTimeoutMs,
        // That the peer is gone is told by the control channel, which ends as well.
        onEnd: () => undefined,
      });
      if (this.#end !== undefined) {
        await writer.close(0);
        return;
      }
      this.#writer = writer;
      this.#markOpened();
      this.#pumpSignals();
      for (const [actor, outbox] of this.#outboxes) outbox.attach(this, actor);
    } catch (error) {
      this.#gone(asTroupeError(error));
    }
  }

  #receiveControl(message: ControlMessage): void {
    switch (message.type) {
      case 'offer':
        void this.#openLane(message.offer);
        return;
      case 'watch':
        this.#host.watch(this, message.actor, message.watcher);
        return;
      case 'unwatch':
        this.#host.unwatch(this, message.actor, message.watcher);
        return;
      case 'stop':
        this.#host.stopActor(message.actor, message.timeoutMs, false);
        return;
      case 'leave':
        this.#hasLeft = true;
        return;
      default:
        if (this.#lifecycle === undefined) this.#early.push(message);
        else this.#lifecycle(message);
    }
  }

  #receiveFrame(memory: Buffer, start: number, end: number): void {
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
        const asker = this.#asks.get(correlation);
        if (asker === undefined) return;
        this.#asks.delete(correlation);
        const value = this.#codec.decode(memory, payloadStart, end);
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
        const outbox = this.#outboxes.get(to);
        if (counts === undefined || outbox?.settle(counts) === false) throw violation('counts contradict what was sent');
        return;
      }
      case envelope.DOWN:
        this.#host.down(this, from, to, this.#codec.decode(memory, payloadStart, end) as End);
        return;
      case envelope.STOP:
        this.#host.stopActor(to, header.timeoutMs, true);
        return;
    }
  }

  #receiveMessage(memory: Buffer, end: number): void {
    const { kind, to, correlation, prompt, type, payloadStart } = this.#header;
    const payload = this.#codec.decode(memory, payloadStart, end);
    let inflow = this.#inflows.get(to);
    if (inflow === undefined) {
      inflow = new Inflow(to, this.#report);
      this.#inflows.set(to, inflow);
    }
    let asker: RemoteAsker | undefined;
    if (kind === envelope.ASK) {
      asker = new RemoteAsker(correlation, this.#answer);
      this.#askers.set(correlation, asker);
    }
    this.#host.deliver(to, { type, payload, asker, origin: inflow, bytes: end - payloadStart, prompt });
  }

  readonly #answer = (correlation: number, failed: boolean, value: unknown): void => {
    this.#askers.delete(correlation);
    const kind = failed ? envelope.FAILURE : envelope.REPLY;
    try {
      this.#signal({ ...SIGNAL, kind, correlation }, value);
    } catch (error) {
      // What the handler returned cannot travel; the asker is told so.
      this.#signal({ ...SIGNAL, kind: envelope.FAILURE, correlation }, error);
    }
  };

  readonly #report = (inflow: Inflow, prompt: boolean): void => {
    this.#due.add(inflow);
    if (prompt) this.#reportAll();
    else this.#reportTimer ??= setTimeout(() => this.#reportAll(), REPORT_DELAY_MS);
  };

  #reportAll(): void {
    clearTimeout(this.#reportTimer);
    this.#reportTimer = undefined;
    for (const inflow of this.#due) {
      inflow.isDue = false;
      this.#sendSignal(envelope.settledFrame(inflow.actor, inflow.counts));
    }
    this.#due.clear();
  }

  /** Sends what must not be refused; throws when the value cannot travel. */
  #signal(head: Envelope, value: unknown): void {
    if (this.#end !== undefined) return;
    const writer = this.#writer;
    if (writer !== undefined && this.#signals.isEmpty() && this.#packer.packInto(writer, head, value) >= 0) return;
    this.#sendSignal(this.#packer.pack(head, value));
  }

  #sendSignal(frame: Buffer): void {
    if (this.#end !== undefined) return;
    if (this.#writer !== undefined && this.#signals.isEmpty() && this.#trySend(frame)) return;
    this.#signals.push(frame);
    this.#waitForRoom();
  }

  #pumpSignals(): boolean {
    for (let frame = this.#signals.peekFront(); frame !== undefined; frame = this.#signals.peekFront()) {
      if (!this.#trySend(frame)) return false;
      this.#signals.shift();
    }
    return true;
  }

  #trySend(frame: Buffer): boolean {
    try {
      return this.#writer?.send(frame) === true;
    } catch (error) {
      // The lane has ended: the channel will say so in a moment, and what waits is settled then.
      if (isTroupeError(error, 'TROUPE_FRAME_TOO_LARGE')) throw error;
      return false;
    }
  }

  #waitForRoom(): void {
    const writer = this.#writer;
    if (this.#isWaitingForRoom || writer === undefined || this.#end !== undefined) return;
    this.#isWaitingForRoom = true;
    writer.drained().then(
      () => {
        this.#isWaitingForRoom = false;
        if (this.#end === undefined) this.#pump();
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

  #laneEnded(error: Error | undefined): void {
    // A lane that ends while the channel lives: the peer is leaving, or what came was no frame.
    if (error !== undefined && this.#end === undefined && !isPeerLost(error)) this.#gone(asTroupeError(error));
  }

  #gone(error: TroupeError | undefined): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    void this.#finish(error);
  }

  async #finish(error: TroupeError | undefined): Promise<void> {
    this.#channel.destroy();
    // Everything the peer committed is delivered before anybody hears that it is gone.
    if (error === undefined) await this.#reader?.drain().catch(() => undefined);
    await this.#reader?.close().catch(() => undefined);
    await this.#writer?.close(0).catch(() => undefined);
    clearTimeout(this.#reportTimer);
    this.#signals.clear();
    for (const asker of this.#askers.values()) asker.abandon();
    this.#askers.clear();
    this.#markFailed(error ?? new TroupeError('TROUPE_PEER_LOST', `process ${String(this.pid)} ended`));
    this.#host.ended(this, error);
    for (const listener of this.#endListeners) listener();
    for (const asker of this.#asks.values())
      asker.reject(new TroupeError('TROUPE_PEER_LOST', `no reply will come: process ${String(this.pid)} ended`, { cause: error }));
    this.#asks.clear();
  }
}

const SIGNAL: Envelope = { kind: 0, type: '', to: 0, from: 0, correlation: 0, timeoutMs: 0, prompt: false };

/** The envelope of a message; what waits is given its number and its flag when it goes. */
export function messageEnvelope(
  type: string,
  to: number,
  outbound: OutboundAsk | undefined,
  prompt: boolean,
): Envelope {
  const kind = outbound === undefined ? envelope.TELL : envelope.ASK;
  const correlation = outbound?.correlation ?? 0;
  return { kind, type, to, from: 0, correlation, timeoutMs: wholeMilliseconds(outbound?.timeoutMs ?? 0), prompt };
}

// What the header's field holds; a longer wait is as good as none.
function wholeMilliseconds(timeoutMs: number): number {
  return Math.min(Math.ceil(timeoutMs), 0xffffffff);
}

function violation(what: string): TroupeError {
  return new TroupeError('TROUPE_PROTOCOL_VIOLATION', `the peer was disconnected: ${what}`);
}

function isPeerLost(error: Error): boolean {
  return isTroupeError(error, 'TROUPE_PEER_LOST');
}

function asTroupeError(error: unknown): TroupeError {
  if (isTroupeError(error)) return error;
  return new TroupeError('TROUPE_PEER_LOST', `the link to the peer failed: ${String(error)}`, { cause: error });
}
