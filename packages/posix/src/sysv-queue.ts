// A System V message queue, found by a number, and by the key it was made with. No descriptor stands for it, so nothing can wait
// for it in an event loop; every call here returns at once. It outlives processes: whoever makes one removes it.
import { constants } from 'node:os';
import { lastErrno, lastError, libc } from './libc.ts';
import { ownershipObjection } from './segment.ts';
import { SystemError } from './system-error.ts';

const { EAGAIN, EIDRM, EINTR, EINVAL, ENOMSG, EPERM } = constants.errno;

const IPC_CREAT = 0o1000;
const IPC_EXCL = 0o2000;
const IPC_NOWAIT = 0o4000;
const MSG_NOERROR = 0o10000;
const IPC_RMID = 0;
const IPC_STAT = 2;
const PRIVATE_MODE = 0o600;
const LARGEST_KEY = 0x7fffffff;

// struct msqid_ds of 64-bit Linux begins with its struct ipc_perm.
const DESCRIPTION_BYTES = 120;
const KEY_OFFSET = 0;
const OWNER_OFFSET = 4;
const CREATOR_OFFSET = 12;
const MODE_OFFSET = 20;
const WAITING_OFFSET = 80;
const QUEUE_BYTES_OFFSET = 88;

/** Bytes of the type, a signed number of 64 bits, which stands in memory in front of each message. */
export const SYSV_TYPE_BYTES = 8;

/** A queue at the moment it was asked. */
export interface SysvQueueDescription {
  readonly key: number;
  /** Messages that nobody has received. */
  readonly waiting: number;
  /** Bytes that may wait in it, those of the types not counted. */
  readonly queueBytes: number;
}

/**
 * Makes a queue of this user, mode 0600, under `key`, a number from 1 to 0x7fffffff; its number. Throws EEXIST when the key is
 * taken, ENOSPC when the system has as many queues as it may (msgmni).
 */
export function createSysvQueue(key: number): number {
  checkKey(key);
  const id = libc.msgget(key, IPC_CREAT | IPC_EXCL | PRIVATE_MODE);
  if (id < 0) throw lastError('msgget', { subject: `key ${key}` });
  return id;
}

/** What a queue holds. Throws EINVAL or EIDRM when there is no such queue, EPERM when it is another user's or not private. */
export function describeSysvQueue(id: number): SysvQueueDescription {
  const description = new Uint8Array(DESCRIPTION_BYTES);
  if (libc.msgctl(id, IPC_STAT, description) < 0) throw lastError('msgctl', named(id));
  const fields = new DataView(description.buffer);
  const mode = fields.getUint16(MODE_OFFSET, true) & 0o777;
  const reason =
    ownershipObjection(fields.getUint32(OWNER_OFFSET, true), mode) ??
    ownershipObjection(fields.getUint32(CREATOR_OFFSET, true), mode);
  if (reason !== undefined) {
    throw new SystemError({ code: 'EPERM', errno: EPERM, syscall: 'msgctl', ...named(id), reason });
  }
  return {
    key: fields.getInt32(KEY_OFFSET, true),
    waiting: Number(fields.getBigUint64(WAITING_OFFSET, true)),
    queueBytes: Number(fields.getBigUint64(QUEUE_BYTES_OFFSET, true)),
  };
}

/**
 * Sends one message: `message` begins with its type, above 0. False when the queue is full. Throws EINVAL for one that is longer
 * than msgmax, EIDRM or EINVAL when the queue has been removed.
 */
export function sendToSysvQueue(id: number, message: Uint8Array): boolean {
  for (;;) {
    if (libc.msgsnd(id, message, message.length - SYSV_TYPE_BYTES, IPC_NOWAIT) >= 0) return true;
    const errno = lastErrno();
    if (errno === EAGAIN) return false;
    if (errno !== EINTR) throw lastError('msgsnd', named(id));
  }
}

/**
 * Receives the oldest message of the lowest type that is at most `highestType` into `buffer`, its type first; the bytes behind
 * the type, or -1 when there is none. One that is longer than `buffer` is cut: left where it is, it would be in the way for ever.
 */
export function receiveFromSysvQueue(id: number, buffer: Uint8Array, highestType: number): number {
  for (;;) {
    const bytes = libc.msgrcv(
      id,
      buffer,
      buffer.length - SYSV_TYPE_BYTES,
      -highestType,
      IPC_NOWAIT | MSG_NOERROR,
    );
    if (bytes >= 0) return bytes;
    const errno = lastErrno();
    if (errno === ENOMSG) return -1;
    if (errno !== EINTR) throw lastError('msgrcv', named(id));
  }
}

/** Removes the queue and what waits in it; false when it is gone already. Throws EPERM for another user's. */
export function removeSysvQueue(id: number): boolean {
  if (libc.msgctl(id, IPC_RMID, null) >= 0) return true;
  const errno = lastErrno();
  if (errno === EIDRM || errno === EINVAL) return false;
  throw lastError('msgctl', named(id));
}

function checkKey(key: number): void {
  if (Number.isInteger(key) && key > 0 && key <= LARGEST_KEY) return;
  throw new RangeError(`A key is a whole number from 1 to ${LARGEST_KEY}, not ${key}`);
}

function named(id: number): { readonly subject: string } {
  return { subject: `queue ${id}` };
}
