// The receiving end of a lane: waits for the one connection a lane has, refuses everybody who is not of this user, and hands out
// what the queue gives it. Nothing but requests for room comes over the connection; its end is the end of the sender.
import { protocolViolation } from '@troupe/core/transport';
import type { LaneOffer, LaneReceiver, ReceiveOptions } from '@troupe/core/transport';
import {
  acceptUnix,
  closeDescriptor,
  currentUid,
  isSystemError,
  listenUnix,
  peerCredentials,
  readDescriptor,
  sendDescriptors,
  watchDescriptor,
  writeDescriptor,
} from '@troupe/posix';
import type { DescriptorWatch } from '@troupe/posix';
import { receiveFailure } from './lane-failure.ts';
import { inodeAt, lanePath, removeName } from './lane-path.ts';
import { LaneStream } from './lane-stream.ts';
import type { NodeQueue, QueueLane } from './node-queue.ts';

const BACKLOG = 4;
/** Descriptors travel beside a byte; what it is does not matter. */
const HANDOVER = Buffer.alloc(1);
const ANSWER = Buffer.alloc(1);
const REQUEST_BYTES = 16;

export interface MqReceiverOptions {
  readonly transport: string;
  readonly maxFrameBytes: number;
  /** Called once, when the lane needs the queue no longer. */
  readonly onClosed: () => void;
}

export class MqReceiver implements LaneReceiver, QueueLane {
  readonly offer: LaneOffer;
  readonly #options: ReceiveOptions;
  readonly #lane: string;
  readonly #onClosed: () => void;
  readonly #queue: NodeQueue;
  readonly #number: number;
  readonly #path: string;
  readonly #inode: number | undefined;
  readonly #listener: number;
  readonly #stream: LaneStream;
  // Watches the listener, then the connection.
  #watch: DescriptorWatch | undefined;
  #socket: number | undefined;
  #isStarted = false;
  #isPeerGone = false;
  #hasEnded = false;
  #place = 0;
  #placeAhead = 0;
  readonly #drained: (() => void)[] = [];

  constructor(options: ReceiveOptions, queue: NodeQueue, receiverOptions: MqReceiverOptions) {
    const { transport, maxFrameBytes, onClosed } = receiverOptions;
    this.#options = options;
    this.#lane = `${transport} lane ${options.lane}`;
    this.#onClosed = onClosed;
    this.#queue = queue;
    this.#path = lanePath(options);
    try {
      this.#listener = listenUnix(this.#path, BACKLOG);
    } catch (error) {
      throw receiveFailure(error, this.#lane, this.#path);
    }
    this.#inode = inodeAt(this.#path);
    this.#stream = new LaneStream({ lane: this.#lane, maxFrameBytes, onFrame: options.onFrame });
    this.#number = queue.add(this);
    this.offer = { transport, path: this.#path, lane: this.#number, ...queue.own.offer };
    this.#watch = watchDescriptor(this.#listener, () => this.#accept());
    this.#watch.update({ readable: true });
  }

  get isStarted(): boolean {
    return this.#isStarted;
  }

  start(): void {
    if (this.#isStarted || this.#hasEnded) return;
    this.#isStarted = true;
    this.#queue.started();
    if (this.#isPeerGone) this.#queue.finish(this);
  }

  async drain(): Promise<void> {
    if (this.#hasEnded) return;
    // Who was never let in has committed nothing.
    if (this.#socket === undefined && !this.#isPeerGone) {
      this.#end(undefined);
      return;
    }
    const drained = new Promise<void>((resolve) => this.#drained.push(resolve));
    this.#isPeerGone = true;
    this.start();
    this.#queue.finish(this);
    await drained;
  }

  async close(): Promise<void> {
    this.#end(undefined);
  }

  take(memory: Buffer, start: number, end: number, place: number, isAhead: boolean): void {
    if (this.#hasEnded) return;
    try {
      this.#checkPlace(place, isAhead);
      if (isAhead) this.#stream.takeAhead(memory, start, end);
      else this.#stream.take(memory, start, end);
    } catch (error) {
      this.#end(asError(error));
    }
  }

  finished(): void {
    this.#end(undefined);
  }

  failed(error: unknown): void {
    const gone = isSystemError(error, 'EIDRM') || isSystemError(error, 'EINVAL');
    this.#end(gone ? protocolViolation(this.#lane, 'its queue was removed') : asError(error));
  }

  hasRoom(): void {
    if (this.#socket === undefined) return;
    try {
      writeDescriptor(this.#socket, ANSWER, 0, ANSWER.length);
    } catch {
      // It has gone, which its connection tells in a moment.
    }
  }

  /** A queue is read by its node alone: what is missing was taken by somebody else, and cannot be had again. */
  #checkPlace(place: number, isAhead: boolean): void {
    const expected = isAhead ? this.#placeAhead : this.#place;
    if (place !== expected) throw protocolViolation(this.#lane, 'a message of it is missing');
    const next = (expected + 1) >>> 0;
    if (isAhead) this.#placeAhead = next;
    else this.#place = next;
  }

  #accept(): void {
    try {
      for (let fd = acceptUnix(this.#listener); fd >= 0; fd = acceptUnix(this.#listener)) {
        if (peerCredentials(fd).uid === currentUid() && this.#letIn(fd)) return;
        closeDescriptor(fd);
      }
    } catch (error) {
      // Nothing can come over a listener that fails, and it would fail again on each turn of the loop.
      this.#end(receiveFailure(error, this.#lane, this.#path) as Error);
    }
  }

  /** False: it has left while it waited. */
  #letIn(socket: number): boolean {
    try {
      if (sendDescriptors(socket, this.#queue.own.handover, HANDOVER) < 0) return false;
    } catch (error) {
      if (isSystemError(error, 'EPIPE') || isSystemError(error, 'ECONNRESET')) return false;
      closeDescriptor(socket);
      throw error;
    }
    this.#stopListening();
    this.#socket = socket;
    this.#watch = watchDescriptor(socket, () => this.#onSocket(socket));
    this.#watch.update({ readable: true });
    return true;
  }

  #onSocket(socket: number): void {
    if (hasRequests(socket)) {
      this.#queue.wantRoom(this);
      return;
    }
    this.#watch?.close();
    this.#watch = undefined;
    this.#isPeerGone = true;
    if (this.#isStarted) this.#queue.finish(this);
  }

  #stopListening(): void {
    if (this.#watch === undefined || this.#socket !== undefined) return;
    this.#watch.close();
    this.#watch = undefined;
    closeDescriptor(this.#listener);
    removeName(this.#path, this.#inode);
  }

  #end(error: Error | undefined): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#stopListening();
    this.#stream.close();
    this.#queue.remove(this.#number);
    this.#watch?.close();
    if (this.#socket !== undefined) closeDescriptor(this.#socket);
    this.#onClosed();
    this.#options.onEnd(error);
    for (const resolve of this.#drained.splice(0)) resolve();
  }
}

const requests = Buffer.alloc(REQUEST_BYTES);

/** Reads what has come over the connection; false when that is its end. */
function hasRequests(socket: number): boolean {
  try {
    return readDescriptor(socket, requests, 0, requests.length) !== 0;
  } catch {
    return false;
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
