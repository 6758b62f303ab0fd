// A wake-up by a real-time signal that runs no handler: it is blocked in the thread that waits, sent to that thread alone and
// read from a signalfd in its event loop. Nobody's handler is disturbed, and a signal that comes late, or again, kills nobody:
// the thread never unblocks it. Whom it is for is told by a pidfd of the thread, so that a number used again is never hit.
import { constants } from 'node:os';
import { closeDescriptor } from './descriptor.ts';
import { lastErrno, lastError, libc, syscallNumbers } from './libc.ts';
import { SystemError } from './system-error.ts';

const { EAGAIN, EINTR, EINVAL, ESRCH } = constants.errno;

const SIG_BLOCK = 0;
const SIGNAL_SET_BYTES = 128;
const SIGNAL_INFO_BYTES = 128;
const SFD_NONBLOCK = 0o4000;
const SFD_CLOEXEC = 0o2000000;
const PIDFD_THREAD = 0o200;

// Behind those that C libraries keep for themselves.
const FIRST_SIGNAL = 36;
const LAST_SIGNAL = 64;

/** A signal that this thread can be woken by. All descriptors are closed on exec; `close` closes them. */
export interface SignalBell {
  /** The number of the signal. */
  readonly signal: number;
  /** Readable while the signal is pending. */
  readonly descriptor: number;
  /** What `ringThread` needs, to be handed to whoever rings. */
  readonly thread: number;
  close(): void;
}

// Numbers that were closed: they stay blocked, and a late signal to one is a ring of its next owner, who looks in vain.
const released: number[] = [];
const information = new Uint8Array(SIGNAL_INFO_BYTES);

/**
 * Blocks a real-time signal in the calling thread, for the rest of its life, and opens what it is read from. Throws EINVAL
 * before Linux 6.9, which cannot send a signal to one thread by descriptor; EAGAIN when all 29 signals are taken, or when the
 * user may have no more signals waiting (RLIMIT_SIGPENDING).
 */
export function createSignalBell(): SignalBell {
  const thread = libc.pidfd_open(syscallNumbers().pidfdOpen, libc.gettid(), PIDFD_THREAD);
  if (thread < 0) {
    if (lastErrno() !== EINVAL) throw lastError('pidfd_open', { subject: 'this thread' });
    const reason = 'signals to one thread by its descriptor need Linux 6.9';
    throw new SystemError({ code: 'EINVAL', errno: EINVAL, syscall: 'pidfd_open', reason });
  }
  const bell = openBell(thread);
  try {
    tryRing(bell);
  } catch (error) {
    bell.close();
    throw error;
  }
  return bell;
}

/** Takes over `thread`, and closes it when it throws. */
function openBell(thread: number): SignalBell {
  try {
    const signal = released.pop() ?? blockUnused();
    const descriptor = libc.signalfd(-1, setOf(signal), SFD_NONBLOCK | SFD_CLOEXEC);
    if (descriptor < 0) {
      const error = lastError('signalfd');
      released.push(signal);
      throw error;
    }
    return new OpenSignalBell(signal, descriptor, thread);
  } catch (error) {
    closeDescriptor(thread);
    throw error;
  }
}

// One that cannot be rung now would leave its thread asleep later.
function tryRing({ thread, signal, descriptor }: SignalBell): void {
  if (ringThread(thread, signal) === 'refused') {
    const reason = 'this user has as many signals waiting as it may';
    throw new SystemError({ code: 'EAGAIN', errno: EAGAIN, syscall: 'pidfd_send_signal', reason });
  }
  clearSignalDescriptor(descriptor);
}

/** Takes all signals that are there; false when there was none. Look at the lanes after this, not before. */
export function clearSignalDescriptor(fd: number): boolean {
  for (let isRung = false; ;) {
    if (libc.read(fd, information, SIGNAL_INFO_BYTES) >= 0) isRung = true;
    else if (lastErrno() === EAGAIN) return isRung;
    else if (lastErrno() !== EINTR) throw lastError('read', { subject: `descriptor ${fd}` });
  }
}

/** What became of a ring: the thread has it, it has ended, or the kernel keeps no more signals of its user at the moment. */
export type ThreadRing = 'rung' | 'gone' | 'refused';

/**
 * Sends `signal` to the thread behind `thread`, a `SignalBell`'s. It never waits. What was refused is lost, unless it is sent
 * again: RLIMIT_SIGPENDING counts what waits anywhere for the user, and says nothing of this thread.
 */
export function ringThread(thread: number, signal: number): ThreadRing {
  if (libc.pidfd_send_signal(syscallNumbers().pidfdSendSignal, thread, signal, null, 0) >= 0) return 'rung';
  const errno = lastErrno();
  if (errno === ESRCH) return 'gone';
  if (errno === EAGAIN) return 'refused';
  throw lastError('pidfd_send_signal', { subject: `descriptor ${thread}` });
}

class OpenSignalBell implements SignalBell {
  readonly signal: number;
  readonly descriptor: number;
  readonly thread: number;
  #isClosed = false;

  constructor(signal: number, descriptor: number, thread: number) {
    this.signal = signal;
    this.descriptor = descriptor;
    this.thread = thread;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeDescriptor(this.descriptor);
    closeDescriptor(this.thread);
    released.push(this.signal);
  }
}

// One that is blocked already has another owner, perhaps another copy of this code.
function blockUnused(): number {
  const blocked = new Uint8Array(SIGNAL_SET_BYTES);
  libc.pthread_sigmask(SIG_BLOCK, null, blocked);
  for (let signal = FIRST_SIGNAL; signal <= LAST_SIGNAL; signal += 1) {
    const bit = setOf(signal);
    if (bit.some((byte, index) => (byte & (blocked[index] ?? 0)) !== 0)) continue;
    libc.pthread_sigmask(SIG_BLOCK, bit, null);
    return signal;
  }
  throw new SystemError({
    code: 'EAGAIN',
    errno: EAGAIN,
    syscall: 'pthread_sigmask',
    reason: `all real-time signals from ${FIRST_SIGNAL} to ${LAST_SIGNAL} are taken`,
  });
}

function setOf(signal: number): Uint8Array {
  const set = new Uint8Array(SIGNAL_SET_BYTES);
  set[(signal - 1) >> 3] = 1 << ((signal - 1) & 7);
  return set;
}
