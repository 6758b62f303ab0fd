// Finds records in the stream of one lane, which comes in pieces of any size. A record is a length, u32 little endian, and as
// many bytes; one that lies within a piece is handed out where it stands, one that does not is put together here.
import { protocolViolation, RECORD_LENGTH_BYTES } from '@troupe/core/transport';

const FIRST_BYTES = 4096;

export interface LaneStreamOptions {
  /** Names the lane in errors. */
  readonly lane: string;
  /** Most bytes of a record; what announces more is no record. */
  readonly maxFrameBytes: number;
  readonly onFrame: (memory: Buffer, start: number, end: number) => void;
}

export class LaneStream {
  readonly #options: LaneStreamOptions;
  // A record that has begun, its length in front: so many bytes of it are there.
  #begun: Buffer = Buffer.alloc(0);
  #begunBytes = 0;
  #isOpen = true;

  constructor(options: LaneStreamOptions) {
    this.#options = options;
  }

  /** Takes the next piece. Throws TROUPE_PROTOCOL_VIOLATION, and what `onFrame` throws. */
  take(memory: Buffer, start: number, end: number): void {
    let position = start;
    if (this.#begunBytes > 0) position = this.#continue(memory, position, end);
    while (this.#isOpen && end - position >= RECORD_LENGTH_BYTES) {
      const next = position + RECORD_LENGTH_BYTES + this.#check(memory.readUInt32LE(position));
      if (next > end) break;
      const frameStart = position + RECORD_LENGTH_BYTES;
      position = next;
      this.#options.onFrame(memory, frameStart, next);
    }
    if (this.#isOpen && position < end) this.#keep(memory, position, end);
  }

  /** Takes a message of whole records, which have overtaken the stream. Throws as `take` does. */
  takeAhead(memory: Buffer, start: number, end: number): void {
    let position = start;
    while (this.#isOpen && position < end) {
      const frameStart = position + RECORD_LENGTH_BYTES;
      const next = frameStart > end ? Infinity : frameStart + memory.readUInt32LE(position);
      if (next > end) throw protocolViolation(this.#options.lane, 'a message ahead is cut off');
      position = next;
      this.#options.onFrame(memory, frameStart, next);
    }
  }

  /** Forgets what has begun; nothing is handed out any more. */
  close(): void {
    this.#isOpen = false;
    this.#begun = Buffer.alloc(0);
    this.#begunBytes = 0;
  }

  /** Goes on with the record that has begun; returns where the bytes after it stand. */
  #continue(memory: Buffer, start: number, end: number): number {
    let position = start;
    if (this.#begunBytes < RECORD_LENGTH_BYTES) {
      position = Math.min(end, start + RECORD_LENGTH_BYTES - this.#begunBytes);
      this.#keep(memory, start, position);
      if (this.#begunBytes < RECORD_LENGTH_BYTES) return position;
    }
    const recordBytes = RECORD_LENGTH_BYTES + this.#check(this.#begun.readUInt32LE(0));
    const pieceEnd = Math.min(end, position + recordBytes - this.#begunBytes);
    if (pieceEnd > position) this.#keep(memory, position, pieceEnd);
    if (this.#begunBytes === recordBytes) {
      this.#begunBytes = 0;
      this.#options.onFrame(this.#begun, RECORD_LENGTH_BYTES, recordBytes);
    }
    return pieceEnd;
  }

  #keep(memory: Buffer, start: number, end: number): void {
    const bytes = this.#begunBytes + (end - start);
    if (bytes > this.#begun.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, bytes, 2 * this.#begun.length));
      this.#begun.copy(larger, 0, 0, this.#begunBytes);
      this.#begun = larger;
    }
    memory.copy(this.#begun, this.#begunBytes, start, end);
    this.#begunBytes = bytes;
  }

  #check(frameBytes: number): number {
    const { lane, maxFrameBytes } = this.#options;
    if (frameBytes <= maxFrameBytes) return frameBytes;
    throw protocolViolation(lane, `a record of ${frameBytes} bytes came, ${maxFrameBytes} are allowed`);
  }
}
