// What the kernel refused, in Troupe's words: which limit it was, whose object stood in the way, and what to do.
import { addressInUse, noListener, TroupeError } from '@troupe/core/transport';
import { currentUid, isSystemError } from '@troupe/posix';
import { lstatSync } from 'node:fs';

const NO_MEMORY =
  'there is not as much memory; raise the memory limit of this control group, or lower capacityBytes';

const LIMITS: Readonly<Record<string, string>> = {
  EMFILE: 'this process has all the descriptors it may have; raise RLIMIT_NOFILE (`ulimit -n`)',
  EMSGSIZE:
    'more descriptors came than the three of a lane, or than this process may have; raise RLIMIT_NOFILE (`ulimit -n`)',
  ENFILE: 'the machine has all the descriptors it may have; raise the sysctl fs.file-max',
  ETOOMANYREFS: 'too many descriptors of this user are on their way; raise RLIMIT_NOFILE (`ulimit -n`)',
  ENOSPC:
    'there is no room, for the memory of the ring or for a name; lower capacityBytes or choose another TROUPE_RUNTIME_DIR',
  EDQUOT: 'the disk quota of this user is used up; free some or choose another TROUPE_RUNTIME_DIR',
  EFBIG:
    'this process may not make a file that large; raise RLIMIT_FSIZE (`ulimit -f`) or lower capacityBytes',
  ENOMEM: NO_MEMORY,
  ENOBUFS: NO_MEMORY,
  ENAMETOOLONG: 'the path is too long, a socket takes 107 bytes; choose a shorter TROUPE_RUNTIME_DIR',
};

/** The error for a receiving end that could not be made. */
export function receiveFailure(error: unknown, lane: string, path: string): unknown {
  if (!isSystemError(error)) return error;
  if (error.code === 'EEXIST' || error.code === 'EADDRINUSE') {
    const stranger = strangerAt(path);
    if (stranger === undefined) return addressInUse(lane, path, error);
    return permission(`receive on ${lane}`, `${path} belongs to user ${stranger}`, error);
  }
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
    return new TroupeError(
      'TROUPE_RUNTIME_DIRECTORY',
      `Cannot receive on ${lane}: the directory of ${path} does not exist. It must not be removed while a system runs.`,
      { cause: error, details: { path } },
    );
  }
  return limitOrPermission(error, `receive on ${lane}`, path);
}

/** The error for a sending end that could not be opened. */
export function sendFailure(error: unknown, lane: string, path: string): unknown {
  if (!isSystemError(error)) return error;
  if (isOfTheGone(error) || ['ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'EAGAIN'].includes(error.code)) {
    return noListener(lane, path, error);
  }
  if (error.code === 'EINVAL') return notTheOffered(lane, error.message, error);
  return limitOrPermission(error, `open ${lane} for sending`, path);
}

/** Whether it says no more than that the peer is gone: its socket, or what it had in the kernel and named by number. */
export function isOfTheGone(error: unknown): boolean {
  if (!isSystemError(error)) return false;
  if (['ECONNRESET', 'EPIPE', 'EIDRM'].includes(error.code)) return true;
  return error.code === 'EINVAL' && (error.syscall === 'shmctl' || error.syscall === 'semctl');
}

/** What was handed over is not what the offer said. */
export function notTheOffered(lane: string, reason: string, cause?: unknown): TroupeError {
  return new TroupeError(
    'TROUPE_PROTOCOL_VIOLATION',
    `Cannot open ${lane} for sending: ${reason}. Run the same version of Troupe in every process of a system.`,
    { cause },
  );
}

/** The refusal of an object, or a peer, that is not of this user. */
export function permission(operation: string, reason: string, cause: unknown): TroupeError {
  return new TroupeError(
    'TROUPE_PERMISSION',
    `Refused to ${operation}: ${reason}. Lanes join processes of one user, in a directory that only this user can write.`,
    { cause },
  );
}

function limitOrPermission(
  error: Error & { readonly code: string },
  operation: string,
  path: string,
): unknown {
  const limit = Object.hasOwn(LIMITS, error.code) ? LIMITS[error.code] : undefined;
  if (limit !== undefined) {
    return new TroupeError('TROUPE_LIMIT', `Cannot ${operation} at ${path}: ${limit}.`, {
      cause: error,
      details: { limit: error.code, path },
    });
  }
  if (error.code === 'EPERM' || error.code === 'EACCES') return permission(operation, error.message, error);
  return error;
}

function strangerAt(path: string): number | undefined {
  const owner = lstatSync(path, { throwIfNoEntry: false })?.uid;
  return owner === currentUid() ? undefined : owner;
}
