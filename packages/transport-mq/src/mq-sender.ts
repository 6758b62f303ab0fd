// The sending end of a lane: records are laid in staging memory, one behind the other, and go out as messages that are as full
// as they can be. What the queue does not take yet stays here, up to a bound.
//
// A record is a length, u32 little endian, and as many bytes; lane-stream.ts finds them again. The header of a message is
// written over bytes in front of it that are gone already, so that nothing is copied.
import { peerLost, step } from '@troupe/core/transport';
import type { PriorityLaneSender } from '@troupe/core/transport';
import { closeDescriptor, readDescriptor, waitDescriptor, watchDescriptor } from '@troupe/posix';
import type { DescriptorWatch } from '@troupe/posix';
import { LENGTH_BYTES } from './lane-stream.ts';
import { EARLY_BYTES, ROOM, STARTED } from './lane-words.ts';
import type { MqConnection } from './mq-connection.ts';
import { AHEAD, HEADER_BYTES, IN_LINE, writeHeader } from './queue-message.ts';
import type { PeerQueue } from './queue.ts';

// While blocked on a full queue a process looks that often whether the peer still lives.
const LOOK_MS = 20;
const WORDS_BYTES = 16;

export interface MqSenderOptions {
  /** Bytes that may wait for room in the queue; at least a record of the largest frame. */
  readonly stagingBytes: number;
  readonly onEnd: (error: Error) => void;
}

export class MqSender implements PriorityLaneSender {
  memory: Buffer;
  readonly #options: MqSenderOptions;
  readonly #name: string;
  readonly #lane: number;
  readonly #socket: number;
  readonly #queue: PeerQueue;
  readonly #watch: DescriptorWatch;
  // Room in front of what waits, for the header of the message it goes out in.
  readonly #frontBytes: number;
  // Bytes of records in one message.
  readonly #pieceBytes: number;
  // The message that goes before all that waits, up to #aheadTail.
  readonly #aheadMessage: Buffer;
  #aheadTail: number;
  // Committed bytes that are in no queue yet stand from #head to #tail.
  #head: number;
  #tail: number;
  #place = 0;
  #placeAhead = 0;
  #isOpen = true;
  #hasEnded = false;
  // Bytes of the last claim that failed; 0 when there is room for it again.
  #refusedBytes = 0;
  // Bytes of messages that may still go before the receiver reads; afterwards Infinity.
  #grantedBytes: number;
  // The queue was full at the last send, or nothing was granted; the queue, or the receiver, says when to go on.
  #isBlocked = false;
  #isScheduled = false;
  #waiting: (() => void)[] = [];
  #onEmpty: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  /** Takes over what `connection` has open. */
  constructor({ name, lane, socket, queue, isStarted }: MqConnection, options: MqSenderOptions) {
    this.#options = options;
    this.#name = name;
    this.#lane = lane;
    this.#socket = socket;
    this.#queue = queue;
    this.#grantedBytes = isStarted ? Infinity : EARLY_BYTES;
    this.#frontBytes = queue.frontBytes + HEADER_BYTES;
    this.#pieceBytes = queue.messageBytes - HEADER_BYTES;
    this.#aheadMessage = Buffer.allocUnsafeSlow(this.#frontBytes + this.#pieceBytes);
    this.#aheadTail = this.#frontBytes;
    this.memory = Buffer.allocUnsafeSlow(this.#frontBytes + options.stagingBytes);
    this.#head = this.#frontBytes;
    this.#tail = this.#frontBytes;
    this.#watch = watchDescriptor(socket, () => {
      this.#hearPeer();
    });
    this.#watch.update({ readable: true });
    // An idle lane is no reason for a process to live.
    this.#watch.unref();
  }

  get room(): number {
    return this.memory.length - this.#tail - LENGTH_BYTES;
  }

  claim(bytes: number): number {
    const neededBytes = LENGTH_BYTES + bytes;
    if (this.#tail + neededBytes > this.memory.length && !this.#makeRoom(neededBytes)) {
      return this.#refuse(neededBytes);
    }
    return this.#isOpen ? this.#tail + LENGTH_BYTES : this.#refuse(neededBytes);
  }

  commit(bytes: number): void {
    this.memory.writeUInt32LE(bytes, this.#tail);
    this.#tail += LENGTH_BYTES + bytes;
    step('mq.commit.after');
    if (this.#isBlocked) return;
    // Full messages at once, so that the receiver begins; the rest of the turn fills the last one.
    if (this.#tail - this.#head >= this.#pieceBytes) this.#flush(this.#pieceBytes);
    this.#flushSoon();
  }

  sendAhead(frame: Uint8Array): boolean {
    if (!this.#isOpen || LENGTH_BYTES + frame.length > this.#pieceBytes) return false;
    const end = this.#aheadTail + LENGTH_BYTES + frame.length;
    if (end > this.#aheadMessage.length && !this.#makeRoomAhead()) return false;
    this.#aheadMessage.writeUInt32LE(frame.length, this.#aheadTail);
    this.#aheadMessage.set(frame, this.#aheadTail + LENGTH_BYTES);
    this.#aheadTail += LENGTH_BYTES + frame.length;
    if (!this.#isBlocked) this.#flushSoon();
    return true;
  }

  flushBlocking(timeoutMs: number): void {
    const deadline = performance.now() + timeoutMs;
    this.#flush(1);
    while (this.#isOpen && !this.#isEmpty) {
      const remainingMs = deadline - performance.now();
      if (remainingMs <= 0) return;
      try {
        this.#block(Math.min(LOOK_MS, remainingMs));
      } catch (error) {
        this.#lose('it closed the lane', error);
        return;
      }
      if (this.#isOpen && waitDescriptor(this.#socket, 'readable', 0)) this.#hearPeer();
      this.#flush(1);
    }
  }

  drained(): Promise<void> {
    const isSettled = this.#closing !== undefined || this.#hasEnded || this.#refusedBytes === 0;
    return isSettled ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(timeoutMs: number): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<void> {
    step('mq.writer-close.before');
    this.#flush(1);
    if (this.#isOpen && !this.#isEmpty) {
      step('mq.writer-close.waiting');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.#onEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#release();
    step('mq.writer-close.after');
    this.#wake();
  }

  #refuse(neededBytes: number): -1 {
    this.#refusedBytes = neededBytes;
    return -1;
  }

  /** Moves what waits to the front when that makes room for `neededBytes` behind it. */
  #makeRoom(neededBytes: number): boolean {
    if (!this.#isBlocked) this.#flush(1);
    const waitingBytes = this.#tail - this.#head;
    if (this.#frontBytes + waitingBytes + neededBytes > this.memory.length) return false;
    this.memory.copyWithin(this.#frontBytes, this.#head, this.#tail);
    this.#head = this.#frontBytes;
    this.#tail = this.#frontBytes + waitingBytes;
    return true;
  }

  // Nothing else is sent here: a claim in progress would not stay what it was.
  #makeRoomAhead(): boolean {
    try {
      if (this.#isBlocked || !this.#sendAheadMessage()) return false;
      this.#queue.ring();
      return true;
    } catch {
      // The next flush tells why.
      return false;
    }
  }

  get #isEmpty(): boolean {
    return this.#head === this.#tail && this.#aheadTail === this.#frontBytes;
  }

  #flushSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // A tick runs once the callback, or the chain of promises, that sends now is through.
    process.nextTick(this.#flushAtTurn);
  }

  readonly #flushAtTurn = (): void => {
    this.#isScheduled = false;
    if (!this.#isBlocked) this.#flush(1);
  };

  readonly #onRoom = (): void => {
    this.#flush(1);
  };

  /** Sends what waits, in messages of at least `leastBytes` bytes of records. */
  #flush(leastBytes: number): void {
    if (!this.#isOpen) return;
    let hasSent = false;
    let isFull = false;
    try {
      while (!isFull && (this.#aheadTail > this.#frontBytes || this.#tail - this.#head >= leastBytes)) {
        isFull = !(this.#aheadTail > this.#frontBytes ? this.#sendAheadMessage() : this.#sendPiece());
        hasSent ||= !isFull;
      }
      if (hasSent) this.#queue.ring();
      if (isFull) step('mq.send.full');
      // What is not granted is told by the receiver itself.
      if (isFull && this.#isGranted) this.#queue.awaitRoom(this.#onRoom);
    } catch (error) {
      this.#lose('its queue takes nothing more', error);
      return;
    }
    this.#setBlocked(isFull);
    if (this.#head === this.#tail) {
      this.#head = this.#frontBytes;
      this.#tail = this.#frontBytes;
    }
    if (this.#isEmpty) this.#onEmpty?.();
    if (this.#refusedBytes > 0) this.#wakeForRoom();
  }

  /** False when the queue is full. */
  #sendPiece(): boolean {
    if (!this.#isGranted) return false;
    const end = Math.min(this.#tail, this.#head + this.#pieceBytes);
    const start = this.#head - HEADER_BYTES;
    writeHeader(this.memory, start, this.#lane, this.#place, IN_LINE);
    step('mq.send.before');
    if (!this.#queue.send(this.memory, start, end, false)) return false;
    step('mq.send.after');
    this.#place = (this.#place + 1) >>> 0;
    this.#head = end;
    this.#grantedBytes -= end - start;
    return true;
  }

  #sendAheadMessage(): boolean {
    if (!this.#isGranted) return false;
    const start = this.#queue.frontBytes;
    writeHeader(this.#aheadMessage, start, this.#lane, this.#placeAhead, AHEAD);
    if (!this.#queue.send(this.#aheadMessage, start, this.#aheadTail, true)) return false;
    this.#placeAhead = (this.#placeAhead + 1) >>> 0;
    this.#grantedBytes -= this.#aheadTail - start;
    this.#aheadTail = this.#frontBytes;
    return true;
  }

  // Half of the memory, not just the room that was missing: woken for a single frame, a sender would be full again at once.
  #wakeForRoom(): void {
    const freeBytes = this.memory.length - this.#frontBytes - (this.#tail - this.#head);
    if (freeBytes < Math.max(this.#refusedBytes, this.memory.length / 2)) return;
    this.#refusedBytes = 0;
    this.#wake();
  }

  #setBlocked(isBlocked: boolean): void {
    if (isBlocked === this.#isBlocked) return;
    this.#isBlocked = isBlocked;
    if (isBlocked) this.#watch.ref();
    else this.#watch.unref();
  }

  /** Whether another message may go. */
  get #isGranted(): boolean {
    return this.#grantedBytes >= HEADER_BYTES + this.#pieceBytes;
  }

  #block(timeoutMs: number): void {
    if (this.#isGranted) this.#queue.blockForRoom(timeoutMs);
    else waitDescriptor(this.#socket, 'readable', timeoutMs);
  }

  /** Reads what the receiver has said over the connection; its end is the end of the lane. */
  #hearPeer(): void {
    let count = 0;
    try {
      count = readDescriptor(this.#socket, words, 0, words.length);
    } catch (error) {
      this.#lose('it was killed, or closed the lane', error);
      return;
    }
    if (count === 0) this.#lose('it was killed, or closed the lane', undefined);
    const said = words.subarray(0, Math.max(0, count));
    if (said.includes(ROOM)) this.#queue.answered();
    if (!said.includes(STARTED)) return;
    this.#grantedBytes = Infinity;
    this.#flush(1);
  }

  #lose(reason: string, cause: unknown): void {
    if (!this.#isOpen) return;
    this.#release();
    setImmediate(() => {
      this.#hasEnded = true;
      if (this.#closing === undefined) this.#options.onEnd(peerLost(this.#name, reason, cause));
      this.#wake();
    });
  }

  #release(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#watch.close();
    this.#queue.close();
    closeDescriptor(this.#socket);
    this.memory = Buffer.alloc(0);
    this.#head = 0;
    this.#tail = 0;
    this.#aheadTail = this.#frontBytes;
    this.#onEmpty?.();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

const words = Buffer.alloc(WORDS_BYTES);
