// A POSIX message queue. On Linux it is a descriptor: closed by `closeDescriptor`, waited for by `watchDescriptor`, readable
// while there is a message and writable while there is room for one. Its name outlives processes; whoever makes it unlinks it.
import { constants as fileConstants } from 'node:fs';
import { constants } from 'node:os';
import { closeDescriptor, describeDescriptor } from './descriptor.ts';
import { lastErrno, lastError, libc } from './libc.ts';
import { ownershipObjection } from './segment.ts';
import { SystemError } from './system-error.ts';

const { EAGAIN, EINTR, EINVAL, ENOENT, EPERM } = constants.errno;
const { O_CREAT, O_EXCL, O_NONBLOCK, O_RDONLY, O_WRONLY } = fileConstants;
const O_CLOEXEC = 0o2000000;
const PRIVATE_MODE = 0o600;

// struct mq_attr of 64-bit Linux: flags, most messages, most bytes of one, messages there are; four more that nobody uses.
const ATTRIBUTES_BYTES = 64;
const MESSAGES_OFFSET = 8;
const MESSAGE_BYTES_OFFSET = 16;
const WAITING_OFFSET = 24;

/** How much a queue holds: messages, and bytes of one message. */
export interface PosixQueueGeometry {
  readonly messages: number;
  readonly messageBytes: number;
}

/** A queue at the moment it was asked. */
export interface PosixQueueDescription extends PosixQueueGeometry {
  /** Messages that nobody has received. */
  readonly waiting: number;
}

/**
 * Makes the queue `name` ('/name', no further slash), mode 0600, and opens it for reading; the descriptor does not block and is
 * closed on exec. Throws EEXIST when there is one of that name, EINVAL for more than msg_max or msgsize_max allow, EMFILE beyond
 * RLIMIT_MSGQUEUE or RLIMIT_NOFILE, ENOSPC beyond queues_max; nothing is left then.
 */
export function createPosixQueue(name: string, { messages, messageBytes }: PosixQueueGeometry): number {
  checkName(name);
  const attributes = new DataView(new ArrayBuffer(ATTRIBUTES_BYTES));
  attributes.setBigInt64(MESSAGES_OFFSET, BigInt(messages), true);
  attributes.setBigInt64(MESSAGE_BYTES_OFFSET, BigInt(messageBytes), true);
  const flags = O_RDONLY | O_CREAT | O_EXCL | O_NONBLOCK | O_CLOEXEC;
  const fd = libc.mq_open(name, flags, PRIVATE_MODE, new Uint8Array(attributes.buffer));
  if (fd < 0) throw lastError('mq_open', { path: name });
  return fd;
}

/**
 * Opens a queue for sending; the descriptor does not block and is closed on exec. Throws ENOENT when there is none of that name,
 * EPERM for one that is another user's or not private.
 */
export function openPosixQueue(name: string): number {
  checkName(name);
  const fd = libc.mq_open(name, O_WRONLY | O_NONBLOCK | O_CLOEXEC, 0, null);
  if (fd < 0) throw lastError('mq_open', { path: name });
  const { uid, mode } = describeDescriptor(fd);
  const reason = ownershipObjection(uid, mode & 0o777);
  if (reason === undefined) return fd;
  closeDescriptor(fd);
  throw new SystemError({ code: 'EPERM', errno: EPERM, syscall: 'mq_open', path: name, reason });
}

/** What the queue behind `fd` holds at most, and at the moment. */
export function describePosixQueue(fd: number): PosixQueueDescription {
  const attributes = new DataView(new ArrayBuffer(ATTRIBUTES_BYTES));
  if (libc.mq_getattr(fd, new Uint8Array(attributes.buffer)) < 0) throw lastError('mq_getattr', named(fd));
  return {
    messages: Number(attributes.getBigInt64(MESSAGES_OFFSET, true)),
    messageBytes: Number(attributes.getBigInt64(MESSAGE_BYTES_OFFSET, true)),
    waiting: Number(attributes.getBigInt64(WAITING_OFFSET, true)),
  };
}

/** Sends one message, ahead of all of a lower `priority`; false when the queue is full. Throws EMSGSIZE for one too long. */
export function sendToPosixQueue(fd: number, message: Uint8Array, priority: number): boolean {
  for (;;) {
    if (libc.mq_send(fd, message, message.length, priority) >= 0) return true;
    const errno = lastErrno();
    if (errno === EAGAIN) return false;
    if (errno !== EINTR) throw lastError('mq_send', named(fd));
  }
}

const receivedPriority = new Uint32Array(1);

/**
 * Receives the oldest message of the highest priority into the beginning of `buffer`, which must hold the longest there can be;
 * its bytes, or -1 when there is none.
 */
export function receiveFromPosixQueue(fd: number, buffer: Uint8Array): number {
  for (;;) {
    const bytes = libc.mq_receive(fd, buffer, buffer.length, receivedPriority);
    if (bytes >= 0) return bytes;
    const errno = lastErrno();
    if (errno === EAGAIN) return -1;
    if (errno !== EINTR) throw lastError('mq_receive', named(fd));
  }
}

/** Takes the name away; false when there is none. The queue goes with the last descriptor of it. */
export function unlinkPosixQueue(name: string): boolean {
  checkName(name);
  if (libc.mq_unlink(name) >= 0) return true;
  if (lastErrno() === ENOENT) return false;
  throw lastError('mq_unlink', { path: name });
}

function checkName(name: string): void {
  if (/^\/[^/\0]{1,254}$/.test(name) && name !== '/.' && name !== '/..') return;
  throw new SystemError({
    code: 'EINVAL',
    errno: EINVAL,
    syscall: 'mq_open',
    subject: JSON.stringify(name),
    reason: 'a name is a slash and up to 254 characters without another one',
  });
}

function named(fd: number): { readonly subject: string } {
  return { subject: `queue ${fd}` };
}
