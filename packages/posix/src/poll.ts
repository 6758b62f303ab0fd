// Waiting for a descriptor in Node's event loop, through `koffi.node.poll`. It is not documented upstream; this is what its
// source (3.3.4) and experiments say:
// - `poll(fd, { readable, writable, disconnect }, callback)` starts a uv_poll_t at once; all false: created, not started.
//   The handle has `start(options, callback)`, which also changes what is watched, `stop`, `close`, `ref` and `unref`.
// - The callback gets `(status, { readable, writable, disconnect })`; the declared type lacks the status.
// - The handle must stay reachable: when it is collected it closes itself and the callbacks stop without a word.
// - A descriptor epoll refuses (a file, a directory, /dev/null, a closed one) or that this loop watches already aborts the
//   process. Every method aborts or crashes after `close()`. Hence the checks here.
// - The callback is a bare call from C. On Node 26 the ticks and promises it started wait, for seconds if need be, until
//   something else runs JavaScript (20, 22 and 24 run them at the end of the turn); an error it throws surfaces in some
//   later native call. Hence the `setImmediate` below, 0.8 us an event, which runs both before the loop sleeps again.
// - It is level-triggered. POLLERR (a pipe nobody reads) arrives as status EBADF, with no event, once: libuv has stopped
//   then. POLLHUP alone sets every event that was asked for, and on each turn of the loop; with data before it, only
//   `readable`.
// - While Node ends a process it runs the loop once more, with no JavaScript allowed: an event that comes then, on a watch that
//   kept nobody alive, aborts the process. Hence the end of all watches with the event 'exit'.
import { constants } from 'node:os';
import { closeDescriptor } from './descriptor.ts';
import { lastError, libc, loadKoffi } from './libc.ts';
import { SystemError } from './system-error.ts';

const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_EVENT_BYTES = 16;
const FIONREAD = 0x541b;

/** What happened. After a hang-up whatever was watched for is true too: the next read or write tells how it ended. */
export interface DescriptorEvents {
  readonly readable: boolean;
  readonly writable: boolean;
  /** The other side is gone or has ended its stream; what it had sent may still be there to read. */
  readonly hangup: boolean;
}

/** What to watch for. Reading and writing imply `hangup`; alone it waits for nothing but the end of the other side. */
export interface DescriptorInterest {
  readonly readable?: boolean;
  readonly writable?: boolean;
  readonly hangup?: boolean;
}

/** A place in the event loop for one descriptor. It keeps the process alive while it watches for something. */
export interface DescriptorWatch {
  /** Replaces what is watched for; nothing at all stops watching, and the watch can be used again later. */
  update(interest: DescriptorInterest): void;
  /** The watch no longer keeps the process alive. */
  unref(): void;
  /** The watch keeps the process alive again while it watches, as it does at first. */
  ref(): void;
  /** Ends the watch, inside its callback too; close twice is once. The descriptor stays open and may be closed right after. */
  close(): void;
}

interface PollHandle {
  start(events: PollEvents, callback: PollCallback): void;
  stop(): void;
  close(): void;
  ref(): void;
  unref(): void;
}

interface PollEvents {
  readonly readable: boolean;
  readonly writable: boolean;
  readonly disconnect: boolean;
}

type PollCallback = (status: number, events: PollEvents) => void;

const NOTHING: PollEvents = { readable: false, writable: false, disconnect: false };

// What keeps the handles reachable, and what finds a second watch of one descriptor before libuv does.
const openWatches = new Map<number, PolledDescriptor>();
let endsWithProcess = false;

/**
 * A watch of `fd`, which must be closed before `fd` is. It watches for nothing until `update`. One watch a descriptor;
 * throws EEXIST for a second one, EPERM for what cannot be waited for (files), EBADF for a closed descriptor.
 *
 * `callback` is called for as long as what was asked for is the case. A hang-up is told once: in a call with `hangup`, or
 * with `readable` when the end of the stream is all that is left to read; then that event rests until the next `update`.
 * An error it throws is thrown from the event loop as an uncaught exception.
 */
export function watchDescriptor(fd: number, callback: (events: DescriptorEvents) => void): DescriptorWatch {
  if (openWatches.has(fd)) {
    const reason = 'it has a watch already; close that one first';
    const { EEXIST } = constants.errno;
    throw new SystemError({
      code: 'EEXIST',
      errno: EEXIST,
      syscall: 'poll',
      subject: `descriptor ${fd}`,
      reason,
    });
  }
  checkPollable(fd);
  if (!endsWithProcess) {
    endsWithProcess = true;
    process.once('exit', () => {
      for (const open of [...openWatches.values()]) open.close();
    });
  }
  const watch = new PolledDescriptor(fd, callback);
  openWatches.set(fd, watch);
  return watch;
}

class PolledDescriptor implements DescriptorWatch {
  readonly #fd: number;
  readonly #callback: (events: DescriptorEvents) => void;
  readonly #onPoll: PollCallback;
  #handle: PollHandle | undefined;
  #watched: PollEvents = NOTHING;
  #hungUp = false;

  constructor(fd: number, callback: (events: DescriptorEvents) => void) {
    this.#fd = fd;
    this.#callback = callback;
    this.#onPoll = (status, events) => {
      this.#dispatch(status, events);
    };
    this.#handle = startPolling(fd, this.#onPoll);
  }

  update({ readable = false, writable = false, hangup = false }: DescriptorInterest): void {
    if (this.#handle === undefined) return;
    this.#hungUp = false;
    this.#watch({ readable, writable, disconnect: readable || writable || hangup });
  }

  unref(): void {
    this.#handle?.unref();
  }

  ref(): void {
    this.#handle?.ref();
  }

  close(): void {
    if (this.#handle === undefined) return;
    this.#handle.close();
    this.#handle = undefined;
    openWatches.delete(this.#fd);
  }

  #watch(events: PollEvents): void {
    const before = this.#watched;
    this.#watched = events;
    if (!events.readable && !events.writable && !events.disconnect) {
      this.#handle?.stop();
    } else if (
      events.readable !== before.readable ||
      events.writable !== before.writable ||
      events.disconnect !== before.disconnect
    ) {
      this.#handle?.start(events, this.#onPoll);
    }
  }

  #dispatch(status: number, events: PollEvents): void {
    const { readable, writable } = this.#watched;
    if (status < 0) {
      this.#hungUp = true;
      this.#watch(NOTHING);
      this.#call({ readable, writable, hangup: true });
      return;
    }
    if (events.disconnect) this.#hungUp = true;
    if (this.#hungUp) {
      // Rest what would be true on every turn from now on. A reader keeps its event while bytes are left before the end.
      const bytesLeft = readable && bytesToRead(this.#fd) > 0;
      this.#watch({ readable: bytesLeft, writable, disconnect: false });
    }
    this.#call({ readable: events.readable, writable: events.writable, hangup: this.#hungUp });
  }

  #call(events: DescriptorEvents): void {
    settleTurn();
    try {
      this.#callback(events);
    } catch (error) {
      setImmediate(() => {
        throw error;
      });
    }
  }
}

let turnIsSettled = false;

// What runs after an immediate is what the callbacks of this turn left: one for all of them.
function settleTurn(): void {
  if (turnIsSettled) return;
  turnIsSettled = true;
  setImmediate(() => {
    turnIsSettled = false;
  });
}

function startPolling(fd: number, onPoll: PollCallback): PollHandle {
  const poll = loadKoffi().node.poll as unknown as (
    fd: number,
    events: PollEvents,
    callback: PollCallback,
  ) => PollHandle;
  return poll(fd, NOTHING, onPoll);
}

function bytesToRead(fd: number): number {
  const count = new Int32Array(1);
  return libc.ioctl(fd, FIONREAD, 'void *', count) < 0 ? 0 : (count[0] ?? 0);
}

// What epoll says to this descriptor, learnt on an epoll of our own, where a refusal is an error and no abort.
function checkPollable(fd: number): void {
  const epoll = libc.epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) throw lastError('epoll_create1');
  try {
    const refused = libc.epoll_ctl(epoll, EPOLL_CTL_ADD, fd, new Uint8Array(EPOLL_EVENT_BYTES)) < 0;
    if (refused) throw lastError('epoll_ctl', { subject: `descriptor ${fd}` });
  } finally {
    closeDescriptor(epoll);
  }
}
