// A semaphore in shared memory, rung, waited for and cleared by one thread. Others wait for it in processes/.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createMemfdSegment, openMemfdSegment, type MemfdSegment } from '../src/memfd-segment.ts';
import {
  POSIX_SEMAPHORE_BYTES,
  clearPosixSemaphore,
  initPosixSemaphore,
  ringPosixSemaphore,
  waitPosixSemaphore,
} from '../src/posix-semaphore.ts';
import type { Segment } from '../src/segment.ts';

const OFFSET = 64;

let segment: MemfdSegment;
let attached: Segment;

beforeEach(() => {
  segment = createMemfdSegment(4096);
  attached = openMemfdSegment(segment.descriptor, 4096);
  initPosixSemaphore(segment.buffer, OFFSET);
});

afterEach(() => {
  attached.close();
  segment.close();
});

describe('a POSIX semaphore', () => {
  it('lets go as many waits as it was rung, at whatever address', () => {
    ringPosixSemaphore(attached.buffer, OFFSET);
    ringPosixSemaphore(attached.buffer, OFFSET);
    expect(waitPosixSemaphore(segment.buffer, OFFSET, Infinity)).toBe(true);
    expect(waitPosixSemaphore(segment.buffer, OFFSET, 0)).toBe(true);
    expect(waitPosixSemaphore(segment.buffer, OFFSET, 0)).toBe(false);
  });

  it('waits for as long as it was told', () => {
    const before = performance.now();
    expect(waitPosixSemaphore(segment.buffer, OFFSET, 30)).toBe(false);
    expect(performance.now() - before).toBeGreaterThan(28);
  });

  it('sleeps again after it was cleared', () => {
    expect(clearPosixSemaphore(segment.buffer, OFFSET)).toBe(false);
    for (let ring = 0; ring < 10; ring++) ringPosixSemaphore(attached.buffer, OFFSET);
    expect(clearPosixSemaphore(segment.buffer, OFFSET)).toBe(true);
    expect(waitPosixSemaphore(segment.buffer, OFFSET, 0)).toBe(false);
  });

  it('takes a ring when it can count no further', () => {
    new Int32Array(segment.buffer)[OFFSET / 4] = 0x7fff_ffff;
    ringPosixSemaphore(attached.buffer, OFFSET);
    expect(waitPosixSemaphore(segment.buffer, OFFSET, 0)).toBe(true);
  });

  it('is refused where it is not all within the memory', () => {
    const tooLate = 4096 - POSIX_SEMAPHORE_BYTES + 8;
    expect(() => initPosixSemaphore(segment.buffer, tooLate)).toThrow(/typed array/);
    expect(() => ringPosixSemaphore(segment.buffer, tooLate)).toThrow(/typed array/);
    expect(() => waitPosixSemaphore(segment.buffer, tooLate, 0)).toThrow(/typed array/);
  });
});
