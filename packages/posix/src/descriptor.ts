// What can be done with any open descriptor, whatever stands behind it. Opening one is the business of the files beside this.
import { fstatSync, type BigIntStats, type Stats } from 'node:fs';
import { constants } from 'node:os';
import { lastErrno, lastError, libc } from './libc.ts';
import { SystemError, fromNodeError } from './system-error.ts';

const { EAGAIN, EINTR } = constants.errno;

const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const F_DUPFD_CLOEXEC = 1030;
const FD_CLOEXEC = 1;
const O_NONBLOCK = 0o4000;
const POLLIN = 1;
const POLLOUT = 4;
const POLLNVAL = 32;
const FIRST_AFTER_STDIO = 3;
const MAX_POLL_MS = 0x7fffffff;

/**
 * What `describeDescriptor` tells. `mode` holds the permission bits only, `size` is in bytes (0 for pipes and sockets), `links`
 * counts the names it has (0 for what was unlinked).
 */
export interface DescriptorDescription {
  readonly kind: DescriptorKind;
  readonly uid: number;
  readonly mode: number;
  readonly inode: number;
  readonly size: number;
  readonly links: number;
}

/** What a descriptor stands for. */
export type DescriptorKind = 'fifo' | 'socket' | 'file' | 'directory' | 'other';

// Through koffi, not node:fs: a full or empty lane answers EAGAIN on the hot path, which costs 0.6 us here and 5.2 us as an
// exception of fs.readSync. Moving bytes costs the same or less (write and read 4 KiB: 0.85 us against 1.15; 64 KiB: 11.6
// against 12.0).

/** Reads up to `length` bytes into `buffer` from `offset` on. Returns the bytes read, 0 at the end, -1 when it would block. */
export function readDescriptor(fd: number, buffer: Uint8Array, offset: number, length: number): number {
  const target = region(buffer, offset, length);
  for (;;) {
    const bytes = libc.read(fd, target, length);
    if (bytes >= 0) return bytes;
    const errno = lastErrno();
    if (errno === EAGAIN) return -1;
    if (errno !== EINTR) throw lastError('read', named(fd));
  }
}

/** Writes up to `length` bytes of `buffer` from `offset` on. Returns the bytes written, -1 when it would block. */
export function writeDescriptor(fd: number, buffer: Uint8Array, offset: number, length: number): number {
  const source = region(buffer, offset, length);
  for (;;) {
    const bytes = libc.write(fd, source, length);
    if (bytes >= 0) return bytes;
    const errno = lastErrno();
    if (errno === EAGAIN) return -1;
    if (errno !== EINTR) throw lastError('write', named(fd));
  }
}

/** Closes `fd`. Never call it twice: the number may belong to somebody else by then. */
export function closeDescriptor(fd: number): void {
  // Not by node:fs, which keeps a list of a Worker's descriptors and warns about those it has not opened. After EINTR the
  // descriptor is closed all the same.
  if (libc.close(fd) < 0 && lastErrno() !== EINTR) throw lastError('close', named(fd));
}

/** A second descriptor for what `fd` refers to, above the standard three and closed on exec. */
export function duplicateDescriptor(fd: number): number {
  return control(fd, F_DUPFD_CLOEXEC, FIRST_AFTER_STDIO);
}

/** No child process started from now on inherits `fd`. */
export function setCloseOnExec(fd: number): void {
  control(fd, F_SETFD, FD_CLOEXEC);
}

/** Calls on `fd` say EAGAIN instead of waiting. All descriptors of the same opening share this. */
export function setNonBlocking(fd: number): void {
  control(fd, F_SETFL, control(fd, F_GETFL, 0) | O_NONBLOCK);
}

/**
 * Blocks the whole thread until `fd` can be read or written without waiting, for at most `timeoutMs` (Infinity: for ever);
 * false when the time ran out. The end of the other side counts: the next call tells it. For a process about to exit.
 */
export function waitDescriptor(fd: number, condition: 'readable' | 'writable', timeoutMs: number): boolean {
  const request = new DataView(new ArrayBuffer(8));
  request.setInt32(0, fd, true);
  request.setInt16(4, condition === 'readable' ? POLLIN : POLLOUT, true);
  const bytes = new Uint8Array(request.buffer);
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const remainingMs = Math.min(MAX_POLL_MS, Math.max(0, Math.ceil(deadline - performance.now())));
    const ready = libc.poll(bytes, 1, remainingMs);
    if (ready > 0) {
      if ((request.getInt16(6, true) & POLLNVAL) === 0) return true;
      throw new SystemError({ code: 'EBADF', errno: constants.errno.EBADF, syscall: 'poll', ...named(fd) });
    }
    if (ready < 0 && lastErrno() !== EINTR) throw lastError('poll', named(fd));
    if (performance.now() >= deadline) return false;
  }
}

/** What stands behind `fd`, asked of the kernel. */
export function describeDescriptor(fd: number): DescriptorDescription {
  let stats: Stats;
  try {
    stats = fstatSync(fd);
  } catch (error) {
    throw fromNodeError(error, named(fd));
  }
  return {
    kind: kindOf(stats),
    uid: stats.uid,
    mode: stats.mode & 0o7777,
    inode: stats.ino,
    size: stats.size,
    links: stats.nlink,
  };
}

export function kindOf(stats: Stats | BigIntStats): DescriptorKind {
  if (stats.isFIFO()) return 'fifo';
  if (stats.isSocket()) return 'socket';
  if (stats.isFile()) return 'file';
  return stats.isDirectory() ? 'directory' : 'other';
}

export function control(fd: number, command: number, argument: number): number {
  const result = libc.fcntl(fd, command, 'int', argument);
  if (result < 0) throw lastError('fcntl', named(fd));
  return result;
}

// C gets a bare address: what lies outside the buffer must be refused here. A view is made only where one is needed, it
// costs 0.1 us.
function region(buffer: Uint8Array, offset: number, length: number): Uint8Array {
  if (!(offset >= 0 && length >= 0 && offset + length <= buffer.length)) {
    throw new RangeError(
      `${length} bytes from offset ${offset} are not within a buffer of ${buffer.length} bytes`,
    );
  }
  return offset === 0 ? buffer : buffer.subarray(offset, offset + length);
}

function named(fd: number): { readonly subject: string } {
  return { subject: `descriptor ${fd}` };
}
