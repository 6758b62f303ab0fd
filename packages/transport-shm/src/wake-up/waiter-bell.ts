// Bells that no event loop can wait for: a futex word, a POSIX semaphore, a System V semaphore. The one waiter thread of the
// process waits for them, never a thread of the libuv pool. Word and semaphore lie in a sealed page that peers are handed.
import { step } from '@troupe/core/transport';
import type { TroupeError } from '@troupe/core/transport';
import {
  checkSysvSemaphore,
  createKeyedObject,
  createMemfdSegment,
  createSysvSemaphore,
  initPosixSemaphore,
  openMemfdSegment,
  removeKernelObject,
  ringFutex,
  ringPosixSemaphore,
  ringSysvSemaphore,
  watchRings,
} from '@troupe/posix';
import type { RingTarget } from '@troupe/posix';
import { bellRemoved, removedSemaphore } from './bell-errors.ts';
import type { Bell, BellAddress, BellOptions, Ringer } from './contract.ts';

const PAGE_BYTES = 4096;
// A blocked thread looks that often: the rings are taken by the waiter thread.
const LOOK_MS = 1;

const pause = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** A word in a page of memory, or a semaphore there. */
export function openMemoryBell(wakeUp: 'futex' | 'posix-sem', { onRing }: BellOptions): Bell {
  const page = createMemfdSegment(PAGE_BYTES);
  step('shm.bell.page-made');
  try {
    if (wakeUp === 'posix-sem') initPosixSemaphore(page.buffer, 0);
    const address: BellAddress = { wakeUp, number: 0, descriptors: [page.descriptor] };
    const target: RingTarget = { type: wakeUp, buffer: page.buffer, byteOffset: 0 };
    return bellOf(address, target, onRing, () => page.close());
  } catch (error) {
    page.close();
    throw error;
  }
}

/** A System V semaphore, which outlives its process: the journal of the directory has an entry of it. */
export function openSysvBell({ directory, onRing, onRemoved }: BellOptions): Bell {
  const { object, made } = createKeyedObject(directory, 'sysv-semaphore', (key) => {
    step('shm.bell.key-entered');
    return createSysvSemaphore(key);
  });
  step('shm.bell.key-used');
  const remove = (): void => {
    removeKernelObject(directory, object);
    step('shm.bell.key-freed');
  };
  const address: BellAddress = { wakeUp: 'sysv-sem', number: made, descriptors: [] };
  const onWake = (): void => {
    const removal = removalOf(made);
    if (removal === undefined) onRing();
    else onRemoved(removal);
  };
  try {
    return bellOf(address, { type: 'sysv-sem', id: made }, onWake, remove);
  } catch (error) {
    remove();
    throw error;
  }
}

/** Takes over the descriptor. Throws EPERM for what is no sealed page of this user. */
export function memoryRinger(wakeUp: 'futex' | 'posix-sem', fd: number, close: (fd: number) => void): Ringer {
  const page = openMemfdSegment(fd, PAGE_BYTES);
  const memory = page.buffer;
  page.close();
  close(fd);
  const ring = wakeUp === 'futex' ? ringFutex : ringPosixSemaphore;
  return { ring: () => ring(memory, 0), close: () => undefined };
}

/** Throws EPERM for a semaphore that others may use. */
export function sysvRinger(id: number): Ringer {
  checkSysvSemaphore(id);
  return {
    ring() {
      if (!ringSysvSemaphore(id)) throw removedSemaphore(id);
    },
    close: () => undefined,
  };
}

/** Why nobody can ring the semaphore of this node any more; undefined while they can. The waiter wakes once when it goes. */
function removalOf(id: number): TroupeError | undefined {
  try {
    checkSysvSemaphore(id);
    return undefined;
  } catch (error) {
    return bellRemoved(`the System V semaphore ${id}`, error);
  }
}

function bellOf(address: BellAddress, target: RingTarget, onRing: () => void, remove: () => void): Bell {
  const watch = watchRings(target, onRing);
  return {
    address,
    wait: pauseThread,
    close() {
      watch.close();
      remove();
    },
  };
}

/** Blocks the thread for a moment: for bells that it cannot wait for itself. */
export function pauseThread(timeoutMs: number): void {
  Atomics.wait(pause, 0, 0, Math.min(LOOK_MS, timeoutMs));
}
