// The sending end of a lane: what StagingSender has gathered goes out as messages that are as full as they can be, and what the
// queue does not take yet stays there. Small frames that may overtake have a message of their own.
//
// lane-stream.ts finds the records again. The header of a message is written over bytes in front of it that are gone
// already, so that nothing is copied.
import { RECORD_LENGTH_BYTES, StagingSender, step } from '@troupe/core/transport';
import type { PriorityLaneSender } from '@troupe/core/transport';
import { closeDescriptor, readDescriptor, waitDescriptor, watchDescriptor } from '@troupe/posix';
import type { DescriptorWatch } from '@troupe/posix';
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

export class MqSender extends StagingSender implements PriorityLaneSender {
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
  #place = 0;
  #placeAhead = 0;
  // Bytes of messages that may still go before the receiver reads; afterwards Infinity.
  #grantedBytes: number;

  /** Takes over what `connection` has open. */
  constructor(
    { name, lane, socket, queue, isStarted }: MqConnection,
    { stagingBytes, onEnd }: MqSenderOptions,
  ) {
    const frontBytes = queue.frontBytes + HEADER_BYTES;
    const pieceBytes = queue.messageBytes - HEADER_BYTES;
    super({
      lane: name,
      stagingBytes,
      frontBytes,
      pieceBytes,
      refusal: 'its queue takes nothing more',
      onEnd,
    });
    this.#lane = lane;
    this.#socket = socket;
    this.#queue = queue;
    this.#grantedBytes = isStarted ? Infinity : EARLY_BYTES;
    this.#frontBytes = frontBytes;
    this.#pieceBytes = pieceBytes;
    this.#aheadMessage = Buffer.allocUnsafeSlow(frontBytes + pieceBytes);
    this.#aheadTail = frontBytes;
    this.#watch = watchDescriptor(socket, () => {
      this.#hearPeer();
    });
    this.#watch.update({ readable: true });
    // An idle lane is no reason for a process to live.
    this.#watch.unref();
  }

  override commit(bytes: number): void {
    super.commit(bytes);
    step('mq.commit.after');
  }

  sendAhead(frame: Uint8Array): boolean {
    if (!this.isOpen || RECORD_LENGTH_BYTES + frame.length > this.#pieceBytes) return false;
    const end = this.#aheadTail + RECORD_LENGTH_BYTES + frame.length;
    if (end > this.#aheadMessage.length && !this.#makeRoomAhead()) return false;
    this.#aheadMessage.writeUInt32LE(frame.length, this.#aheadTail);
    this.#aheadMessage.set(frame, this.#aheadTail + RECORD_LENGTH_BYTES);
    this.#aheadTail += RECORD_LENGTH_BYTES + frame.length;
    if (!this.isBlocked) this.flushSoon();
    return true;
  }

  override close(timeoutMs: number): Promise<void> {
    step('mq.writer-close.before');
    return super.close(timeoutMs);
  }

  protected override waitUntilEmpty(timeoutMs: number): Promise<void> {
    step('mq.writer-close.waiting');
    return super.waitUntilEmpty(timeoutMs);
  }

  protected override get isEmpty(): boolean {
    return super.isEmpty && !this.#hasAhead;
  }

  protected sendWaiting(leastBytes: number): boolean {
    let hasSent = false;
    let isFull = false;
    while (!isFull && (this.#hasAhead || this.waitingEnd - this.waitingStart >= leastBytes)) {
      isFull = !(this.#hasAhead ? this.#sendAheadMessage() : this.#sendPiece());
      hasSent ||= !isFull;
    }
    if (hasSent) this.#queue.ring();
    if (isFull) step('mq.send.full');
    // What is not granted is told by the receiver itself.
    if (isFull && this.#isGranted) this.#queue.awaitRoom(this.#onRoom);
    return !isFull;
  }

  protected setBlocked(isBlocked: boolean): void {
    if (isBlocked) this.#watch.ref();
    else this.#watch.unref();
  }

  protected block(timeoutMs: number): void {
    const lookMs = Math.min(LOOK_MS, timeoutMs);
    try {
      if (this.#isGranted) this.#queue.blockForRoom(lookMs);
      else waitDescriptor(this.#socket, 'readable', lookMs);
    } catch (error) {
      this.lose('it closed the lane', error);
      return;
    }
    if (waitDescriptor(this.#socket, 'readable', 0)) this.#hearPeer();
  }

  protected free(): void {
    this.#watch.close();
    this.#queue.close();
    closeDescriptor(this.#socket);
    this.#aheadTail = this.#frontBytes;
    step('mq.writer-close.after');
  }

  get #hasAhead(): boolean {
    return this.#aheadTail > this.#frontBytes;
  }

  // Nothing else is sent here: a claim in progress would not stay what it was.
  #makeRoomAhead(): boolean {
    try {
      if (this.isBlocked || !this.#sendAheadMessage()) return false;
      this.#queue.ring();
      return true;
    } catch {
      // The next flush tells why.
      return false;
    }
  }

  readonly #onRoom = (): void => {
    this.flush();
  };

  /** False when the queue is full. */
  #sendPiece(): boolean {
    if (!this.#isGranted) return false;
    const end = Math.min(this.waitingEnd, this.waitingStart + this.#pieceBytes);
    const start = this.waitingStart - HEADER_BYTES;
    writeHeader(this.memory, start, this.#lane, this.#place, IN_LINE);
    step('mq.send.before');
    if (!this.#queue.send(this.memory, start, end, false)) return false;
    step('mq.send.after');
    this.#place = (this.#place + 1) >>> 0;
    this.taken(end - this.waitingStart);
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

  /** Whether another message may go. */
  get #isGranted(): boolean {
    return this.#grantedBytes >= HEADER_BYTES + this.#pieceBytes;
  }

  /** Reads what the receiver has said over the connection; its end is the end of the lane. */
  #hearPeer(): void {
    let count = 0;
    try {
      count = readDescriptor(this.#socket, words, 0, words.length);
    } catch (error) {
      this.lose('it was killed, or closed the lane', error);
      return;
    }
    if (count === 0) this.lose('it was killed, or closed the lane', undefined);
    const said = words.subarray(0, Math.max(0, count));
    if (said.includes(ROOM)) this.#queue.answered();
    if (!said.includes(STARTED)) return;
    this.#grantedBytes = Infinity;
    this.flush();
  }
}

const words = Buffer.alloc(WORDS_BYTES);
