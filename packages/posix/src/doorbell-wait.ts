// What a thread that only waits can wait for: words and semaphores, alone or together. Each takes the rings it reports, so that
// one that comes later is reported again. Blocking calls; nothing here knows of threads or event loops.
import { constants } from 'node:os';
import { futexWait } from './futex.ts';
import { lastErrno, lastError, libc, memoryAt, syscallNumbers } from './libc.ts';
import { POSIX_SEMAPHORE_BYTES, clearPosixSemaphore, waitPosixSemaphore } from './posix-semaphore.ts';
import { clearSysvSemaphore, waitSysvSemaphore } from './sysv-semaphore.ts';
import { monotonicDeadlineBytes } from './wait-time.ts';
import type { DoorbellTarget } from './waiter-control.ts';

const { EAGAIN, EINTR, EPERM, ENOSYS, ETIMEDOUT } = constants.errno;

const CLOCK_MONOTONIC = 1;
const FUTEX2_SIZE_U32 = 2;
const WAITER_BYTES = 24;

/** Most words one call waits for: the kernel takes 128, one of them is the waiter's own. */
export const WORDS_PER_WAIT = 127;

/** Something that can be rung and waited for. */
export interface RingSource {
  /** Takes the rings that are there; whether there was one. */
  take(): boolean;
  /** Blocks until there may be one, for at most `timeoutMs`. Takes it: whether there was one. */
  wait(timeoutMs: number): boolean;
}

/** The source behind what the owner of the memory named. */
export function openDoorbell(target: DoorbellTarget): RingSource {
  if (target.type === 'futex') return new FutexSource(target.address, target.seen);
  if (target.type === 'posix-sem') return new PosixSemaphoreSource(target.address);
  return new SysvSemaphoreSource(target.id);
}

/** A word, rung by changing it. */
export class FutexSource implements RingSource {
  readonly address: bigint;
  readonly #word: Int32Array<ArrayBuffer>;
  #seen: number;

  /** `word` is the view of it that the caller has already, if any. */
  constructor(
    address: bigint,
    seen: number,
    word = new Int32Array(memoryAt(address, Int32Array.BYTES_PER_ELEMENT)),
  ) {
    this.address = address;
    this.#word = word;
    this.#seen = seen;
  }

  /** The value that was there when rings were last taken. */
  get seen(): number {
    return this.#seen;
  }

  take(): boolean {
    const value = Atomics.load(this.#word, 0);
    const isRung = value !== this.#seen;
    this.#seen = value;
    return isRung;
  }

  wait(timeoutMs: number): boolean {
    futexWait(this.#word.buffer, 0, this.#seen, timeoutMs);
    return this.take();
  }
}

/** Several words in one wait: futex_waitv, which Linux has since 5.16. */
export class FutexWaitList {
  readonly #sources: readonly FutexSource[];
  readonly #waiters: DataView<ArrayBuffer>;
  readonly #bytes: Uint8Array;

  constructor(sources: readonly FutexSource[]) {
    this.#sources = sources;
    this.#waiters = new DataView(new ArrayBuffer(sources.length * WAITER_BYTES));
    this.#bytes = new Uint8Array(this.#waiters.buffer);
    for (const [index, { address }] of sources.entries()) {
      this.#waiters.setBigUint64(index * WAITER_BYTES + 8, address, true);
      this.#waiters.setUint32(index * WAITER_BYTES + 16, FUTEX2_SIZE_U32, true);
    }
  }

  /** Blocks until one of the words is another than its source has seen, for at most `timeoutMs`. Takes no ring. */
  wait(timeoutMs: number): void {
    for (const [index, { seen }] of this.#sources.entries()) {
      this.#waiters.setBigUint64(index * WAITER_BYTES, BigInt(seen >>> 0), true);
    }
    const count = this.#sources.length;
    const deadline = monotonicDeadlineBytes(timeoutMs);
    const number = syscallNumbers().futexWaitv;
    if (libc.futex_waitv(number, this.#bytes, count, 0, deadline, CLOCK_MONOTONIC) >= 0) return;
    const errno = lastErrno();
    if (errno === EAGAIN || errno === EINTR || errno === ETIMEDOUT) return;
    throw lastError('futex_waitv', { subject: `${count} words` });
  }
}

/** Whether this system waits for several words at once. */
export function canWaitForWords(): boolean {
  const nothing = new Uint8Array(WAITER_BYTES);
  // No waiters at all are refused by whoever has the call, with EINVAL.
  libc.futex_waitv(syscallNumbers().futexWaitv, nothing, 0, 0, monotonicDeadlineBytes(0), CLOCK_MONOTONIC);
  const errno = lastErrno();
  return errno !== ENOSYS && errno !== EPERM;
}

class PosixSemaphoreSource implements RingSource {
  readonly #memory: ArrayBuffer;

  constructor(address: bigint) {
    this.#memory = memoryAt(address, POSIX_SEMAPHORE_BYTES);
  }

  take(): boolean {
    return clearPosixSemaphore(this.#memory, 0);
  }

  wait(timeoutMs: number): boolean {
    if (!waitPosixSemaphore(this.#memory, 0, timeoutMs)) return false;
    this.take();
    return true;
  }
}

class SysvSemaphoreSource implements RingSource {
  readonly #id: number;

  constructor(id: number) {
    this.#id = id;
  }

  take(): boolean {
    return this.wait(0);
  }

  wait(timeoutMs: number): boolean {
    if (!waitSysvSemaphore(this.#id, timeoutMs)) return false;
    clearSysvSemaphore(this.#id);
    return true;
  }
}
