// The check every path gets before C sees it. A C string ends at its first NUL, so a path that holds one would name
// another file than the caller meant.
import { constants } from 'node:os';
import { SystemError } from './system-error.ts';

/** Throws EINVAL for a path that is empty or holds a NUL. */
export function checkPath(path: string, syscall: string): void {
  if (path !== '' && !path.includes('\0')) return;
  const reason = path === '' ? 'the path is empty' : 'the path holds a NUL character';
  throw new SystemError({
    code: 'EINVAL',
    errno: constants.errno.EINVAL,
    syscall,
    subject: JSON.stringify(path),
    reason,
  });
}
