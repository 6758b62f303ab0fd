// Rings in ordinary memory, and a memory that writes down every access in words a test can compare.
import {
  HEADER_BYTES,
  HEADER_FIELDS,
  HEAD_OFFSET,
  TAIL_OFFSET,
  ringBytes,
} from '../src/ring-buffer-layout.ts';
import { RingReader } from '../src/ring-reader.ts';
import { RingWriter } from '../src/ring-writer.ts';
import type { RingIdentity } from '../src/ring-header.ts';
import { MappedRingMemory } from '../src/ring-memory.ts';
import type { RingMemory } from '../src/ring-memory.ts';

export const LANE = 'shm lane of a test';

export const identity: RingIdentity = {
  capacityBytes: 4096,
  pageSize: 4096,
  writer: '00112233445566778899aabbccddeeff',
  reader: 'ffeeddccbbaa99887766554433221100',
};

export interface TestRing {
  readonly bytes: Buffer;
  readonly memory: RecordingMemory;
  readonly writer: RingWriter;
  readonly reader: RingReader;
  /** Sends `frame`; false when the ring is full. */
  send(frame: Uint8Array): boolean;
  /** Frames of one poll, copied. */
  receive(limit?: number): Buffer[];
}

/** A ring without a header, its positions at `startPosition`. */
export function testRing(capacityBytes: number, startPosition = 0): TestRing {
  const bytes = Buffer.from(new ArrayBuffer(ringBytes(capacityBytes)));
  const memory = new RecordingMemory(bytes);
  memory.store(TAIL_OFFSET, startPosition);
  memory.store(HEAD_OFFSET, startPosition);
  const options = { capacityBytes, lane: LANE };
  const writer = new RingWriter(memory, options);
  const reader = new RingReader(memory, options);
  memory.forget();
  return {
    bytes,
    memory,
    writer,
    reader,
    send(frame) {
      const offset = writer.claim(frame.length);
      if (offset < 0) return false;
      bytes.set(frame, offset);
      writer.commit(frame.length);
      return true;
    },
    receive(limit = Infinity) {
      const frames: Buffer[] = [];
      reader.poll(limit, (start, end) => frames.push(Buffer.from(bytes.subarray(start, end))));
      return frames;
    },
  };
}

export class RecordingMemory implements RingMemory {
  /** `load head`, `store tail 24`, `write data+8 1`: what was done, in order. */
  readonly accesses: string[] = [];
  readonly #memory: MappedRingMemory;

  constructor(bytes: Buffer) {
    this.#memory = new MappedRingMemory(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  forget(): void {
    this.accesses.length = 0;
  }

  load(offset: number): number {
    this.accesses.push(`load ${nameOf(offset)}`);
    return this.#memory.load(offset);
  }

  store(offset: number, value: number): void {
    this.accesses.push(`store ${nameOf(offset)} ${value}`);
    this.#memory.store(offset, value);
  }

  read(offset: number): number {
    this.accesses.push(`read ${nameOf(offset)}`);
    return this.#memory.read(offset);
  }

  write(offset: number, value: number): void {
    this.accesses.push(`write ${nameOf(offset)} ${value}`);
    this.#memory.write(offset, value);
  }
}

function nameOf(offset: number): string {
  if (offset >= HEADER_BYTES) return `data+${offset - HEADER_BYTES}`;
  return HEADER_FIELDS.find((field) => field.offset === offset)?.name ?? `header+${offset}`;
}
