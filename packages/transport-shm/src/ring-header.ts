// Writes the header of a new ring, and checks it in the process that attaches. Both compare with the same words, so that a
// byte which one writes and the other overlooks cannot exist.
import { step } from '@troupe/core/transport';
import {
  CAPACITY_OFFSET,
  FORMAT_VERSION,
  FORMAT_VERSION_OFFSET,
  HEADER_BYTES,
  HEADER_FIELDS,
  LAYOUT_HASH,
  LAYOUT_HASH_OFFSET,
  MAGIC,
  MAGIC_OFFSET,
  MAX_CAPACITY_BYTES,
  MIN_CAPACITY_BYTES,
  PAGE_SIZE_OFFSET,
  READER_CLOSED_OFFSET,
  READER_INCARNATION_OFFSET,
  READER_SLEEPS_OFFSET,
  TAIL_OFFSET,
  WRITER_INCARNATION_OFFSET,
} from './ring-buffer-layout.ts';
import type { HeaderField } from './ring-buffer-layout.ts';
import { capacityOutOfBounds, headerMismatch } from './ring-errors.ts';
import type { RingMemory } from './ring-memory.ts';

const WORD_BYTES = Int32Array.BYTES_PER_ELEMENT;
const NUMBERS: readonly number[] = [FORMAT_VERSION_OFFSET, PAGE_SIZE_OFFSET, CAPACITY_OFFSET];

export interface RingIdentity {
  /** Bytes of data: a power of two from 4 KiB to 1 GiB. */
  readonly capacityBytes: number;
  /** Bytes of a page of this machine. */
  readonly pageSize: number;
  /** Incarnation of the node that writes: 32 hexadecimal digits. */
  readonly writer: string;
  /** Incarnation of the node that reads: 32 hexadecimal digits. */
  readonly reader: string;
}

/** Makes the memory a ring that is empty. Whoever attaches sees it whole or not at all. Throws RangeError for a bad capacity. */
export function initialiseHeader(memory: RingMemory, identity: RingIdentity): void {
  const words = headerOf(identity);
  for (let offset = MAGIC_OFFSET + WORD_BYTES; offset < HEADER_BYTES; offset += WORD_BYTES) {
    memory.write(offset, wordAt(words, offset));
  }
  step('shm.header.before');
  // SYNC POINT: the header is complete
  memory.store(MAGIC_OFFSET, MAGIC);
  step('shm.header.after');
}

/**
 * Whether the memory is the ring that was offered, and nothing was sent on it yet; the reader may sleep already, or have
 * closed. Throws TROUPE_VERSION_MISMATCH or TROUPE_PROTOCOL_VIOLATION with the field and both its values. `lane` names the
 * lane in errors. The memory must be as large as `ringBytes(capacityBytes)` before this is called.
 */
export function checkHeader(memory: RingMemory, identity: RingIdentity, lane: string): void {
  const expected = headerOf(identity);
  const found = new Int32Array(expected.length);
  // SYNC POINT: the header is complete
  found[MAGIC_OFFSET / WORD_BYTES] = memory.load(MAGIC_OFFSET);
  for (let offset = MAGIC_OFFSET + WORD_BYTES; offset < HEADER_BYTES; offset += WORD_BYTES) {
    const word = memory.load(offset);
    const isReaderAhead = word === 1 && (offset === READER_SLEEPS_OFFSET || offset === READER_CLOSED_OFFSET);
    found[offset / WORD_BYTES] = isReaderAhead ? 0 : word;
  }
  const wrong = found.findIndex((word, index) => word !== expected[index]);
  if (wrong >= 0) refuse(lane, wrong * WORD_BYTES, expected, found);
}

function headerOf(identity: RingIdentity): Int32Array {
  const { capacityBytes, pageSize, writer, reader } = identity;
  const isPowerOfTwo = Number.isInteger(Math.log2(capacityBytes));
  if (!isPowerOfTwo || capacityBytes < MIN_CAPACITY_BYTES || capacityBytes > MAX_CAPACITY_BYTES) {
    throw capacityOutOfBounds(capacityBytes, MIN_CAPACITY_BYTES, MAX_CAPACITY_BYTES);
  }
  const words = new Int32Array(HEADER_BYTES / WORD_BYTES);
  words[MAGIC_OFFSET / WORD_BYTES] = MAGIC;
  words[FORMAT_VERSION_OFFSET / WORD_BYTES] = FORMAT_VERSION;
  words[LAYOUT_HASH_OFFSET / WORD_BYTES] = LAYOUT_HASH;
  words[PAGE_SIZE_OFFSET / WORD_BYTES] = pageSize;
  words[CAPACITY_OFFSET / WORD_BYTES] = capacityBytes;
  const bytes = Buffer.from(words.buffer);
  bytes.set(incarnationBytes(writer), WRITER_INCARNATION_OFFSET);
  bytes.set(incarnationBytes(reader), READER_INCARNATION_OFFSET);
  return words;
}

function incarnationBytes(incarnation: string): Buffer {
  if (!/^[0-9a-f]{32}$/.test(incarnation)) {
    throw new TypeError(`${incarnation} is no incarnation: 32 hexadecimal digits.`);
  }
  return Buffer.from(incarnation, 'hex');
}

function refuse(lane: string, offset: number, expected: Int32Array, found: Int32Array): never {
  const field = HEADER_FIELDS.find((one) => offset >= one.offset && offset < one.offset + one.bytes) ?? {
    name: `reserved word at byte ${offset}`,
    offset,
    bytes: WORD_BYTES,
  };
  const isVersion = [FORMAT_VERSION_OFFSET, LAYOUT_HASH_OFFSET, PAGE_SIZE_OFFSET].includes(field.offset);
  throw headerMismatch(
    isVersion ? 'TROUPE_VERSION_MISMATCH' : 'TROUPE_PROTOCOL_VIOLATION',
    lane,
    field.name,
    show(field, expected),
    show(field, found),
  );
}

/** Sizes and counts in decimal; what is a name, in hexadecimal as it stands in memory. */
function show({ offset, bytes }: HeaderField, words: Int32Array): string {
  const isNumber = offset >= TAIL_OFFSET || NUMBERS.includes(offset);
  const word = wordAt(words, offset);
  return isNumber ? String(word) : `0x${Buffer.from(words.buffer, offset, bytes).toString('hex')}`;
}

function wordAt(words: Int32Array, offset: number): number {
  return words[offset / WORD_BYTES] ?? 0;
}
