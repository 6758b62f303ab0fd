// The receiving end of a lane: lets its sender in, and hands out what the queue gives it. Nothing but requests for room comes
// over the connection; its end is the end of the sender.
import { lanePath, protocolViolation, step } from '@troupe/core/transport';
import type { LaneOffer, LaneReceiver, ReceiveOptions } from '@troupe/core/transport';
import {
  closeDescriptor,
  isSystemError,
  readDescriptor,
  sendDescriptors,
  UnixDoor,
  watchDescriptor,
  writeDescriptor,
} from '@troupe/posix';
import type { DescriptorWatch } from '@troupe/posix';
import { receiveFailure } from './lane-failure.ts';
import { LaneStream } from './lane-stream.ts';
import { EARLY_BYTES, ROOM, STARTED, WELCOME } from './lane-words.ts';
import type { NodeQueue, QueueLane } from './node-queue.ts';
import { HEADER_BYTES } from './queue-message.ts';

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
  readonly #door: UnixDoor;
  readonly #stream: LaneStream;
  #watch: DescriptorWatch | undefined;
  #socket: number | undefined;
  #isStarted = false;
  #isPeerGone = false;
  #hasEnded = false;
  #place = 0;
  #placeAhead = 0;
  readonly #drained: (() => void)[] = [];
  // What came before `start`.
  readonly #early: { readonly bytes: Buffer; readonly place: number; readonly isAhead: boolean }[] = [];
  #earlyBytes = 0;

  constructor(options: ReceiveOptions, queue: NodeQueue, receiverOptions: MqReceiverOptions) {
    const { transport, maxFrameBytes, onClosed } = receiverOptions;
    this.#options = options;
    this.#lane = `${transport} lane ${options.lane}`;
    this.#onClosed = onClosed;
    this.#queue = queue;
    const path = lanePath(options, '.sock');
    step('mq.receive.before');
    try {
      this.#door = new UnixDoor(path, {
        letIn: (connection) => this.#letIn(connection),
        onError: (error) => this.#end(receiveFailure(error, this.#lane, path) as Error),
      });
    } catch (error) {
      throw receiveFailure(error, this.#lane, path);
    }
    step('mq.receive.listening');
    this.#stream = new LaneStream({ lane: this.#lane, maxFrameBytes, onFrame: options.onFrame });
    this.#number = queue.add(this);
    this.offer = { transport, path, lane: this.#number, ...queue.own.offer };
  }

  start(): void {
    if (this.#isStarted || this.#hasEnded) return;
    this.#isStarted = true;
    this.#say(STARTED);
    setImmediate(() => this.#deliverEarly());
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
    if (!this.#isStarted) {
      this.#keep(memory, start, end, place, isAhead);
      return;
    }
    this.#deliverEarly();
    try {
      this.#checkPlace(place, isAhead);
      step('mq.deliver.before');
      if (isAhead) this.#stream.takeAhead(memory, start, end);
      else this.#stream.take(memory, start, end);
    } catch (error) {
      this.#end(asError(error));
    }
  }

  finished(): void {
    this.#deliverEarly();
    this.#end(undefined);
  }

  failed(error: unknown): void {
    const gone = isSystemError(error, 'EIDRM') || isSystemError(error, 'EINVAL');
    this.#end(gone ? protocolViolation(this.#lane, 'its queue was removed') : asError(error));
  }

  hasRoom(): void {
    step('mq.answer.before');
    this.#say(ROOM);
  }

  #say(word: number): void {
    if (this.#socket === undefined) return;
    try {
      writeDescriptor(this.#socket, Buffer.of(word), 0, 1);
    } catch {
      // It has gone, which its connection tells in a moment.
    }
  }

  /** Keeps a copy of what came before `start`, so that it holds up no other lane. */
  #keep(memory: Buffer, start: number, end: number, place: number, isAhead: boolean): void {
    this.#earlyBytes += HEADER_BYTES + end - start;
    if (this.#earlyBytes > EARLY_BYTES) {
      this.#end(protocolViolation(this.#lane, `more than ${EARLY_BYTES} bytes came before it was read`));
    } else {
      this.#early.push({ bytes: Buffer.from(memory.subarray(start, end)), place, isAhead });
    }
  }

  #deliverEarly(): void {
    for (const { bytes, place, isAhead } of this.#early.splice(0))
      this.take(bytes, 0, bytes.length, place, isAhead);
  }

  /** A queue is read by its node alone: what is missing was taken by somebody else, and cannot be had again. */
  #checkPlace(place: number, isAhead: boolean): void {
    const expected = isAhead ? this.#placeAhead : this.#place;
    if (place !== expected) throw protocolViolation(this.#lane, 'a message of it is missing');
    const next = (expected + 1) >>> 0;
    if (isAhead) this.#placeAhead = next;
    else this.#place = next;
  }

  /** False: it has left while it waited. */
  #letIn(socket: number): boolean {
    step('mq.accept.before');
    const welcome = Buffer.of(this.#isStarted ? STARTED : WELCOME);
    try {
      if (sendDescriptors(socket, this.#queue.own.handover, welcome) < 0) return false;
    } catch (error) {
      if (isSystemError(error, 'EPIPE') || isSystemError(error, 'ECONNRESET')) return false;
      closeDescriptor(socket);
      throw error;
    }
    step('mq.accept.let-in');
    this.#door.close();
    this.#socket = socket;
    this.#watch = watchDescriptor(socket, () => this.#onSocket(socket));
    this.#watch.update({ readable: true });
    step('mq.accept.after');
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

  #end(error: Error | undefined): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    step('mq.end.before');
    this.#door.close();
    this.#stream.close();
    this.#early.length = 0;
    this.#queue.remove(this.#number);
    this.#watch?.close();
    if (this.#socket !== undefined) closeDescriptor(this.#socket);
    this.#onClosed();
    step('mq.end.after');
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
