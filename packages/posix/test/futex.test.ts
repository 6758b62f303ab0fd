// Waits of one thread at a word of shared memory. Wakes between processes are shown on built code, in processes/.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { futexWait, futexWake } from '../src/futex.ts';
import { createMemfdSegment, type MemfdSegment } from '../src/memfd-segment.ts';

let segment: MemfdSegment;

beforeEach(() => {
  segment = createMemfdSegment(4096);
});

afterEach(() => {
  segment.close();
});

describe('futexWait', () => {
  it('does not sleep when the word is another than expected', () => {
    Atomics.store(new Int32Array(segment.buffer), 16, -5);
    expect(futexWait(segment.buffer, 64, 0, Infinity)).toBe('changed');
    expect(futexWait(segment.buffer, 64, -5, 0)).toBe('timed-out');
    // The word's bits count, not how they are read.
    expect(futexWait(segment.buffer, 64, 0xffff_fffb, 0)).toBe('timed-out');
  });

  it('sleeps for as long as it was told', () => {
    const before = performance.now();
    expect(futexWait(segment.buffer, 0, 0, 30)).toBe('timed-out');
    expect(performance.now() - before).toBeGreaterThan(28);
  });
});

describe('futexWake', () => {
  it('wakes nobody where nobody waits', () => {
    expect(futexWake(segment.buffer, 128, 1)).toBe(0);
  });
});

describe('a word that is none', () => {
  it('is refused before C sees it', () => {
    for (const byteOffset of [2, 4096, -4]) {
      expect(() => futexWake(segment.buffer, byteOffset, 1)).toThrow(RangeError);
      expect(() => futexWait(segment.buffer, byteOffset, 0, 0)).toThrow(RangeError);
    }
  });
});
