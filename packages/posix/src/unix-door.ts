// A Unix socket for one visitor: a process of this user that is let in, after which listener and name are gone. Whoever made the
// door, and whoever comes to it, takes the name away, so that a kill of either leaves none.
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { closeDescriptor } from './descriptor.ts';
import { watchDescriptor } from './poll.ts';
import type { DescriptorWatch } from './poll.ts';
import { inodeAt, removeName, removeOwnName } from './socket-name.ts';
import { isSystemError, SystemError } from './system-error.ts';
import { acceptUnix, connectUnix, listenUnix, peerCredentials } from './unix-socket.ts';
import { currentUid } from './user.ts';

// Others of this user may come at the same moment, by mistake; one of them is let in.
const BACKLOG = 4;
const LONGEST_RETRY_MS = 50;

/** Who answers a door. */
export interface UnixDoorOptions {
  /**
   * A process of this user has come; the connection does not block. True: it is the visitor, and the connection is the callee's.
   * False: it is not, or has left by now, and the connection is closed. After a throw the connection is the callee's too.
   */
  readonly letIn: (connection: number) => boolean;
  /** The door could not be answered, and is closed; or `letIn` threw. */
  readonly onError: (error: unknown) => void;
}

/** A door at a path, open from the moment it is made until `close`, and answered from the event loop. */
export class UnixDoor {
  readonly #path: string;
  readonly #options: UnixDoorOptions;
  readonly #listener: number;
  readonly #inode: bigint | undefined;
  readonly #watch: DescriptorWatch;
  #isOpen = true;

  /** Throws what `listenUnix` throws, and leaves nothing then. */
  constructor(path: string, options: UnixDoorOptions) {
    this.#path = path;
    this.#options = options;
    this.#listener = listenUnix(path, BACKLOG);
    this.#inode = inodeAt(path);
    try {
      this.#watch = watchDescriptor(this.#listener, () => this.answer());
    } catch (error) {
      closeDescriptor(this.#listener);
      removeName(path, this.#inode);
      throw error;
    }
    this.#watch.update({ readable: true });
  }

  /** Lets in who has come already. */
  answer(): void {
    try {
      while (this.#isOpen) {
        const connection = acceptUnix(this.#listener);
        if (connection < 0) return;
        // Before a byte is read.
        const isOwn = peerCredentials(connection).uid === currentUid();
        if (isOwn && this.#options.letIn(connection)) this.close();
        else closeDescriptor(connection);
      }
    } catch (error) {
      // Nobody can come to a listener that fails, and it would fail again on each turn of the loop.
      this.close();
      this.#options.onError(error);
    }
  }

  /** Nobody is let in any more, and the name is gone. Twice is once. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#watch.close();
    closeDescriptor(this.#listener);
    removeName(this.#path, this.#inode);
  }
}

/**
 * Comes to the door at `path`; the connection does not block. While as many wait there as may, it tries again until `deadline`,
 * a moment of `performance.now()`, and throws EAGAIN then. Throws EPERM where another user listens, else what `connectUnix`
 * throws. The name is removed when the connection was made, and when nobody listens there any more.
 */
export async function enterUnixDoor(path: string, deadline: number): Promise<number> {
  const connection = await connectBefore(path, deadline);
  const { uid } = peerCredentials(connection);
  if (uid === currentUid()) {
    // Here too: who made the door may have been killed before it has answered.
    removeOwnName(path);
    return connection;
  }
  closeDescriptor(connection);
  throw new SystemError({
    code: 'EPERM',
    errno: constants.errno.EPERM,
    syscall: 'connect',
    path,
    reason: `user ${uid} listens there, this is user ${currentUid()}`,
  });
}

async function connectBefore(path: string, deadline: number): Promise<number> {
  for (let retryMs = 1; ; retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS)) {
    try {
      return connectUnix(path);
    } catch (error) {
      // Whoever made the door died before anybody came: nobody else knows the name.
      if (isSystemError(error, 'ECONNREFUSED')) removeOwnName(path);
      if (!isSystemError(error, 'EAGAIN') || performance.now() + retryMs > deadline) throw error;
      // Others wait too. Those who try again must not all come back at the same moment.
      await delay(retryMs * (0.5 + Math.random()));
    }
  }
}
