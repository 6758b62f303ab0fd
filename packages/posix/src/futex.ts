// A wake-up over a word of shared memory: who rings changes the word and wakes, who waits names the value it saw last, so no
// ring between the look and the sleep is missed. Waiting blocks the thread: not for a thread that has anything else to do.
import { constants } from 'node:os';
import { lastErrno, lastError, libc, syscallNumbers } from './libc.ts';
import { durationBytes } from './wait-time.ts';

const { EAGAIN, EINTR, ETIMEDOUT } = constants.errno;

// Without FUTEX_PRIVATE_FLAG: the word is found by the memory behind it, whatever its address in this process.
const FUTEX_WAIT = 0;
const FUTEX_WAKE = 1;

/** Wakes up to `count` threads, of any process, that wait at this word; how many it woke. Change the word before. */
export function futexWake(buffer: ArrayBuffer, byteOffset: number, count: number): number {
  const woken = libc.futex_wake(
    syscallNumbers().futex,
    new Int32Array(buffer, byteOffset, 1),
    FUTEX_WAKE,
    count,
  );
  if (woken < 0) throw lastError('futex', { subject: `the word at byte ${byteOffset}` });
  return woken;
}

/** Changes the word and wakes one waiter: the ring of a doorbell that `watchRings` looks at. */
export function ringFutex(buffer: ArrayBuffer, byteOffset: number): void {
  Atomics.add(new Int32Array(buffer, byteOffset, 1), 0, 1);
  futexWake(buffer, byteOffset, 1);
}

/**
 * Blocks the whole thread for at most `timeoutMs` while the word is `expected`. 'changed': it was another at once; 'woken': by
 * `futexWake`, or for no reason at all, as the kernel may. Look at the word after either.
 */
export function futexWait(
  buffer: ArrayBuffer,
  byteOffset: number,
  expected: number,
  timeoutMs: number,
): 'woken' | 'changed' | 'timed-out' {
  const word = new Int32Array(buffer, byteOffset, 1);
  if (
    libc.futex_wait(syscallNumbers().futex, word, FUTEX_WAIT, expected | 0, durationBytes(timeoutMs)) >= 0
  ) {
    return 'woken';
  }
  const errno = lastErrno();
  if (errno === EAGAIN) return 'changed';
  if (errno === EINTR) return 'woken';
  if (errno === ETIMEDOUT) return 'timed-out';
  throw lastError('futex', { subject: `the word at byte ${byteOffset}` });
}
