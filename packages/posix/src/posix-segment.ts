// Shared memory by name, in /dev/shm. It cannot be sealed: a peer that may open it may also cut it short, so it is for
// processes of one user that trust each other. Names outlive processes; whoever makes one unlinks it.
import { constants as fileConstants } from 'node:fs';
import { constants } from 'node:os';
import { closeDescriptor, describeDescriptor } from './descriptor.ts';
import { lastError, libc } from './libc.ts';
import {
  AttachedSegment,
  OwnSegment,
  allocateFile,
  checkAgreedSize,
  checkSize,
  mapDescriptor,
  ownershipObjection,
  refuseSegment,
  type CreatedSegment,
  type Segment,
} from './segment.ts';
import { SystemError } from './system-error.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = fileConstants;
const O_CLOEXEC = 0o2000000;
const PRIVATE_MODE = 0o600;

/** By the errno with which opening it fails. */
const NO_FILES: Readonly<Record<string, string>> = {
  ELOOP: 'a symbolic link',
  EISDIR: 'a directory',
  // The same in the words of glibc; the name is checked by then.
  EINVAL: 'a directory',
  ENXIO: 'a socket',
};

/** Named shared memory at the side that made it. `withdraw` unlinks the name; `close` does too. */
export interface PosixSegment extends CreatedSegment {
  /** What the peer opens the segment by. */
  readonly name: string;
}

/**
 * Makes `bytes` of zeroed memory called `name` ('/name', no further slash), mode 0600. Throws EEXIST when there is one of that
 * name, ENOSPC when /dev/shm has not as much room; nothing is left then.
 */
export function createPosixSegment(name: string, bytes: number): PosixSegment {
  checkName(name);
  checkSize(bytes);
  const fd = libc.shm_open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, PRIVATE_MODE);
  if (fd < 0) throw lastError('shm_open', { path: name });
  try {
    allocateFile(fd, bytes, name);
    return new OwnPosixSegment(mapDescriptor(fd, bytes), name);
  } catch (error) {
    unlinkPosixSegment(name);
    throw error;
  } finally {
    closeDescriptor(fd);
  }
}

/**
 * Maps what another process of this user made with `createPosixSegment(name, bytes)`. Throws ENOENT when there is no such
 * name, EPERM for anything but a private file of this user, EINVAL when its size is another.
 */
export function openPosixSegment(name: string, bytes: number): Segment {
  checkName(name);
  checkSize(bytes);
  const fd = libc.shm_open(name, O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0);
  if (fd < 0) throw refusalToOpen(lastError('shm_open', { path: name }), name);
  try {
    const { kind, uid, mode, size } = describeDescriptor(fd);
    const objection = kind === 'file' ? ownershipObjection(uid, mode) : 'it is no file';
    if (objection !== undefined) throw refuseSegment('EPERM', 'shm_open', name, objection);
    checkAgreedSize(size, bytes, 'shm_open', name);
    return new AttachedSegment(mapDescriptor(fd, bytes));
  } finally {
    closeDescriptor(fd);
  }
}

/** What stands there may be nothing that can be opened so. */
function refusalToOpen(error: SystemError, name: string): SystemError {
  const found = NO_FILES[error.code];
  return found === undefined ? error : refuseSegment('EPERM', 'shm_open', name, `it is no file but ${found}`);
}

/** Takes a name away, of a segment whose maker is gone; false when there is none. Who has attached keeps the memory. */
export function unlinkPosixSegment(name: string): boolean {
  checkName(name);
  if (libc.shm_unlink(name) >= 0) return true;
  const error = lastError('shm_unlink', { path: name });
  if (error.errno === constants.errno.ENOENT) return false;
  throw error;
}

function checkName(name: string): void {
  if (/^\/[^/\0]{1,254}$/.test(name) && name !== '/.' && name !== '/..') return;
  throw new SystemError({
    code: 'EINVAL',
    errno: constants.errno.EINVAL,
    syscall: 'shm_open',
    subject: JSON.stringify(name),
    reason: 'a name is a slash and up to 254 characters without another one',
  });
}

class OwnPosixSegment extends OwnSegment implements PosixSegment {
  readonly name: string;

  constructor(buffer: ArrayBuffer, name: string) {
    super(buffer, () => {
      unlinkPosixSegment(name);
    });
    this.name = name;
  }
}
