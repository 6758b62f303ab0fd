// The receiving end as everybody but a transport sees it: joins frames that came in parts, counts them, and tells a
// sender that closed from one that is gone by whether it said goodbye. Delivery is the transport's.
import type { LaneOffer, LaneReceiver, ReceiveOptions, Transport } from './contract.ts';
import { FrameJoiner } from './fragmentation.ts';
import { laneClosed, peerLost } from './lane-errors.ts';

/** Makes the receiving end of a lane. Nothing is read before `start()`. */
export function openReceiver(transport: Transport, options: ReceiveOptions): Promise<FrameReader> {
  return FrameReader.open(transport, options);
}

/** The receiving end of a lane: whole frames, counted, and the true end. */
export class FrameReader {
  readonly #name: string;
  readonly #joiner: FrameJoiner;
  readonly #onEnd: (error?: Error) => void;
  #lane: LaneReceiver | undefined;
  #hasEnded = false;
  #isClosing = false;
  #closing: Promise<void> | undefined;

  private constructor(name: string, options: ReceiveOptions) {
    this.#name = name;
    this.#joiner = new FrameJoiner(name, options.onFrame);
    this.#onEnd = options.onEnd;
  }

  static async open(transport: Transport, options: ReceiveOptions): Promise<FrameReader> {
    const reader = new FrameReader(`${transport.name} lane ${options.lane}`, options);
    reader.#lane = await transport.receive({ ...options, onFrame: reader.#receive, onEnd: reader.#end });
    return reader;
  }

  /** What a sender needs to open the other end. */
  get offer(): LaneOffer {
    return this.#opened.offer;
  }

  /** Whole frames delivered so far. */
  get framesReceived(): number {
    return this.#joiner.framesReceived;
  }

  /** Begins to deliver. */
  start(): void {
    if (this.#isClosing) throw laneClosed('start reading', this.#name);
    this.#opened.start();
  }

  /** For a peer known to be gone: resolves once all it committed was delivered and `onEnd` was called. */
  async drain(): Promise<void> {
    if (this.#hasEnded || this.#isClosing) return;
    await this.#opened.drain();
  }

  /** Stops delivering, frees the lane and calls `onEnd` unless that has happened. Twice is once. */
  close(): Promise<void> {
    // Before the lane closes: it may call `onEnd` right away, which must know whose end it is.
    this.#isClosing = true;
    this.#closing ??= this.#opened.close().finally(this.#end);
    return this.#closing;
  }

  get #opened(): LaneReceiver {
    if (this.#lane === undefined) throw new TypeError('The lane is still being opened.');
    return this.#lane;
  }

  readonly #receive = (memory: Buffer, start: number, end: number): void => {
    if (this.#hasEnded) return;
    if (this.#joiner.accept(memory, start, end)) this.#finish(undefined);
  };

  readonly #end = (error?: Error): void => {
    if (error !== undefined || this.#isClosing) this.#finish(error);
    else this.#finish(peerLost(this.#name, 'it was killed, or exited without closing the lane'));
  };

  #finish(error: Error | undefined): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#joiner.reset();
    this.#onEnd(error);
  }
}
