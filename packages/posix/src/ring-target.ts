// What the waiter thread can be asked to wait for, where it lies, and how a wait for it is cut short.
import { futexWake } from './futex.ts';
import { addressOf } from './libc.ts';
import { ringPosixSemaphore } from './posix-semaphore.ts';
import { ringSysvSemaphore } from './sysv-semaphore.ts';
import type { DoorbellTarget } from './waiter-control.ts';

/**
 * What can be rung: a word by `ringFutex`, a semaphore by `ringPosixSemaphore` or `ringSysvSemaphore`. One waiter each: nobody
 * else waits for it or clears it while it is watched.
 */
export type RingTarget =
  | { readonly type: 'futex'; readonly buffer: ArrayBuffer; readonly byteOffset: number }
  | { readonly type: 'posix-sem'; readonly buffer: ArrayBuffer; readonly byteOffset: number }
  | { readonly type: 'sysv-sem'; readonly id: number };

/** The target as the thread is told of it. */
export function locateTarget(target: RingTarget): DoorbellTarget {
  if (target.type === 'sysv-sem') return target;
  const { type, buffer, byteOffset } = target;
  const word = new Int32Array(buffer, byteOffset, 1);
  const address = addressOf(word);
  return type === 'futex' ? { type, address, seen: Atomics.load(word, 0) } : { type, address };
}

/** Whoever waits for it looks again at once; they may take it for a ring. */
export function interruptWait(target: RingTarget): void {
  if (target.type === 'futex') futexWake(target.buffer, target.byteOffset, 1);
  else if (target.type === 'posix-sem') ringPosixSemaphore(target.buffer, target.byteOffset);
  else ringSysvSemaphore(target.id);
}
