// What the kernel refused, in Troupe's words: which limit it was, whose object stood in the way, and what to do. Limits of the
// queues themselves are told by queue-limit.ts.
import { addressInUse, noListener, TroupeError } from '@troupe/core/transport';
import { currentUid, isSystemError } from '@troupe/posix';
import { lstatSync } from 'node:fs';

const LIMITS: Readonly<Record<string, string>> = {
  EMFILE: 'this process has all the descriptors it may have; raise RLIMIT_NOFILE (`ulimit -n`)',
  ENFILE: 'the machine has all the descriptors it may have; raise the sysctl fs.file-max',
  ENOSPC: 'the file system is full, in bytes or in inodes; free some or choose another TROUPE_RUNTIME_DIR',
  EDQUOT: 'the disk quota of this user is used up; free some or choose another TROUPE_RUNTIME_DIR',
  ETOOMANYREFS: 'too many descriptors of this user are on their way; raise RLIMIT_NOFILE (`ulimit -n`)',
  ENOMEM: 'the kernel has no memory for it; raise the memory limit of this control group',
  ENOBUFS: 'the kernel has no memory for it; raise the memory limit of this control group',
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
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return directoryGone(lane, path, error);
  return limitOrPermission(error, `receive on ${lane}`, path);
}

/** The error for a sending end that could not be opened. */
export function sendFailure(error: unknown, lane: string, path: string): unknown {
  if (!isSystemError(error)) return error;
  if (['ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'ECONNRESET', 'EAGAIN', 'EIDRM', 'EINVAL'].includes(error.code)) {
    return noListener(lane, path, error);
  }
  return limitOrPermission(error, `open ${lane} for sending`, path);
}

/** The refusal of an object, or a peer, that is not of this user. */
export function permission(operation: string, reason: string, cause: unknown): TroupeError {
  return new TroupeError(
    'TROUPE_PERMISSION',
    `Refused to ${operation}: ${reason}. Lanes join processes of one user, through queues that only this user can open.`,
    { cause },
  );
}

export function directoryGone(lane: string, path: string, cause: unknown): TroupeError {
  return new TroupeError(
    'TROUPE_RUNTIME_DIRECTORY',
    `Cannot receive on ${lane}: the directory of ${path} does not exist. It must not be removed while a system runs.`,
    { cause, details: { path } },
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
