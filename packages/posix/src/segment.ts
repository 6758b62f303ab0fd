// What every kind of shared memory is to JavaScript, and the rule that makes it safe: a mapping is removed when nothing can
// reach its buffer any more, never earlier. How a segment comes to be stands in the three files named after the kinds.
import { constants } from 'node:os';
import { lastError, libc, memoryAt } from './libc.ts';
import { SystemError } from './system-error.ts';
import { currentUid } from './user.ts';

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const GROUP_AND_OTHERS = 0o077;

/** What mmap and shmat return instead of an address: -1. */
export const MAPPING_FAILED = 0xffff_ffff_ffff_ffffn;

/**
 * Memory that other processes may map too. `Atomics` on its buffer are exact across processes; `Atomics.wait` does not work
 * there. Pass the buffer to no `transfer()` of JavaScript: the memory would go with the object it was taken from.
 */
export interface Segment {
  /** Length in bytes. */
  readonly bytes: number;
  /** The memory itself. Throws a `TypeError` after `close`. */
  readonly buffer: ArrayBuffer;
  /**
   * Gives up the buffer, and whatever else this side holds (a name, a descriptor). Views that are still held stay readable:
   * the mapping goes when the garbage collector has taken the last of them. Close twice is once.
   */
  close(): void;
}

/** A segment at the side that made it. */
export interface CreatedSegment extends Segment {
  /** Nobody can attach from now on by what was handed over; whoever has attached keeps the memory. Twice is once. */
  withdraw(): void;
}

// Node 20 has no way to detach such a buffer (structuredClone with a transfer list copies it and leaves it whole); 22, 24 and
// 26 refuse the transfer list with a DataCloneError, yet detach it by ArrayBuffer.prototype.transfer. What is left for all of
// them is the collector: a typed array, a DataView or a Buffer keeps its ArrayBuffer, and so its mapping. In a Worker that
// ends no finalizer runs: the mapping then stays until the process ends.
const mappings = new FinalizationRegistry<() => void>((unmap) => {
  unmap();
});

/** A segment at the side that attached to it. */
export class AttachedSegment implements Segment {
  readonly bytes: number;
  #buffer: ArrayBuffer | undefined;

  constructor(buffer: ArrayBuffer) {
    this.bytes = buffer.byteLength;
    this.#buffer = buffer;
  }

  get buffer(): ArrayBuffer {
    if (this.#buffer === undefined) throw new TypeError('The segment is closed: its buffer was given up');
    return this.#buffer;
  }

  close(): void {
    this.#buffer = undefined;
  }
}

/** A segment at the side that made it; `withdraw` of the kind is called at most once. */
export class OwnSegment extends AttachedSegment implements CreatedSegment {
  #giveUp: (() => void) | undefined;

  constructor(buffer: ArrayBuffer, giveUp: () => void) {
    super(buffer);
    this.#giveUp = giveUp;
  }

  withdraw(): void {
    const giveUp = this.#giveUp;
    this.#giveUp = undefined;
    giveUp?.();
  }

  override close(): void {
    super.close();
    this.withdraw();
  }
}

/** The buffer over a mapping at `address`; `unmap` runs once nothing reaches it. */
export function viewMapping(address: bigint, bytes: number, unmap: () => void): ArrayBuffer {
  const buffer = memoryAt(address, bytes);
  mappings.register(buffer, unmap);
  return buffer;
}

/** Maps all of the file behind `fd`, shared, to read and to write. The descriptor is not needed afterwards. */
export function mapDescriptor(fd: number, bytes: number): ArrayBuffer {
  const address = libc.mmap(null, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (address === MAPPING_FAILED) throw lastError('mmap', { subject: `${bytes} bytes of descriptor ${fd}` });
  return viewMapping(address, bytes, () => {
    libc.munmap(address, bytes);
  });
}

/** Reserves `bytes` behind the empty file `fd` for real: a sparse file faults where a full file system could refuse. */
export function allocateFile(fd: number, bytes: number, subject: string): void {
  while (libc.fallocate(fd, 0, 0, bytes) < 0) {
    const error = lastError('fallocate', { subject: `${bytes} bytes for ${subject}` });
    if (error.errno !== constants.errno.EINTR) throw error;
  }
}

/** Throws a `RangeError` for anything but a whole number of bytes above 0. */
export function checkSize(bytes: number): void {
  if (Number.isSafeInteger(bytes) && bytes > 0) return;
  throw new RangeError(`A segment has a whole number of bytes above 0, not ${bytes}`);
}

/**
 * Throws ENOMEM for more than this process can have at the moment, its control group considered. The kernel would not: what
 * is not in a file system of its own is reserved until memory runs out, and then some process is killed for it.
 */
export function checkRoom(bytes: number, syscall: string): void {
  const available = process.availableMemory();
  // 0: it is not known, as when no descriptor is left to read it by. What comes next says what is wrong.
  if (available === 0 || bytes < available) return;
  throw new SystemError({
    code: 'ENOMEM',
    errno: constants.errno.ENOMEM,
    syscall,
    subject: `${bytes} bytes`,
    reason: `${available} bytes of memory are available; use a smaller segment`,
  });
}

/** The error for a segment that is not what was agreed on, in the words of the call that would have attached it. */
export function refuseSegment(
  code: 'EPERM' | 'EINVAL',
  syscall: string,
  subject: string,
  reason: string,
): SystemError {
  return new SystemError({ code, errno: constants.errno[code], syscall, subject, reason });
}

/** Throws EINVAL, in the words of the call that would have attached it, for a segment of another size than was agreed on. */
export function checkAgreedSize(size: number, bytes: number, syscall: string, subject: string): void {
  if (size === bytes) return;
  throw refuseSegment('EINVAL', syscall, subject, `it has ${size} bytes, ${bytes} were agreed on`);
}

/** The first thing wrong with an object that only this user should be able to use, in words; undefined when nothing is. */
export function ownershipObjection(uid: number, mode: number): string | undefined {
  const user = currentUid();
  if (uid !== user) return `it belongs to user ${uid}, this is user ${user}`;
  if ((mode & GROUP_AND_OTHERS) !== 0) return `group or others may use it (mode 0${mode.toString(8)})`;
  return undefined;
}
