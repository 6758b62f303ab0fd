// What is said of a bell that somebody has removed in the kernel while its node lives: to the node, and to whoever rings.
import { TroupeError } from '@troupe/core/transport';
import { SystemError } from '@troupe/posix';
import { constants } from 'node:os';

/** For the node itself: it would sleep for ever. `bell` is written as it stands in a sentence. */
export function bellRemoved(bell: string, cause: unknown): TroupeError {
  return new TroupeError(
    'TROUPE_PROTOCOL_VIOLATION',
    `Closed the lanes of this process: ${bell}, by which it is woken, was removed. \`ipcrm\` does that, and systemd when the user ` +
      'logs out: set RemoveIPC=no in logind.conf, run as a system user, or choose another wakeUp.',
    { cause },
  );
}

/** For a peer, to which it may as well mean that the node is gone. */
export function removedSemaphore(id: number): SystemError {
  return new SystemError({
    code: 'EIDRM',
    errno: constants.errno.EIDRM,
    syscall: 'semop',
    subject: `semaphore ${id}`,
    reason: 'it was removed',
  });
}
