// The reading end of a ring in shared memory. What it has in common with the writing end, and what positions are, is told in
// ring-writer.ts; nothing that the peer stores is believed.
import { step } from '@troupe/core/transport';
import {
  FRAME,
  HEADER_BYTES,
  HEAD_OFFSET,
  KIND_OFFSET,
  PADDING,
  READER_CLOSED_OFFSET,
  READER_SLEEPS_OFFSET,
  RECORD_HEADER_BYTES,
  TAIL_OFFSET,
  WRITER_CLOSED_OFFSET,
  WRITER_WAITS_OFFSET,
  isAligned,
  recordBytes,
} from './ring-buffer-layout.ts';
import { ringViolation } from './ring-errors.ts';
import type { RingMemory, RingOptions } from './ring-memory.ts';

const BATCHES_PER_LAP = 4;

/**
 * Reads frames in the order in which they were published. There is one reader at any time; a later one goes on with what
 * the one before it had not finished: at the first frame of the batch in which it died.
 *
 * ```
 * while (poll(limit, onFrame) > 0) if (takeWakeOfWriter()) wake the writer
 * if (hasEnded()) no frame will come any more
 * else if (beginSleep()) sleep until woken, or the writer is gone; endSleep(); poll again
 * ```
 *
 * `poll` may throw TROUPE_PROTOCOL_VIOLATION: the writer stored what cannot be. All frames before that were delivered.
 */
export class RingReader {
  readonly #memory: RingMemory;
  readonly #capacityBytes: number;
  readonly #indexMask: number;
  readonly #batchBytes: number;
  readonly #lane: string;
  #head: number;
  // As it was last seen; there is at least as much to read as it says.
  #tail: number;
  #isPolling = false;

  constructor(memory: RingMemory, options: RingOptions) {
    this.#memory = memory;
    this.#capacityBytes = options.capacityBytes;
    this.#indexMask = options.capacityBytes - 1;
    // So that the writer goes on while a batch of large frames is being read.
    this.#batchBytes = options.capacityBytes / BATCHES_PER_LAP;
    this.#lane = options.lane;
    this.#head = memory.load(HEAD_OFFSET);
    this.#tail = this.#head;
  }

  /**
   * Hands out frames as they stand in the memory, from `start` to `end`, valid during the call only: at most `limit` of
   * them, and no more once they came to a quarter of the capacity. Returns how many; 0 when there is none. A frame whose
   * `onFrame` throws counts as delivered, and the error is passed on.
   */
  poll(limit: number, onFrame: (start: number, end: number) => void): number {
    if (this.#isPolling) throw new TypeError(`Cannot poll ${this.#lane} while it delivers a frame.`);
    step('shm.poll.before');
    const first = this.#head;
    const availableBytes = this.#availableBytes();
    if (availableBytes === 0) return 0;
    let batchBytes = this.#batchBytes;
    let readBytes = 0;
    let frames = 0;
    this.#isPolling = true;
    try {
      while (readBytes < availableBytes && readBytes < batchBytes && frames < limit) {
        const record = HEADER_BYTES + ((first + readBytes) & this.#indexMask);
        // Read once: the peer could write something else there after the check.
        const length = this.#memory.read(record);
        const kind = this.#memory.read(record + KIND_OFFSET);
        this.#refuseUnlessRecord(record, length, kind, availableBytes - readBytes);
        // Before the frame is handed out: one whose handler throws must not come again.
        readBytes += recordBytes(length);
        if (kind === PADDING) {
          // A batch never ends before its first frame.
          batchBytes += readBytes;
        } else {
          frames += 1;
          step('shm.frame.before');
          onFrame(record + RECORD_HEADER_BYTES, record + RECORD_HEADER_BYTES + length);
          step('shm.frame.after');
        }
      }
    } finally {
      this.#isPolling = false;
      this.#head = (first + readBytes) | 0;
      step('shm.release.before');
      // SYNC POINT: records before the head may be overwritten
      this.#memory.store(HEAD_OFFSET, this.#head);
      step('shm.release.after');
    }
    return frames;
  }

  /**
   * To be called after each `poll` that returned frames. True: the writer must be woken now. It is woken once half of the
   * ring is free, not for the room it lacked: woken for a single frame, it would find the ring full again at once.
   */
  takeWakeOfWriter(): boolean {
    // SYNC POINT: no wake-up of the writer is lost
    if (this.#memory.load(WRITER_WAITS_OFFSET) === 0) return false;
    const unreadBytes = (this.#tail - this.#head) | 0;
    if (unreadBytes > this.#capacityBytes / 2) return false;
    // One wake-up a wait: whoever clears the flag has undertaken to wake.
    this.#memory.store(WRITER_WAITS_OFFSET, 0);
    return true;
  }

  /** Looks up to `looks` times whether there is something to read, and no longer once there is. */
  becomesReadable(looks: number): boolean {
    for (let look = 0; look < looks; look += 1)
      if (this.#memory.load(TAIL_OFFSET) !== this.#head) return true;
    return false;
  }

  /** Before sleeping. False: there is something to read, or the end; do not sleep. */
  beginSleep(): boolean {
    const memory = this.#memory;
    step('shm.sleep.before');
    // SYNC POINT: no wake-up of the reader is lost
    memory.store(READER_SLEEPS_OFFSET, 1);
    step('shm.sleep.flagged');
    if (memory.load(TAIL_OFFSET) === this.#head && memory.load(WRITER_CLOSED_OFFSET) === 0) return true;
    memory.store(READER_SLEEPS_OFFSET, 0);
    return false;
  }

  /** After sleeping, whatever ended it. */
  endSleep(): void {
    step('shm.sleep.after');
    this.#memory.store(READER_SLEEPS_OFFSET, 0);
  }

  /** Whether the writer closed and everything it published was read. */
  hasEnded(): boolean {
    // SYNC POINT: the tail is final
    return this.#memory.load(WRITER_CLOSED_OFFSET) !== 0 && this.#memory.load(TAIL_OFFSET) === this.#head;
  }

  /** Nothing more will be read. True: the writer must be woken now. */
  close(): boolean {
    step('shm.reader-close.before');
    this.#memory.store(READER_CLOSED_OFFSET, 1);
    step('shm.reader-close.flagged');
    // SYNC POINT: no wake-up of the writer is lost
    if (this.#memory.load(WRITER_WAITS_OFFSET) === 0) return false;
    this.#memory.store(WRITER_WAITS_OFFSET, 0);
    return true;
  }

  /** The peer's position is asked for only when all that was seen has been read. */
  #availableBytes(): number {
    if (this.#tail !== this.#head) return (this.#tail - this.#head) | 0;
    // SYNC POINT: frame bytes visible to the reader
    const tail = this.#memory.load(TAIL_OFFSET);
    const availableBytes = (tail - this.#head) | 0;
    if (availableBytes < 0 || availableBytes > this.#capacityBytes || !isAligned(tail | this.#head)) {
      throw this.#violation(`the tail stands at ${tail}, ${availableBytes} bytes before the head`);
    }
    this.#tail = tail;
    return availableBytes;
  }

  #refuseUnlessRecord(record: number, length: number, kind: number, availableBytes: number): void {
    const toEndBytes = HEADER_BYTES + this.#capacityBytes - record;
    // A length that is negative, or so large that the sum wraps, fails the first comparison.
    if (length < 0 || length > Math.min(availableBytes, toEndBytes) - RECORD_HEADER_BYTES) {
      throw this.#violation(`a record of ${length} bytes came where ${availableBytes} bytes were published`);
    }
    if (kind === FRAME) return;
    if (kind !== PADDING) throw this.#violation(`a record of the unknown kind ${kind} came`);
    if (recordBytes(length) !== toEndBytes) {
      throw this.#violation(
        `a padding of ${length} bytes came ${toEndBytes} bytes before the end of the lap`,
      );
    }
  }

  #violation(what: string): Error {
    return ringViolation('reading', this.#lane, what);
  }
}
