// The reading side of a node's one queue: takes the messages that all senders have put there and gives each to its lane. It
// lives as long as somebody receives through it. What the kernel's queue is like, and what a lane is, stands elsewhere.
import { step } from '@troupe/core/transport';
import type { LetterboxOptions } from '@troupe/core/transport';
import { randomBytes } from 'node:crypto';
import { AHEAD, HEADER_BYTES, isLetter, readHeader } from './queue-message.ts';
import type { Header } from './queue-message.ts';
import type { OwnQueue } from './queue.ts';

// After that many the event loop gets its turn; what is left is read on the next one.
const TURN_MESSAGES = 64;
const LANE_BYTES = 6;

/** A lane as its queue sees it. */
export interface QueueLane {
  /** A message came for it. Never throws. */
  take(memory: Buffer, start: number, end: number, place: number, isAhead: boolean): void;
  /** Everything was delivered that was in the queue when `finish` was called. */
  finished(): void;
  /** There is room in the queue, and the sender waits for it. */
  hasRoom(): void;
  /** Nothing can be received any more. */
  failed(error: unknown): void;
}

export class NodeQueue {
  readonly #queue: OwnQueue;
  readonly #onFailed: () => void;
  readonly #lanes = new Map<number, QueueLane>();
  // Lanes whose sender is gone, and the count of messages in line after which nothing of it is left.
  readonly #finishing = new Map<QueueLane, number>();
  readonly #wantRoom = new Set<QueueLane>();
  readonly #header: Header = { lane: 0, place: 0, kind: 0 };
  #letterbox: LetterboxOptions | undefined;
  #readInLine = 0;
  #isReading = false;
  #isScheduled = false;
  #isClosed = false;

  /** `onFailed` is called when nothing can be received any more, after the lanes were told. */
  constructor(queue: OwnQueue, onFailed: () => void) {
    this.#queue = queue;
    this.#onFailed = onFailed;
    queue.watch(this.#look);
  }

  get own(): OwnQueue {
    return this.#queue;
  }

  /** Whether anybody receives through it. */
  get isUsed(): boolean {
    return this.#lanes.size > 0 || this.#letterbox !== undefined;
  }

  /** Adds a lane; its number. */
  add(lane: QueueLane): number {
    for (;;) {
      const number = randomBytes(LANE_BYTES).readUIntLE(0, LANE_BYTES);
      if (number === 0 || this.#lanes.has(number)) continue;
      this.#lanes.set(number, lane);
      return number;
    }
  }

  /** What still comes for the lane is dropped. */
  remove(number: number): void {
    const lane = this.#lanes.get(number);
    if (lane === undefined) return;
    this.#lanes.delete(number);
    this.#finishing.delete(lane);
    this.#wantRoom.delete(lane);
  }

  /** Sets who gets letters, messages from programs that are no nodes, and hears of what is neither; undefined: nobody. */
  setLetterbox(letterbox: LetterboxOptions | undefined): void {
    this.#letterbox = letterbox;
  }

  /** The sender of `lane` is gone: what it had sent is delivered, then `finished` is called. */
  finish(lane: QueueLane): void {
    if (this.#finishing.has(lane)) return;
    try {
      // Messages ahead are counted too, which only means to look a little longer.
      this.#finishing.set(lane, this.#readInLine + this.#queue.waiting());
      this.#lookSoon();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The sender of `lane` found the queue full. */
  wantRoom(lane: QueueLane): void {
    this.#wantRoom.add(lane);
    this.#lookSoon();
  }

  /** Another queue takes its place: it stays for the lanes it has; letters that lie in it are delivered, and then no more. */
  retire(onRetired: () => void): void {
    this.#lookSoon();
    setImmediate(() => {
      this.#letterbox = undefined;
      onRetired();
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue.close();
  }

  #lookSoon(): void {
    if (this.#isScheduled || this.#isReading || this.#isClosed) return;
    this.#isScheduled = true;
    setImmediate(this.#look);
  }

  readonly #look = (): void => {
    this.#isScheduled = false;
    if (this.#isReading || this.#isClosed) return;
    this.#isReading = true;
    let hasMore = false;
    try {
      hasMore = this.#read();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isReading = false;
    }
    // What was asked while it read has not seen whether the queue is empty.
    if (hasMore || this.#finishing.size > 0 || this.#wantRoom.size > 0) this.#lookSoon();
  };

  /** Reads as much as one turn may; false when the queue is empty. */
  #read(): boolean {
    const queue = this.#queue;
    for (let messages = 0; messages < TURN_MESSAGES && !this.#isClosed; messages += 1) {
      step('mq.read.before');
      const bytes = queue.receive();
      if (bytes < 0) {
        this.#finishLanes(true);
        this.#answerRoom();
        return false;
      }
      this.#give(queue.buffer, queue.bodyStart, queue.bodyStart + bytes);
    }
    this.#finishLanes(false);
    this.#answerRoom();
    return true;
  }

  #give(memory: Buffer, start: number, end: number): void {
    const header = this.#header;
    if (!readHeader(memory, start, end, header)) {
      this.#readInLine += 1;
      this.#post(memory, start, end);
      return;
    }
    const isAhead = header.kind === AHEAD;
    if (!isAhead) this.#readInLine += 1;
    // Nobody has the number of a lane that was closed: these are parts that were under way.
    this.#lanes.get(header.lane)?.take(memory, start + HEADER_BYTES, end, header.place, isAhead);
  }

  #post(memory: Buffer, start: number, end: number): void {
    const letterbox = this.#letterbox;
    if (letterbox === undefined) return;
    step('mq.letter.before');
    if (isLetter(memory, start, end)) letterbox.onLetter(memory, start, end);
    else letterbox.onGarbage(`${end - start} bytes that are neither a letter nor of any lane`);
  }

  #finishLanes(isEmpty: boolean): void {
    for (const [lane, readInLine] of [...this.#finishing]) {
      if (!isEmpty && this.#readInLine < readInLine) continue;
      this.#finishing.delete(lane);
      step('mq.finish.before');
      lane.finished();
    }
  }

  #answerRoom(): void {
    for (const lane of this.#wantRoom) lane.hasRoom();
    this.#wantRoom.clear();
  }

  #fail(error: unknown): void {
    for (const lane of [...this.#lanes.values()]) lane.failed(error);
    this.#onFailed();
  }
}
