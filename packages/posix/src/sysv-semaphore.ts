// A System V semaphore as a wake-up, found by a number. Plain steps of one, never SEM_UNDO, which would take rings back when
// who rang them ends. It outlives processes: whoever makes one removes it, and a killed maker leaves it behind.
import { constants } from 'node:os';
import { lastErrno, lastError, libc } from './libc.ts';
import { SystemError } from './system-error.ts';
import { currentUid } from './user.ts';
import { durationBytes } from './wait-time.ts';

const { EAGAIN, EIDRM, EINTR, EINVAL, ERANGE } = constants.errno;

const IPC_PRIVATE = 0;
const IPC_CREAT = 0o1000;
const IPC_EXCL = 0o2000;
const IPC_NOWAIT = 0o4000;
const IPC_RMID = 0;
const IPC_STAT = 2;
const SETVAL = 16;
const PRIVATE_MODE = 0o600;
const GROUP_AND_OTHERS = 0o077;

// struct semid_ds of 64-bit Linux begins with its struct ipc_perm.
const DESCRIPTION_BYTES = 128;
const OWNER_OFFSET = 4;
const MODE_OFFSET = 20;

// struct sembuf: which semaphore of the set, the step, flags.
const RING = Int16Array.of(0, 1, IPC_NOWAIT);
const WAIT = Int16Array.of(0, -1, 0);

/**
 * Makes a semaphore of this user that nobody has rung; its number. With a `key` it can be found again, by whoever cleans up.
 * Throws ENOSPC when the system has as many as it may, EEXIST when the key is taken.
 */
export function createSysvSemaphore(key: number = IPC_PRIVATE): number {
  const id = libc.semget(key, 1, IPC_CREAT | IPC_EXCL | PRIVATE_MODE);
  if (id < 0) throw lastError('semget');
  return id;
}

/** Throws EINVAL when there is no such semaphore, EPERM when it is another user's or not private: ask before the first ring. */
export function checkSysvSemaphore(id: number): void {
  const description = new Uint8Array(DESCRIPTION_BYTES);
  if (libc.semctl(id, 0, IPC_STAT, 'void *', description) < 0) throw lastError('semctl', named(id));
  const fields = new DataView(description.buffer);
  const uid = fields.getUint32(OWNER_OFFSET, true);
  const mode = fields.getUint16(MODE_OFFSET, true) & 0o777;
  if (uid === currentUid() && (mode & GROUP_AND_OTHERS) === 0) return;
  throw new SystemError({
    code: 'EPERM',
    errno: constants.errno.EPERM,
    syscall: 'semctl',
    ...named(id),
    reason: `it belongs to user ${uid} and has mode 0${mode.toString(8)}; it must be this user's alone`,
  });
}

/** Lets one waiter go, now or later; false when the semaphore has been removed. It never waits. */
export function ringSysvSemaphore(id: number): boolean {
  for (;;) {
    if (libc.semop(id, RING, 1) >= 0) return true;
    const errno = lastErrno();
    // ERANGE: rung 32,767 times and never waited for, which is rung.
    if (errno === ERANGE || errno === EAGAIN) return true;
    if (errno === EIDRM || errno === EINVAL) return false;
    if (errno !== EINTR) throw lastError('semop', named(id));
  }
}

/**
 * Blocks the whole thread until somebody rings, for at most `timeoutMs`; false when nobody did. Takes one ring. Throws EIDRM
 * or EINVAL when the semaphore has been removed.
 */
export function waitSysvSemaphore(id: number, timeoutMs: number): boolean {
  if (libc.semtimedop(id, WAIT, 1, durationBytes(timeoutMs)) >= 0) return true;
  const errno = lastErrno();
  if (errno === EAGAIN || errno === EINTR) return false;
  throw lastError('semtimedop', named(id));
}

/** Takes the rings that are there, so that the next wait sleeps. Look at the lanes after this, not before. */
export function clearSysvSemaphore(id: number): void {
  if (libc.semctl_value(id, 0, SETVAL, 'int', 0) < 0) throw lastError('semctl', named(id));
}

/** Removes the semaphore; who waits for it is told. False when it is gone already. */
export function removeSysvSemaphore(id: number): boolean {
  if (libc.semctl(id, 0, IPC_RMID, 'void *', null) >= 0) return true;
  const errno = lastErrno();
  if (errno === EIDRM || errno === EINVAL) return false;
  throw lastError('semctl', named(id));
}

function named(id: number): { readonly subject: string } {
  return { subject: `semaphore ${id}` };
}
