import { expect, it } from '@jest/globals';
import {
  FORMAT_VERSION,
  HEADER_BYTES,
  HEADER_FIELDS,
  HEAD_OFFSET,
  LAYOUT_HASH,
  MAGIC,
  MAX_CAPACITY_BYTES,
  MIN_CAPACITY_BYTES,
  READER_CLOSED_OFFSET,
  READER_SLEEPS_OFFSET,
  RECORD_ALIGNMENT_BYTES,
  TAIL_OFFSET,
  WRITER_CLOSED_OFFSET,
  WRITER_WAITS_OFFSET,
  maxRingFrameBytes,
  recordBytes,
} from '../src/ring-buffer-layout.ts';

it('a layout that moved is another layout hash, and another format version', () => {
  expect({ FORMAT_VERSION, LAYOUT_HASH, HEADER_BYTES }).toEqual({
    FORMAT_VERSION: 1,
    LAYOUT_HASH: -20_890_720,
    HEADER_BYTES: 896,
  });
});

it('no field overlaps another, and every one is inside the header', () => {
  const sorted = HEADER_FIELDS.toSorted((one, other) => one.offset - other.offset);
  for (const [index, { offset, bytes }] of sorted.entries()) {
    expect(offset % 4).toBe(0);
    expect(offset + bytes).toBeLessThanOrEqual(sorted[index + 1]?.offset ?? HEADER_BYTES);
  }
});

it('what is stored while the ring is in use stands on cache lines of its own', () => {
  const live = [
    TAIL_OFFSET,
    HEAD_OFFSET,
    READER_SLEEPS_OFFSET,
    WRITER_WAITS_OFFSET,
    WRITER_CLOSED_OFFSET,
    READER_CLOSED_OFFSET,
    HEADER_BYTES,
  ];
  const lineOf = (offset: number): number => Math.floor(offset / 128);
  expect(new Set(live.map(lineOf)).size).toBe(live.length);
  for (const offset of live) {
    const neighbours = HEADER_FIELDS.filter((field) => lineOf(field.offset) === lineOf(offset));
    expect(neighbours.every((field) => field.offset === offset)).toBe(true);
  }
});

it('the magic reads TRNG in memory', () => {
  expect(Buffer.from(Int32Array.of(MAGIC).buffer).toString('latin1')).toBe('TRNG');
});

it.each([
  [0, 8],
  [1, 16],
  [8, 16],
  [9, 24],
  [64, 72],
])('a frame of %i bytes takes %i bytes of the ring', (frameBytes, bytes) => {
  expect(recordBytes(frameBytes)).toBe(bytes);
});

it.each([MIN_CAPACITY_BYTES, 1 << 20, MAX_CAPACITY_BYTES])(
  'the largest frame of a ring of %i bytes has room in an empty ring wherever its positions stand',
  (capacityBytes) => {
    const largest = recordBytes(maxRingFrameBytes(capacityBytes));
    const mostPadding = largest - RECORD_ALIGNMENT_BYTES;
    expect(mostPadding + largest).toBeLessThanOrEqual(capacityBytes);
    expect(2 * recordBytes(maxRingFrameBytes(capacityBytes) + 1) - RECORD_ALIGNMENT_BYTES).toBeGreaterThan(
      capacityBytes,
    );
  },
);
