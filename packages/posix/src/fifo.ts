// Named pipes that only this user can have made and only this user can open. What stands at a path may be somebody else's
// doing, so the opened descriptor itself is asked what it is; the path is never trusted.
import { constants as fileConstants, lstatSync } from 'node:fs';
import { constants } from 'node:os';
import { closeDescriptor, describeDescriptor, kindOf, type DescriptorDescription } from './descriptor.ts';
import { lastError, libc } from './libc.ts';
import { checkPath } from './path.ts';
import { SystemError } from './system-error.ts';
import { currentUid } from './user.ts';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = fileConstants;
const O_CLOEXEC = 0o2000000;
const GROUP_AND_OTHERS = 0o077;

/** Makes a FIFO at `path`, mode 0600; whoever makes it unlinks it. Throws EEXIST when anything stands there. */
export function createFifo(path: string): void {
  checkPath(path, 'mkfifo');
  if (libc.mkfifo(path, 0o600) < 0) throw lastError('mkfifo', { path });
}

/**
 * Opens the reading end at once, whether or not anybody writes. Until the first writer came there is nothing to poll; after
 * the last one left, the end of file stays. Throws EPERM for anything but a private FIFO of this user.
 */
export function openFifoForReading(path: string): number {
  return openFifo(path, O_RDONLY);
}

/** Opens the writing end. Throws ENXIO when nobody reads and EPERM for anything but a private FIFO of this user. */
export function openFifoForWriting(path: string): number {
  return openFifo(path, O_WRONLY);
}

/**
 * Opens both ends as one descriptor, which therefore never sees an end of file: for a wake-up that is handed to a peer. Throws
 * EPERM for anything but a private FIFO of this user.
 */
export function openFifoForBoth(path: string): number {
  return openFifo(path, O_RDWR);
}

function openFifo(path: string, direction: number): number {
  checkPath(path, 'open');
  // Not by node:fs, which would close it once more when a Worker ends.
  const fd = libc.open(path, direction | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) {
    const error = lastError('open', { path });
    // A link says ELOOP and a socket ENXIO, the word for a FIFO without a reader.
    const found = error.code === 'ELOOP' || error.code === 'ENXIO' ? strangerAt(path) : undefined;
    throw found === undefined ? error : refusal(path, found);
  }
  const found = objection(describeDescriptor(fd));
  if (found === undefined) return fd;
  closeDescriptor(fd);
  throw refusal(path, found);
}

function objection({ kind, uid, mode }: DescriptorDescription): string | undefined {
  if (kind !== 'fifo') return `it is no FIFO but ${kind === 'other' ? 'another kind of file' : `a ${kind}`}`;
  if (uid !== currentUid()) return `it belongs to user ${uid}, this is user ${currentUid()}`;
  if ((mode & GROUP_AND_OTHERS) !== 0) return `group or others may use it (mode 0${mode.toString(8)})`;
  return undefined;
}

function strangerAt(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  if (stats === undefined || stats.isFIFO()) return undefined;
  return `it is no FIFO but a ${stats.isSymbolicLink() ? 'symbolic link' : kindOf(stats)}`;
}

function refusal(path: string, found: string): SystemError {
  return new SystemError({
    code: 'EPERM',
    errno: constants.errno.EPERM,
    syscall: 'open',
    path,
    reason: found,
  });
}
