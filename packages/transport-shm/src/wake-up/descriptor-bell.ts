// Bells that the event loop itself waits for: an eventfd, a FIFO, and the signalfd of a real-time signal. No thread is needed,
// and a blocked process can wait for them as well.
import { step } from '@troupe/core/transport';
import {
  checkEventDescriptor,
  clearEventDescriptor,
  clearSignalDescriptor,
  closeDescriptor,
  createEventDescriptor,
  createFifo,
  createSignalBell,
  describeDescriptor,
  openFifoForBoth,
  randomName,
  readDescriptor,
  ringEventDescriptor,
  ringThread,
  setNonBlocking,
  SystemError,
  waitDescriptor,
  watchDescriptor,
  writeDescriptor,
} from '@troupe/posix';
import { unlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Bell, BellAddress, BellOptions, Ringer } from './contract.ts';

const NAME_BYTES = 8;
// Sent to ask whether one could be sent.
const NO_SIGNAL = 0;
// Until the kernel keeps signals of this user again.
const AGAIN_MS = 5;
const ONE = Uint8Array.of(1);
const taken = new Uint8Array(4096);

/** An eventfd that peers are handed. */
export function openEventBell({ onRing }: BellOptions): Bell {
  const fd = createEventDescriptor();
  return bellOf(fd, { wakeUp: 'eventfd', number: 0, descriptors: [fd] }, clearEventDescriptor, onRing, () => {
    closeDescriptor(fd);
  });
}

/** A FIFO that has a name until it is open; peers are handed the descriptor. */
export function openFifoBell({ directory, onRing }: BellOptions): Bell {
  const path = join(directory, `bell-${randomName(NAME_BYTES)}.fifo`);
  createFifo(path);
  step('shm.bell.fifo-named');
  let fd: number;
  try {
    fd = openFifoForBoth(path);
  } finally {
    unlinkSync(path);
  }
  return bellOf(fd, { wakeUp: 'fifo', number: 0, descriptors: [fd] }, clearFifo, onRing, () => {
    closeDescriptor(fd);
  });
}

/** A real-time signal to this very thread, which never runs a handler; peers are handed a pidfd of the thread. */
export function openSignalBell({ onRing }: BellOptions): Bell {
  const bell = createSignalBell();
  step('shm.bell.signal-taken');
  const address: BellAddress = { wakeUp: 'signal', number: bell.signal, descriptors: [bell.thread] };
  return bellOf(bell.descriptor, address, clearSignalDescriptor, onRing, () => bell.close());
}

/** Takes over the descriptor, as do those below, unless it throws: EPERM for what is no eventfd. */
export function eventRinger(fd: number): Ringer {
  checkEventDescriptor(fd);
  return { ring: () => ringEventDescriptor(fd), close: () => closeDescriptor(fd) };
}

/** Throws EPERM for what is no FIFO. */
export function fifoRinger(fd: number): Ringer {
  if (describeDescriptor(fd).kind !== 'fifo') throw notABell('fifo', fd);
  setNonBlocking(fd);
  return {
    // Full is rung, and so is every byte before it.
    ring: () => void writeDescriptor(fd, ONE, 0, ONE.length),
    close: () => closeDescriptor(fd),
  };
}

/** Throws EPERM or EBADF for what is no thread of this user. */
export function signalRinger(thread: number, signal: number): Ringer {
  ringThread(thread, NO_SIGNAL);
  let again: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearInterval(again);
    again = undefined;
  };
  const ring = (): void => {
    if (ringThread(thread, signal) !== 'refused') stop();
    // No reason for this process to live: its end wakes the other as well.
    else again ??= setInterval(ringAgain, AGAIN_MS).unref();
  };
  const ringAgain = (): void => {
    try {
      ring();
    } catch {
      // The next ring says what is wrong.
      stop();
    }
  };
  return {
    ring,
    close() {
      stop();
      closeDescriptor(thread);
    },
  };
}

function bellOf(
  fd: number,
  address: BellAddress,
  clear: (fd: number) => unknown,
  onRing: () => void,
  close: () => void,
): Bell {
  let watch: ReturnType<typeof watchDescriptor>;
  try {
    watch = watchDescriptor(fd, () => {
      clear(fd);
      onRing();
    });
  } catch (error) {
    close();
    throw error;
  }
  watch.update({ readable: true });
  watch.unref();
  return {
    address,
    wait(timeoutMs) {
      if (waitDescriptor(fd, 'readable', timeoutMs)) clear(fd);
    },
    close() {
      watch.close();
      close();
    },
  };
}

function notABell(wakeUp: string, fd: number): SystemError {
  const { errno } = constants;
  const subject = `descriptor ${fd}`;
  return new SystemError({
    code: 'EPERM',
    errno: errno.EPERM,
    syscall: 'fstat',
    subject,
    reason: `it is no ${wakeUp}`,
  });
}

function clearFifo(fd: number): void {
  while (readDescriptor(fd, taken, 0, taken.length) === taken.length);
}
