// Shared memory without a name: a sealed memfd, handed over as a descriptor. The seals are what makes it safe to read what a
// peer shares: a file that somebody may still cut short kills whoever maps it.
import { constants } from 'node:os';
import { closeDescriptor, control, describeDescriptor } from './descriptor.ts';
import { lastError, libc } from './libc.ts';
import {
  AttachedSegment,
  OwnSegment,
  allocateFile,
  checkAgreedSize,
  checkRoom,
  checkSize,
  mapDescriptor,
  ownershipObjection,
  refuseSegment,
  type CreatedSegment,
  type Segment,
} from './segment.ts';

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const MFD_NOEXEC_SEAL = 8;
const F_ADD_SEALS = 1033;
const F_GET_SEALS = 1034;
const F_SEAL_SEAL = 1;
const F_SEAL_SHRINK = 2;
const F_SEAL_GROW = 4;
const FIXED_SIZE = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW;

/** A sealed memfd at the side that made it. `withdraw` closes the descriptor; `close` does too. */
export interface MemfdSegment extends CreatedSegment {
  /** What the peer opens the segment by, closed on exec. Hand it over, then `withdraw`. */
  readonly descriptor: number;
}

/** Makes `bytes` of zeroed memory of a size that nobody can change any more. Throws ENOMEM when there is not as much. */
export function createMemfdSegment(bytes: number): MemfdSegment {
  checkSize(bytes);
  checkRoom(bytes, 'fallocate');
  const fd = createMemfd();
  try {
    allocateFile(fd, bytes, 'a memfd');
    control(fd, F_ADD_SEALS, FIXED_SIZE);
    return new OwnMemfdSegment(mapDescriptor(fd, bytes), fd);
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
}

/**
 * Maps what another process of this user made with `createMemfdSegment(bytes)`. The descriptor stays the caller's and may be
 * closed right after. Throws EPERM when it is no sealed memfd of this user, EINVAL when its size is another.
 */
export function openMemfdSegment(fd: number, bytes: number): Segment {
  checkSize(bytes);
  const subject = `descriptor ${fd}`;
  const { kind, uid, size } = describeDescriptor(fd);
  // Only a memfd has seals; everything else answers EINVAL.
  const seals = kind === 'file' ? libc.fcntl(fd, F_GET_SEALS, 'int', 0) : -1;
  if (seals < 0) throw refuseSegment('EPERM', 'mmap', subject, 'it is no memfd');
  if ((seals & FIXED_SIZE) !== FIXED_SIZE) {
    throw refuseSegment('EPERM', 'mmap', subject, 'its size is not sealed, it could be cut short under us');
  }
  // Its mode says nothing: only who was given the descriptor reaches it.
  const objection = ownershipObjection(uid, 0);
  if (objection !== undefined) throw refuseSegment('EPERM', 'mmap', subject, objection);
  checkAgreedSize(size, bytes, 'mmap', subject);
  return new AttachedSegment(mapDescriptor(fd, bytes));
}

function createMemfd(): number {
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  const fd = libc.memfd_create('troupe', flags | MFD_NOEXEC_SEAL);
  if (fd >= 0) return fd;
  const error = lastError('memfd_create');
  if (error.errno !== constants.errno.EINVAL) throw error;
  // Linux before 6.3 does not know the flag.
  const older = libc.memfd_create('troupe', flags);
  if (older < 0) throw lastError('memfd_create');
  return older;
}

class OwnMemfdSegment extends OwnSegment implements MemfdSegment {
  readonly descriptor: number;

  constructor(buffer: ArrayBuffer, descriptor: number) {
    super(buffer, () => {
      closeDescriptor(descriptor);
    });
    this.descriptor = descriptor;
  }
}
