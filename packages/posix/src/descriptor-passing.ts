// Descriptors that travel over a Unix socket beside bytes. What arrives is a new number for the same opening; the one that was
// sent may be closed right after. Descriptors without bytes do not travel.
import { constants } from 'node:os';
import { closeDescriptor } from './descriptor.ts';
import { addressOf, lastErrno, lastError, libc } from './libc.ts';
import { SystemError } from './system-error.ts';

const { EAGAIN, EINTR } = constants.errno;

const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_CTRUNC = 0x8;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x4000_0000;

// struct msghdr, struct iovec and struct cmsghdr of 64-bit Linux.
const MESSAGE_BYTES = 56;
const VECTOR_ADDRESS_OFFSET = 16;
const VECTOR_COUNT_OFFSET = 24;
const CONTROL_ADDRESS_OFFSET = 32;
const CONTROL_BYTES_OFFSET = 40;
const FLAGS_OFFSET = 48;
const VECTOR_BYTES = 16;
const CONTROL_HEADER_BYTES = 16;
const DESCRIPTOR_BYTES = 4;

const NO_CONTROL = new Uint8Array(0);

/** Most descriptors that one call can send or take: the kernel's own limit. */
export const DESCRIPTORS_PER_MESSAGE = 253;

/** What arrived. `bytes` is 0 at the end of the stream and -1 when nothing was there; the descriptors are the caller's. */
export interface ReceivedDescriptors {
  readonly bytes: number;
  readonly descriptors: readonly number[];
}

/**
 * Sends `data`, at least a byte of it, with `fds` beside its first byte. Returns the bytes taken, which may be less than all
 * (send the rest without the descriptors), or -1 when it would block: nothing was sent then. Throws EPIPE when nobody reads.
 */
export function sendDescriptors(socket: number, fds: readonly number[], data: Uint8Array): number {
  if (data.length === 0) throw new RangeError('Descriptors travel beside at least one byte of data');
  checkCount(fds.length);
  describeMessage(data, fds.length === 0 ? NO_CONTROL : controlMessage(fds));
  for (;;) {
    const bytes = libc.sendmsg(socket, header, MSG_NOSIGNAL);
    if (bytes >= 0) return bytes;
    const errno = lastErrno();
    if (errno === EAGAIN) return -1;
    if (errno !== EINTR) throw lastError('sendmsg', { subject: `descriptor ${socket}` });
  }
}

/**
 * Reads into `buffer`, and takes up to `maxDescriptors` that came beside the bytes, closed on exec. Bytes that came with
 * descriptors are never joined with those of the next such message. Throws EMSGSIZE when more descriptors came than asked
 * for, or more than this process may have open: all of them are closed then, and the bytes are lost.
 */
export function receiveDescriptors(
  socket: number,
  buffer: Uint8Array,
  maxDescriptors: number,
): ReceivedDescriptors {
  checkCount(maxDescriptors);
  const control = new Uint8Array(CONTROL_HEADER_BYTES + align(maxDescriptors * DESCRIPTOR_BYTES));
  for (;;) {
    describeMessage(buffer, control);
    const bytes = libc.recvmsg(socket, header, MSG_CMSG_CLOEXEC);
    if (bytes >= 0) return { bytes, descriptors: takeDescriptors(socket, control, maxDescriptors) };
    const errno = lastErrno();
    if (errno === EAGAIN) return { bytes: -1, descriptors: [] };
    if (errno !== EINTR) throw lastError('recvmsg', { subject: `descriptor ${socket}` });
  }
}

function takeDescriptors(socket: number, control: Uint8Array, maxDescriptors: number): readonly number[] {
  const controlBytes = Number(headerFields.getBigUint64(CONTROL_BYTES_OFFSET, true));
  const wasCut = (headerFields.getUint32(FLAGS_OFFSET, true) & MSG_CTRUNC) !== 0;
  const descriptors = readControl(control.subarray(0, controlBytes));
  // The room is rounded up to 8 bytes, so that an odd limit lets one more in.
  if (!wasCut && descriptors.length <= maxDescriptors) return descriptors;
  for (const fd of descriptors) closeDescriptor(fd);
  throw new SystemError({
    code: 'EMSGSIZE',
    errno: constants.errno.EMSGSIZE,
    syscall: 'recvmsg',
    subject: `descriptor ${socket}`,
    reason: `more than the ${maxDescriptors} descriptors asked for came, or than this process may open`,
  });
}

// One header for all calls: none of them waits, so none meets another. The addresses in it keep nothing reachable, the list
// beside it does.
const header = new Uint8Array(MESSAGE_BYTES);
const headerFields = new DataView(header.buffer);
const vector = new Uint8Array(VECTOR_BYTES);
const vectorFields = new DataView(vector.buffer);
const pointedTo: Uint8Array[] = [];

function describeMessage(data: Uint8Array, control: Uint8Array): void {
  pointedTo.splice(0, pointedTo.length, data, control);
  vectorFields.setBigUint64(0, addressOf(data), true);
  vectorFields.setBigUint64(8, BigInt(data.length), true);
  headerFields.setBigUint64(VECTOR_ADDRESS_OFFSET, addressOf(vector), true);
  headerFields.setBigUint64(VECTOR_COUNT_OFFSET, 1n, true);
  headerFields.setBigUint64(CONTROL_ADDRESS_OFFSET, addressOf(control), true);
  headerFields.setBigUint64(CONTROL_BYTES_OFFSET, BigInt(control.length), true);
}

function controlMessage(fds: readonly number[]): Uint8Array {
  const control = new Uint8Array(CONTROL_HEADER_BYTES + align(fds.length * DESCRIPTOR_BYTES));
  const fields = new DataView(control.buffer);
  fields.setBigUint64(0, BigInt(CONTROL_HEADER_BYTES + fds.length * DESCRIPTOR_BYTES), true);
  fields.setInt32(8, SOL_SOCKET, true);
  fields.setInt32(12, SCM_RIGHTS, true);
  for (const [index, fd] of fds.entries()) {
    fields.setInt32(CONTROL_HEADER_BYTES + index * DESCRIPTOR_BYTES, fd, true);
  }
  return control;
}

function readControl(control: Uint8Array): readonly number[] {
  const fields = new DataView(control.buffer, control.byteOffset, control.length);
  const descriptors: number[] = [];
  let offset = 0;
  while (offset + CONTROL_HEADER_BYTES <= control.length) {
    const length = Number(fields.getBigUint64(offset, true));
    if (length < CONTROL_HEADER_BYTES) break;
    const end = Math.min(offset + length, control.length);
    const isRights =
      fields.getInt32(offset + 8, true) === SOL_SOCKET && fields.getInt32(offset + 12, true) === SCM_RIGHTS;
    for (let at = offset + CONTROL_HEADER_BYTES; isRights && at + DESCRIPTOR_BYTES <= end; at += 4) {
      descriptors.push(fields.getInt32(at, true));
    }
    offset += align(length);
  }
  return descriptors;
}

function align(byteCount: number): number {
  return Math.ceil(byteCount / 8) * 8;
}

function checkCount(count: number): void {
  if (Number.isInteger(count) && count >= 0 && count <= DESCRIPTORS_PER_MESSAGE) return;
  throw new RangeError(`A message takes 0 to ${DESCRIPTORS_PER_MESSAGE} descriptors, not ${count}`);
}
