// One other node that this one is connected to: the control channel and a lane each way, from the first word to the last. When
// the channel ends the lane is read to its end first; only then is anybody told. What travels is `Exchange`.
import type { Address, NodeId } from '../address.ts';
import type { ControlLine } from '../control/control-channel.ts';
import type { ControlMessage } from '../control/control-message.ts';
import { isTroupeError, TroupeError } from '../errors.ts';
import type { LaneOffer } from '../transport/contract.ts';
import { openReceiver, type FrameReader } from '../transport/frame-reader.ts';
import { openSender, type FrameWriter } from '../transport/frame-writer.ts';
import type { Codec } from '../wire/codec.ts';
import { isDoneWithin } from '../within.ts';
import { Exchange, type ExchangeHost } from './exchange.ts';
import { leadsToNext, type Failure } from './transport-fallback.ts';
import type { Transports } from './transports.ts';

/** What a link needs from its node. */
export interface LinkHost extends ExchangeHost {
  /** Where lanes may put what needs a name. */
  readonly directory: string;
  readonly openTimeoutMs: number;
  readonly transports: Transports;
  watch(actor: number, watcher: number): void;
  unwatch(actor: number, watcher: number): void;
  /** The actor `other` has linked itself to `actor` of this node, or ended that. */
  link(actor: number, other: Address, isLinked: boolean): void;
  /** The actor of the peer that `watcher` of this node has stopped has come to its end, and is started again. */
  stopped(actor: number, watcher: number): void;
  /** To the peer's messages, as it counts them, the mailbox of the actor is full. */
  overflow(actor: number): void;
  /** Nothing will come from the peer any more; called once. Resolves when everything here has heard of it. */
  ended(error: TroupeError | undefined): Promise<void>;
}

// How long one lane may have ended before the other and the control channel do: far more than a dying process takes.
const LANE_ALONE_MS = 1000;

let lanes = 0;

export class PeerLink {
  readonly node: NodeId;
  /** Process id of the peer, for messages to people. */
  readonly pid: number;
  /** Resolves when the lane to the peer is open; rejects when the link ends before. */
  readonly opened: Promise<void>;
  /** What travels between the two. */
  readonly exchange: Exchange;
  readonly #host: LinkHost;
  readonly #channel: ControlLine;
  #reader: FrameReader | undefined;
  #writer: FrameWriter | undefined;
  #hasEnded = false;
  #error: TroupeError | undefined;
  // Why the lane that the peer offered last could not be opened, until it has offered another.
  #declined: TroupeError | undefined;
  #hasLeft = false;
  #isClosed = false;
  #lifecycle: ((message: ControlMessage) => void) | undefined;
  // Lifecycle messages that came before anybody listened.
  readonly #early: ControlMessage[] = [];
  readonly #endListeners: (() => void)[] = [];
  #markOpened!: () => void;
  #markFailed!: (error: unknown) => void;

  constructor(node: NodeId, pid: number, channel: ControlLine, codec: Codec, host: LinkHost) {
    this.node = node;
    this.pid = pid;
    this.#channel = channel;
    this.#host = host;
    this.exchange = new Exchange(codec, host);
    this.opened = new Promise((resolve, reject) => {
      this.#markOpened = resolve;
      this.#markFailed = reject;
    });
    // Whoever does not await it learns of the end by `ended`.
    this.opened.catch(() => undefined);
    channel.listen({ onMessage: (message) => this.#receive(message), onEnd: (error) => this.#gone(error) });
    void this.#offerLane();
  }

  /** Why the link was ended from this side: what the peer sent could not be believed. */
  get error(): TroupeError | undefined {
    return this.#error;
  }

  /** Whether it was closed in order from this side. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether the peer said that it leaves, rather than vanished. */
  get hasLeft(): boolean {
    return this.#hasLeft;
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

  /** Sends a control message; nothing happens when the peer is gone. Throws when it cannot travel. */
  send(message: ControlMessage): void {
    if (!this.#hasEnded) this.#channel.send(message);
  }

  /** Hands over what is under way, says goodbye and ends the link. */
  async close(timeoutMs: number): Promise<void> {
    if (this.#hasEnded) return;
    this.#isClosed = true;
    this.exchange.reportAll();
    await this.#writer?.close(timeoutMs);
    this.send({ type: 'leave' });
    await this.#channel.close(timeoutMs);
  }

  async #offerLane(declined?: Failure): Promise<void> {
    try {
      const { transports, directory } = this.#host;
      const reader = await transports.openFrom(this, declined, (transport) => {
        lanes += 1;
        return openReceiver(transport, {
          peer: this.node,
          directory,
          lane: String(lanes),
          onFrame: (memory, start, end) => this.exchange.receive(memory, start, end),
          onEnd: (error) => this.#laneEnded(error),
        });
      });
      if (this.#hasEnded) {
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

  /** The peer cannot open the lane that was offered last: nothing has come over it, and the next one takes its place. */
  async #offerAnother(reason: TroupeError): Promise<void> {
    const reader = this.#reader;
    if (reader === undefined) return;
    this.#reader = undefined;
    await reader.close().catch(() => undefined);
    if (!this.#hasEnded) await this.#offerLane({ transport: reader.offer.transport, reason });
  }

  async #openLane(offer: LaneOffer): Promise<void> {
    try {
      const options = {
        peer: this.node,
        directory: this.#host.directory,
        timeoutMs: this.#host.openTimeoutMs,
        onEnd: (error: Error) => this.#laneEnded(error),
      };
      const transport = await this.#host.transports.of(offer);
      const writer = await openSender(transport, offer, options, this.#host.clock);
      if (this.#hasEnded) {
        await writer.close(0);
        return;
      }
      this.#writer = writer;
      this.#markOpened();
      this.exchange.open(writer);
    } catch (error) {
      if (!leadsToNext(error)) this.#gone(asTroupeError(error));
      else {
        // The peer may have named another; if not, it ends the link, for this reason.
        this.#declined = error;
        this.send({ type: 'decline', error });
      }
    }
  }

  #receive(message: ControlMessage): void {
    switch (message.type) {
      case 'offer':
        void this.#openLane(message.offer);
        return;
      case 'decline':
        void this.#offerAnother(asTroupeError(message.error));
        return;
      case 'watch':
        this.#host.watch(message.actor, message.watcher);
        return;
      case 'unwatch':
        this.#host.unwatch(message.actor, message.watcher);
        return;
      case 'link':
        this.#host.link(message.actor, message.other, message.isLinked);
        return;
      case 'stop':
        this.#host.stopActor(message.actor, message.watcher, message.timeoutMs, false);
        return;
      case 'stopped':
        this.#host.stopped(message.actor, message.watcher);
        return;
      case 'overflow':
        this.#host.overflow(message.actor);
        return;
      case 'beat':
        this.send({ type: 'beaten' });
        return;
      case 'leave':
        this.#hasLeft = true;
        return;
      default:
        if (this.#lifecycle === undefined) this.#early.push(message);
        else this.#lifecycle(message);
    }
  }

  /** One of the two lanes has ended. */
  #laneEnded(error: Error | undefined): void {
    if (error === undefined || this.#isOver) return;
    const failure = asTroupeError(error);
    // What came was no frame.
    if (failure.code !== 'TROUPE_PEER_LOST') this.#gone(failure);
    // Mostly the peer is gone, and the control channel is about to say so. Left to itself a link with one lane would swallow
    // messages.
    else this.#host.clock.after(LANE_ALONE_MS, () => this.#isOver || this.#gone(failure));
  }

  /** Ended, or about to end in order. */
  get #isOver(): boolean {
    return this.#hasEnded || this.#isClosed || this.#hasLeft;
  }

  #gone(error: TroupeError | undefined): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#error = error;
    void this.#finish(error);
  }

  async #finish(error: TroupeError | undefined): Promise<void> {
    this.#channel.destroy();
    this.exchange.close();
    // Everything the peer committed is delivered before anybody hears that it is gone.
    if (error === undefined || isPeerLost(error)) await this.#drain();
    await this.#reader?.close().catch(() => undefined);
    await this.#writer?.close(0).catch(() => undefined);
    const gone = new TroupeError(
      'TROUPE_PEER_LOST',
      `no reply will come: process ${String(this.pid)} ended`,
      {
        cause: error,
      },
    );
    this.#markFailed(error ?? this.#declined ?? gone);
    await this.#host.ended(error);
    for (const listener of this.#endListeners) listener();
    this.exchange.settle(gone);
  }

  // A peer that lives could go on sending for ever.
  async #drain(): Promise<void> {
    const drained = this.#reader?.drain().catch(() => undefined) ?? Promise.resolve();
    if (this.#error === undefined) await drained;
    else await isDoneWithin(this.#host.clock, LANE_ALONE_MS, drained);
  }
}

function isPeerLost(error: Error): boolean {
  return isTroupeError(error, 'TROUPE_PEER_LOST');
}

function asTroupeError(error: unknown): TroupeError {
  if (isTroupeError(error)) return error;
  return new TroupeError('TROUPE_PEER_LOST', `the link to the peer failed: ${String(error)}`, {
    cause: error,
  });
}
