// System V shared memory, found by a number. It is marked for removal the moment it exists: Linux still lets others attach by
// the number while somebody is attached, and the kernel frees it with the last of them, however they ended.
import { constants } from 'node:os';
import { lastErrno, lastError, libc } from './libc.ts';
import {
  AttachedSegment,
  MAPPING_FAILED,
  OwnSegment,
  checkAgreedSize,
  checkRoom,
  checkSize,
  ownershipObjection,
  refuseSegment,
  viewMapping,
  type CreatedSegment,
  type Segment,
} from './segment.ts';

const IPC_PRIVATE = 0;
const IPC_CREAT = 0o1000;
const IPC_EXCL = 0o2000;
const IPC_RMID = 0;
const IPC_STAT = 2;
const IPC_INFO = 3;
const SHM_INFO = 14;
const PRIVATE_MODE = 0o600;
const MADV_POPULATE_WRITE = 23;
const PAGE_BYTES = 4096;

// struct shmid_ds of 64-bit Linux, where a C long has 8 bytes.
const DESCRIPTION_BYTES = 112;
const OWNER_OFFSET = 4;
const CREATOR_OFFSET = 12;
const MODE_OFFSET = 20;
const SIZE_OFFSET = 48;

// struct shminfo and struct shm_info of the same.
const LIMITS_BYTES = 72;
const MOST_SEGMENTS_OFFSET = 16;
const USAGE_BYTES = 48;
const SEGMENTS_OFFSET = 0;

/** System V shared memory at the side that made it. It is removed already: `withdraw` has nothing left to do. */
export interface SysvSegment extends CreatedSegment {
  /** What the peer opens the segment by, for as long as this side has not closed it. */
  readonly id: number;
}

/**
 * Makes `bytes` of zeroed memory that only this user can attach to. With a `key` it can be found again until it is marked, by
 * whoever cleans up behind a process that was killed in that moment. Throws ENOSPC beyond the limits of the system (shmall,
 * shmmni), EINVAL beyond that of one segment (shmmax), ENOMEM when there is not as much memory, EEXIST when the key is taken;
 * nothing is left then.
 */
export function createSysvSegment(bytes: number, key: number = IPC_PRIVATE): SysvSegment {
  checkSize(bytes);
  checkRoom(bytes, 'shmget');
  const subject = `${bytes} bytes`;
  const id = libc.shmget(key, bytes, IPC_CREAT | IPC_EXCL | PRIVATE_MODE);
  if (id < 0) throw lastError('shmget', { subject });
  let address: bigint;
  try {
    address = attach(id);
  } finally {
    libc.shmctl(id, IPC_RMID, null);
  }
  try {
    populate(address, bytes);
  } catch (error) {
    libc.shmdt(address);
    throw error;
  }
  return new OwnSysvSegment(viewAttached(address, bytes), id);
}

/**
 * Attaches to what another process of this user made with `createSysvSegment(bytes)` and has still open. Throws EINVAL or
 * EIDRM when there is no such segment, EPERM when it is another user's or not private, EINVAL when its size is another.
 */
export function openSysvSegment(id: number, bytes: number): Segment {
  checkSize(bytes);
  const subject = `segment ${id}`;
  const description = new Uint8Array(DESCRIPTION_BYTES);
  if (libc.shmctl(id, IPC_STAT, description) < 0) throw lastError('shmctl', { subject });
  const fields = new DataView(description.buffer);
  const uid = fields.getUint32(OWNER_OFFSET, true);
  const creator = fields.getUint32(CREATOR_OFFSET, true);
  const mode = fields.getUint16(MODE_OFFSET, true) & 0o777;
  const objection = ownershipObjection(uid, mode) ?? ownershipObjection(creator, mode);
  if (objection !== undefined) throw refuseSegment('EPERM', 'shmat', subject, objection);
  const size = Number(fields.getBigUint64(SIZE_OFFSET, true));
  checkAgreedSize(size, bytes, 'shmat', subject);
  return new AttachedSegment(viewAttached(attach(id), bytes));
}

/** Whether the system has as many segments as it may (kernel.shmmni): what ENOSPC means then, and not shmall. */
export function sysvSegmentsAreUsedUp(): boolean {
  const limits = new DataView(new ArrayBuffer(LIMITS_BYTES));
  const usage = new DataView(new ArrayBuffer(USAGE_BYTES));
  if (libc.shmctl(0, IPC_INFO, new Uint8Array(limits.buffer)) < 0) return false;
  if (libc.shmctl(0, SHM_INFO, new Uint8Array(usage.buffer)) < 0) return false;
  return BigInt(usage.getInt32(SEGMENTS_OFFSET, true)) >= limits.getBigUint64(MOST_SEGMENTS_OFFSET, true);
}

function attach(id: number): bigint {
  const address = libc.shmat(id, null, 0);
  if (address === MAPPING_FAILED) throw lastError('shmat', { subject: `segment ${id}` });
  return address;
}

// Asks for every page now, while a refusal is an error and not a signal.
function populate(address: bigint, bytes: number): void {
  const rounded = Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
  for (;;) {
    if (libc.madvise(address, rounded, MADV_POPULATE_WRITE) >= 0) return;
    const errno = lastErrno();
    // Linux before 5.14 does not know the advice. What it reserved at shmget has to do there.
    if (errno === constants.errno.EINVAL) return;
    if (errno !== constants.errno.EAGAIN && errno !== constants.errno.EINTR) {
      throw lastError('madvise', { subject: `${bytes} bytes of shared memory` });
    }
  }
}

function viewAttached(address: bigint, bytes: number): ArrayBuffer {
  return viewMapping(address, bytes, () => {
    libc.shmdt(address);
  });
}

class OwnSysvSegment extends OwnSegment implements SysvSegment {
  readonly id: number;

  constructor(buffer: ArrayBuffer, id: number) {
    super(buffer, () => undefined);
    this.id = id;
  }
}
