// How frames stand on a lane: each lane frame starts with one byte that says what it is, and a frame that is larger than
// the lane takes travels as a first part, which announces the total, and further parts. This file knows bytes only;
// when parts go out is FrameWriter's matter, what an end means is FrameReader's.
//
//   whole     01 | frame
//   first     02 | total length, u32 little endian | bytes
//   further   03 | bytes
//   goodbye   04                                      nothing comes after it
//   ahead     05 | frame                              whole; it may have overtaken others, and stand between parts
import type { LaneSender } from './contract.ts';
import { MAX_FRAME_BYTES, protocolViolation } from './lane-errors.ts';

export const WHOLE = 1;
const FIRST_PART = 2;
const FURTHER_PART = 3;
export const GOODBYE = 4;
export const AHEAD = 5;

/** Bytes before a whole frame, and before a further part. */
export const PREFIX_BYTES = 1;
/** Bytes before a first part. */
const FIRST_PREFIX_BYTES = 5;

// A frame is joined in memory that grows with what has arrived, so that announcing much costs the announcer as much.
const FIRST_JOIN_BYTES = 64 * 1024;
const KEPT_JOIN_BYTES = 1024 * 1024;

/**
 * Puts the next part of a frame on the lane, beginning at `position`; returns where the part after it begins, or -1 when
 * the lane is full. The frame is `totalBytes` long and ends with `head`, then `rest`; what comes before them has been sent.
 */
export function sendPart(
  lane: LaneSender,
  maxFrameBytes: number,
  head: Uint8Array,
  rest: Uint8Array,
  position: number,
  totalBytes: number,
): number {
  const isFirst = position === 0;
  const prefixBytes = isFirst ? FIRST_PREFIX_BYTES : PREFIX_BYTES;
  const start = position - (totalBytes - head.length - rest.length);
  const partBytes = Math.min(maxFrameBytes - prefixBytes, totalBytes - position);
  const offset = lane.claim(prefixBytes + partBytes);
  if (offset < 0) return -1;
  const memory = lane.memory;
  memory[offset] = isFirst ? FIRST_PART : FURTHER_PART;
  if (isFirst) memory.writeUInt32LE(totalBytes, offset + 1);
  copyPieces(head, rest, start, start + partBytes, memory, offset + prefixBytes);
  lane.commit(prefixBytes + partBytes);
  return position + partBytes;
}

/** Copies what stands from `start` to `end` in `head` followed by `rest`. */
export function copyPieces(
  head: Uint8Array,
  rest: Uint8Array,
  start: number,
  end: number,
  target: Buffer,
  offset: number,
): void {
  const fromHead = head.subarray(start, end);
  target.set(fromHead, offset);
  const fromRest = rest.subarray(Math.max(0, start - head.length), Math.max(0, end - head.length));
  target.set(fromRest, offset + fromHead.length);
}

/** Joins parts to frames and refuses everything that no `FrameWriter` sends. One per lane. */
export class FrameJoiner {
  readonly #lane: string;
  readonly #onFrame: (memory: Buffer, start: number, end: number) => void;
  #joined: Buffer = Buffer.alloc(0);
  #filledBytes = 0;
  // 0 while no frame is being joined: a frame of 0 bytes is never cut.
  #totalBytes = 0;
  #framesReceived = 0;

  /** `lane` names the lane in errors. */
  constructor(lane: string, onFrame: (memory: Buffer, start: number, end: number) => void) {
    this.#lane = lane;
    this.#onFrame = onFrame;
  }

  /** Whole frames handed out so far. */
  get framesReceived(): number {
    return this.#framesReceived;
  }

  /** Takes one lane frame; true when it was the goodbye. Throws TROUPE_PROTOCOL_VIOLATION on anything unexpected. */
  accept(memory: Buffer, start: number, end: number): boolean {
    const kind = end > start ? memory[start] : undefined;
    if (kind === WHOLE && this.#totalBytes === 0) {
      this.#framesReceived += 1;
      this.#onFrame(memory, start + PREFIX_BYTES, end);
      return false;
    }
    if (kind === AHEAD) {
      this.#framesReceived += 1;
      this.#onFrame(memory, start + PREFIX_BYTES, end);
      return false;
    }
    if (kind === FURTHER_PART && this.#totalBytes > 0) {
      this.#append(memory, start + PREFIX_BYTES, end);
      return false;
    }
    if (kind === FIRST_PART && this.#totalBytes === 0) {
      this.#begin(memory, start, end);
      return false;
    }
    if (kind === GOODBYE && this.#totalBytes === 0 && end - start === PREFIX_BYTES) return true;
    throw protocolViolation(this.#lane, this.#describe(kind));
  }

  /** Forgets a frame of which not all parts came. */
  reset(): void {
    this.#joined = Buffer.alloc(0);
    this.#filledBytes = 0;
    this.#totalBytes = 0;
  }

  #begin(memory: Buffer, start: number, end: number): void {
    const partBytes = end - start - FIRST_PREFIX_BYTES;
    const totalBytes = partBytes > 0 ? memory.readUInt32LE(start + PREFIX_BYTES) : 0;
    if (totalBytes > MAX_FRAME_BYTES) {
      throw protocolViolation(
        this.#lane,
        `a frame of ${totalBytes} bytes was announced, ${MAX_FRAME_BYTES} are allowed`,
      );
    }
    if (partBytes <= 0 || totalBytes <= partBytes)
      throw protocolViolation(this.#lane, 'a first part came that is no part');
    this.#totalBytes = totalBytes;
    this.#filledBytes = 0;
    this.#append(memory, start + FIRST_PREFIX_BYTES, end);
  }

  #append(memory: Buffer, start: number, end: number): void {
    const filledBytes = this.#filledBytes + (end - start);
    if (end === start) throw protocolViolation(this.#lane, 'an empty part came');
    if (filledBytes > this.#totalBytes) {
      throw protocolViolation(this.#lane, `parts of more than the announced ${this.#totalBytes} bytes came`);
    }
    if (filledBytes > this.#joined.length) this.#grow(filledBytes);
    memory.copy(this.#joined, this.#filledBytes, start, end);
    this.#filledBytes = filledBytes;
    if (filledBytes < this.#totalBytes) return;
    const joined = this.#joined;
    if (joined.length > KEPT_JOIN_BYTES) this.#joined = Buffer.alloc(0);
    this.#totalBytes = 0;
    this.#framesReceived += 1;
    this.#onFrame(joined, 0, filledBytes);
  }

  #grow(neededBytes: number): void {
    const bytes = Math.min(
      this.#totalBytes,
      Math.max(FIRST_JOIN_BYTES, neededBytes, this.#joined.length * 2),
    );
    const larger = Buffer.allocUnsafeSlow(bytes);
    this.#joined.copy(larger, 0, 0, this.#filledBytes);
    this.#joined = larger;
  }

  #describe(kind: number | undefined): string {
    if (kind === undefined) return 'a frame without its first byte came';
    if (kind < WHOLE || kind > AHEAD) return `a frame of the unknown kind ${kind} came`;
    if (this.#totalBytes > 0) return 'another frame came before all parts of the one before';
    return kind === FURTHER_PART
      ? 'a further part came without a first one'
      : 'a goodbye came with bytes behind it';
  }
}
