// The writing end of a ring in shared memory: one writer, one reader, and nothing that both claim. A frame becomes visible with
// one store of the tail, after its bytes; so wherever a side dies, what the other finds is whole frames. Who sleeps and who wakes
// is decided in the two ends; how a process sleeps, and how it is woken, is not.
//
// Positions count bytes from the beginning of time in 32 bits that wrap around. Only differences are compared, and no two
// positions of a ring are further apart than its capacity, at most 1 GiB; a capacity that is a power of two divides 2^32,
// so that a wrapped position still names the same byte. 64 bits would not wrap, and cost a BigInt for every frame.
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

// For less than such a part a writer that was refused does not go on: it would be refused again at once.
const PARTS_PER_LAP = 4;

/**
 * Publishes frames. There is one writer at any time; it may be a later one, which goes on behind all that was published.
 *
 * ```
 * offset = claim(bytes); put the frame there; if (commit(bytes)) wake the reader
 * offset < 0: full. if (beginWait(bytes)) sleep until woken, or the reader is gone; endWait(); claim again
 * ```
 *
 * `claim`, `hasRoomAgain`, `beginWait` and the constructor may throw TROUPE_PROTOCOL_VIOLATION: the reader stored a head that cannot be.
 */
export class RingWriter {
  readonly #memory: RingMemory;
  readonly #capacityBytes: number;
  readonly #indexMask: number;
  readonly #lane: string;
  #tail: number;
  // As it was last seen; there is at least as much room as it says.
  #head: number;
  // Position of the record that is claimed: behind the tail by the padding before it.
  #claimed: number;
  #room = 0;

  constructor(memory: RingMemory, options: RingOptions) {
    this.#memory = memory;
    this.#capacityBytes = options.capacityBytes;
    this.#indexMask = options.capacityBytes - 1;
    this.#lane = options.lane;
    this.#tail = memory.load(TAIL_OFFSET);
    this.#head = memory.load(HEAD_OFFSET);
    this.#claimed = this.#tail;
    this.#refuseUnlessPlausible(this.#head, this.#capacityBytes);
  }

  /** Bytes there are behind the offset of the last claim. */
  get room(): number {
    return this.#room;
  }

  /**
   * Offset in the memory for a frame of `bytes` bytes, at most `maxRingFrameBytes`, or -1: full. Replaces an uncommitted claim.
   */
  claim(bytes: number): number {
    const tail = this.#tail;
    const index = tail & this.#indexMask;
    const neededBytes = recordBytes(bytes);
    const toEndBytes = this.#capacityBytes - index;
    if (neededBytes > toEndBytes) return this.#claimBehindPadding(tail, toEndBytes, neededBytes);
    if (!this.#hasRoom(neededBytes)) return -1;
    this.#claimed = tail;
    const freeBytes = this.#capacityBytes - ((tail - this.#head) | 0);
    this.#room = (toEndBytes < freeBytes ? toEndBytes : freeBytes) - RECORD_HEADER_BYTES;
    return HEADER_BYTES + index + RECORD_HEADER_BYTES;
  }

  /** Publishes the first `bytes` bytes, at most `room`, of the last claim. True: the reader must be woken now. */
  commit(bytes: number): boolean {
    const memory = this.#memory;
    const record = HEADER_BYTES + (this.#claimed & this.#indexMask);
    step('shm.commit.before');
    memory.write(record, bytes);
    memory.write(record + KIND_OFFSET, FRAME);
    const tail = (this.#claimed + recordBytes(bytes)) | 0;
    this.#tail = tail;
    this.#claimed = tail;
    step('shm.publish.before');
    // SYNC POINT: frame bytes visible to the reader
    memory.store(TAIL_OFFSET, tail);
    step('shm.publish.after');
    return this.#takeWakeOfReader();
  }

  /** Whether, after a claim of `bytes` bytes was refused, to claim again: it fits, and a good part of the ring is free. */
  hasRoomAgain(bytes: number): boolean {
    const usedBytes = (this.#tail - this.#head) | 0;
    // SYNC POINT: records before the head may be overwritten
    const head = this.#memory.load(HEAD_OFFSET);
    this.#refuseUnlessPlausible(head, usedBytes);
    this.#head = head;
    const freeBytes = this.#capacityBytes - ((this.#tail - head) | 0);
    return freeBytes >= this.#capacityBytes / PARTS_PER_LAP && this.claim(bytes) >= 0;
  }

  /** Before waiting for room for `bytes` bytes. False: there is room already, or nobody who would make any; do not wait. */
  beginWait(bytes: number): boolean {
    const memory = this.#memory;
    // SYNC POINT: no wake-up of the writer is lost
    step('shm.wait.before');
    memory.store(WRITER_WAITS_OFFSET, 1);
    step('shm.wait.flagged');
    if (this.claim(bytes) < 0 && memory.load(READER_CLOSED_OFFSET) === 0) return true;
    memory.store(WRITER_WAITS_OFFSET, 0);
    return false;
  }

  /** After waiting, whatever ended it. */
  endWait(): void {
    step('shm.wait.after');
    this.#memory.store(WRITER_WAITS_OFFSET, 0);
  }

  /** Whether the reader closed: nothing that is published will be read any more. */
  get isReaderClosed(): boolean {
    return this.#memory.load(READER_CLOSED_OFFSET) !== 0;
  }

  /** Nothing more will be published. True: the reader must be woken now. */
  close(): boolean {
    step('shm.writer-close.before');
    // SYNC POINT: the tail is final
    this.#memory.store(WRITER_CLOSED_OFFSET, 1);
    step('shm.writer-close.flagged');
    return this.#takeWakeOfReader();
  }

  /** The record stands at the start of the data, and a padding in what is left of this lap. */
  #claimBehindPadding(tail: number, paddingBytes: number, neededBytes: number): number {
    if (!this.#hasRoom(paddingBytes + neededBytes)) return -1;
    const padding = HEADER_BYTES + (tail & this.#indexMask);
    this.#memory.write(padding, paddingBytes - RECORD_HEADER_BYTES);
    this.#memory.write(padding + KIND_OFFSET, PADDING);
    this.#claimed = (tail + paddingBytes) | 0;
    this.#room = this.#capacityBytes - ((this.#claimed - this.#head) | 0) - RECORD_HEADER_BYTES;
    return HEADER_BYTES + RECORD_HEADER_BYTES;
  }

  #takeWakeOfReader(): boolean {
    // SYNC POINT: no wake-up of the reader is lost
    if (this.#memory.load(READER_SLEEPS_OFFSET) === 0) return false;
    // One wake-up a sleep: whoever clears the flag has undertaken to wake.
    this.#memory.store(READER_SLEEPS_OFFSET, 0);
    return true;
  }

  #hasRoom(neededBytes: number): boolean {
    const capacityBytes = this.#capacityBytes;
    const usedBytes = (this.#tail - this.#head) | 0;
    if (usedBytes + neededBytes <= capacityBytes) return true;
    // SYNC POINT: records before the head may be overwritten
    const head = this.#memory.load(HEAD_OFFSET);
    if (head === this.#head) return false;
    this.#refuseUnlessPlausible(head, usedBytes);
    this.#head = head;
    return ((this.#tail - head) | 0) + neededBytes <= capacityBytes;
  }

  /** A head lies between where it was seen last, `usedBytes` behind the tail, and the tail. */
  #refuseUnlessPlausible(head: number, usedBytes: number): void {
    const remainingBytes = (this.#tail - head) | 0;
    if (remainingBytes >= 0 && remainingBytes <= usedBytes && isAligned(head | this.#tail)) return;
    throw ringViolation(
      'writing',
      this.#lane,
      `the head stands at ${head}, ${remainingBytes} bytes behind the tail; ${usedBytes} can be`,
    );
  }
}
