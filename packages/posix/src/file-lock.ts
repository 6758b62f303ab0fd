// A lock that proves life: it is held exactly as long as some descriptor of the same opening is open, so the kernel lets go
// of it the moment its holder is killed, even while the holder is a zombie that nobody has waited for.
import { constants } from 'node:os';
import { lastErrno, lastError, libc } from './libc.ts';

const { EINTR, EWOULDBLOCK } = constants.errno;

const LOCK_EX = 2;
const LOCK_NB = 4;

/**
 * Takes the exclusive flock(2) of the file behind `fd`, without waiting; false when another holds it. It is released with
 * the last descriptor of this opening: duplicates and inherited copies keep it, closing some other opening of the same file
 * does not touch it.
 */
export function lockFile(fd: number): boolean {
  while (libc.flock(fd, LOCK_EX | LOCK_NB) < 0) {
    const errno = lastErrno();
    if (errno === EWOULDBLOCK) return false;
    if (errno !== EINTR) throw lastError('flock', { subject: `descriptor ${fd}` });
  }
  return true;
}
