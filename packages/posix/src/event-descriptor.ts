// A wake-up that the event loop can wait for itself: an eventfd. It counts how often it was rung and carries nothing else; a
// reader that wakes looks at its lanes to learn what there is.
import { readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { setNonBlocking } from './descriptor.ts';
import { lastErrno, lastError, libc } from './libc.ts';
import { SystemError } from './system-error.ts';

const { EAGAIN, EINTR } = constants.errno;

const EFD_NONBLOCK = 0o4000;
const EFD_CLOEXEC = 0o2000000;
const COUNT_BYTES = 8;
// What the kernel calls every one of them in /proc.
const EVENT_DESCRIPTOR = 'anon_inode:[eventfd]';

const one = new Uint8Array(COUNT_BYTES);
one[0] = 1;
const taken = new Uint8Array(COUNT_BYTES);

/** An eventfd nobody has rung, non-blocking and closed on exec; whoever made it closes it. */
export function createEventDescriptor(): number {
  const fd = libc.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd < 0) throw lastError('eventfd');
  return fd;
}

/**
 * To be asked of a descriptor that another process has handed over, before it is rung: throws EPERM unless it is an eventfd.
 * Ringing it will not wait, whatever that process had set.
 */
export function checkEventDescriptor(fd: number): void {
  if (linkOf(fd) !== EVENT_DESCRIPTOR) {
    throw new SystemError({
      code: 'EPERM',
      errno: constants.errno.EPERM,
      syscall: 'readlink',
      subject: `descriptor ${fd}`,
      reason: 'it is no eventfd',
    });
  }
  setNonBlocking(fd);
}

/** Makes `fd` readable, until it is cleared. One that is rung already stays so; it never waits. */
export function ringEventDescriptor(fd: number): void {
  while (libc.write(fd, one, COUNT_BYTES) < 0) {
    const errno = lastErrno();
    // Full: rung 2^64 - 2 times, which is rung.
    if (errno === EAGAIN) return;
    if (errno !== EINTR) throw lastError('write', { subject: `descriptor ${fd}` });
  }
}

/** Takes all rings at once; false when there was none. Look at the lanes after this, not before. */
export function clearEventDescriptor(fd: number): boolean {
  while (libc.read(fd, taken, COUNT_BYTES) < 0) {
    const errno = lastErrno();
    if (errno === EAGAIN) return false;
    if (errno !== EINTR) throw lastError('read', { subject: `descriptor ${fd}` });
  }
  return true;
}

function linkOf(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}
