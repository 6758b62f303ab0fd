// What a waiter waits for, one thread ringing before it waits. That a ring ends a wait is shown between processes.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FutexSource, FutexWaitList, canWaitForWords, openDoorbell } from '../src/doorbell-wait.ts';
import { ringFutex } from '../src/futex.ts';
import { addressOf } from '../src/libc.ts';
import { createMemfdSegment, type MemfdSegment } from '../src/memfd-segment.ts';
import { initPosixSemaphore, ringPosixSemaphore } from '../src/posix-semaphore.ts';
import { createSysvSemaphore, removeSysvSemaphore, ringSysvSemaphore } from '../src/sysv-semaphore.ts';
import type { DoorbellTarget } from '../src/waiter-control.ts';

let segment: MemfdSegment;
let semaphore: number;

beforeEach(() => {
  segment = createMemfdSegment(4096);
  semaphore = createSysvSemaphore();
  initPosixSemaphore(segment.buffer, 0);
});

afterEach(() => {
  segment.close();
  removeSysvSemaphore(semaphore);
});

const KINDS: readonly (readonly [string, () => DoorbellTarget, () => void])[] = [
  ['word', () => ({ type: 'futex', address: at(64), seen: 0 }), () => ringFutex(segment.buffer, 64)],
  [
    'POSIX semaphore',
    () => ({ type: 'posix-sem', address: at(0) }),
    () => ringPosixSemaphore(segment.buffer, 0),
  ],
  [
    'System V semaphore',
    () => ({ type: 'sysv-sem', id: semaphore }),
    () => void ringSysvSemaphore(semaphore),
  ],
];

describe.each(KINDS)('a %s', (_kind, target, ring) => {
  it('reports any number of rings once, those before the first look among them', () => {
    ring();
    ring();
    const source = openDoorbell(target());
    expect(source.take()).toBe(true);
    expect(source.take()).toBe(false);
    ring();
    ring();
    expect(source.wait(Infinity)).toBe(true);
    expect(source.wait(10)).toBe(false);
  });
});

describe('a list of words', () => {
  it('sleeps while none of them is another, and not when the last is', () => {
    expect(canWaitForWords()).toBe(true);
    const sources = [64, 128, 192].map((byteOffset) => new FutexSource(at(byteOffset), 0));
    const together = new FutexWaitList(sources);
    const before = performance.now();
    together.wait(30);
    expect(performance.now() - before).toBeGreaterThan(28);
    ringFutex(segment.buffer, 192);
    together.wait(Infinity);
    expect(sources.map((source) => source.take())).toEqual([false, false, true]);
  });

  it('knows a word whose highest bit is set', () => {
    new Int32Array(segment.buffer)[16] = -1;
    const source = new FutexSource(at(64), -1);
    const before = performance.now();
    new FutexWaitList([source]).wait(30);
    expect(performance.now() - before).toBeGreaterThan(28);
    expect(source.take()).toBe(false);
  });

  it('throws for a word that is not in memory', () => {
    const nowhere = new FutexSource(64n, 0);
    expect(() => new FutexWaitList([nowhere]).wait(10)).toThrow(
      expect.objectContaining({ code: 'EFAULT', syscall: 'futex_waitv' }),
    );
  });
});

function at(byteOffset: number): bigint {
  return addressOf(new Int32Array(segment.buffer, byteOffset, 1));
}
