// A POSIX semaphore in shared memory, as a wake-up: it may be rung more often than is waited for, and its count means nothing.
// It belongs to no process; it goes with the memory it lies in.
import { constants } from 'node:os';
import { lastErrno, lastError, libc } from './libc.ts';
import { monotonicDeadlineBytes, realtimeDeadlineBytes } from './wait-time.ts';

const { EAGAIN, EINTR, EOVERFLOW, ETIMEDOUT } = constants.errno;

const CLOCK_MONOTONIC = 1;
const SHARED = 1;
const MOST_CLEARED = 1024;

/** Room a semaphore takes: `sizeof(sem_t)` of 64-bit glibc and musl. It starts at a multiple of 8. */
export const POSIX_SEMAPHORE_BYTES = 32;

/** Makes a semaphore nobody has rung at `byteOffset`; before anybody else uses it, and once. */
export function initPosixSemaphore(buffer: ArrayBuffer, byteOffset: number): void {
  if (libc.sem_init(at(buffer, byteOffset), SHARED, 0) < 0) throw lastError('sem_init', named(byteOffset));
}

/** Lets one waiter go, now or later. It never waits; one that cannot count further is rung already. */
export function ringPosixSemaphore(buffer: ArrayBuffer, byteOffset: number): void {
  if (libc.sem_post(at(buffer, byteOffset)) >= 0) return;
  if (lastErrno() !== EOVERFLOW) throw lastError('sem_post', named(byteOffset));
}

/** Blocks the whole thread until somebody rings, for at most `timeoutMs`; false when nobody did. Takes one ring. */
export function waitPosixSemaphore(buffer: ArrayBuffer, byteOffset: number, timeoutMs: number): boolean {
  if (timedWait(at(buffer, byteOffset), timeoutMs) >= 0) return true;
  const errno = lastErrno();
  if (errno === ETIMEDOUT || errno === EINTR) return false;
  throw lastError('sem_clockwait', named(byteOffset));
}

/** Takes the rings that are there, so that the next wait sleeps; false when there was none. Look at the lanes afterwards. */
export function clearPosixSemaphore(buffer: ArrayBuffer, byteOffset: number): boolean {
  const semaphore = at(buffer, byteOffset);
  for (let taken = 0; taken < MOST_CLEARED; taken++) {
    if (libc.sem_trywait(semaphore) >= 0) continue;
    const errno = lastErrno();
    if (errno === EAGAIN) return taken > 0;
    if (errno !== EINTR) throw lastError('sem_trywait', named(byteOffset));
  }
  return true;
}

let timedWait = (semaphore: Uint8Array, timeoutMs: number): number => {
  try {
    return libc.sem_clockwait(semaphore, CLOCK_MONOTONIC, monotonicDeadlineBytes(timeoutMs));
  } catch {
    // musl, and glibc before 2.30: it waits by the clock of the day, and so perhaps longer when that is set back.
    timedWait = (older, olderTimeoutMs) => libc.sem_timedwait(older, realtimeDeadlineBytes(olderTimeoutMs));
    return timedWait(semaphore, timeoutMs);
  }
};

// A view, so that JavaScript refuses what is not all within the buffer before C gets an address.
function at(buffer: ArrayBuffer, byteOffset: number): Uint8Array {
  return new Uint8Array(buffer, byteOffset, POSIX_SEMAPHORE_BYTES);
}

function named(byteOffset: number): { readonly subject: string } {
  return { subject: `the semaphore at byte ${byteOffset}` };
}
