// What the kernel refused when a lane was made, in Troupe's words: which limit it was, whose object stood in the way, and what to
// do. A transport adds what its own kernel objects may meet.
import { lstatSync } from 'node:fs';
import { TroupeError } from '../errors.ts';
import { addressInUse, noListener } from './lane-errors.ts';
import { commonLimit, limitMet } from './limits.ts';
import type { Limit } from './limits.ts';

const NOBODY_RECEIVES = ['ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'EAGAIN'];

/** An error of a system call, as `SystemError` is one. */
export interface KernelError extends Error {
  /** Name of the errno: 'ENOSPC'. */
  readonly code: string;
  /** The call: 'connect'. */
  readonly syscall: string;
}

/** What a transport knows of its own kernel objects. */
export interface LaneFailureWords {
  /** The limit an error speaks of; undefined for those that all lanes share, and for what is no limit. */
  readonly limit?: (error: KernelError) => Limit | undefined;
  /** Errnos that say at the sender that the receiver is gone, beside those of a path. */
  readonly gone?: readonly string[];
}

/** Says in Troupe's words why a lane could not be made. What is no error of a system call is handed back as it is. */
export interface LaneFailures {
  /** The error for a receiving end that could not be made. `path` is undefined for what has no name. */
  readonly receiving: (error: unknown, lane: string, path: string | undefined) => unknown;
  /** The error for a sending end that could not be opened. */
  readonly sending: (error: unknown, lane: string, path: string) => unknown;
}

/** The sentences for lanes that meet a `limit`, and whose peer may be `gone`, beside what every lane meets. */
export function laneFailures({ limit: ownLimit, gone = [] }: LaneFailureWords = {}): LaneFailures {
  const nobodyReceives = new Set([...NOBODY_RECEIVES, ...gone]);

  function limitOrPermission(error: KernelError, operation: string, path: string | undefined): unknown {
    const limit = ownLimit?.(error) ?? commonLimit(error.code);
    if (limit !== undefined) return limitMet(operation, limit, error, path);
    if (error.code === 'EPERM' || error.code === 'EACCES')
      return laneRefused(operation, error.message, error);
    return error;
  }

  return {
    receiving(error, lane, path) {
      if (!isKernelError(error)) return error;
      if (path !== undefined && (error.code === 'EEXIST' || error.code === 'EADDRINUSE')) {
        const stranger = strangerAt(path);
        if (stranger === undefined) return addressInUse(lane, path, error);
        return laneRefused(`receive on ${lane}`, `${path} belongs to user ${stranger}`, error);
      }
      if (path !== undefined && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
        return directoryGone(lane, path, error);
      return limitOrPermission(error, `receive on ${lane}`, path);
    },
    sending(error, lane, path) {
      if (!isKernelError(error)) return error;
      // EAGAIN may be either.
      if (ownLimit?.(error) === undefined && nobodyReceives.has(error.code))
        return noListener(lane, path, error);
      return limitOrPermission(error, `open ${lane} for sending`, path);
    },
  };
}

/** TROUPE_PERMISSION: an object, or a peer, that is not of this user. */
function laneRefused(operation: string, reason: string, cause: unknown): TroupeError {
  return new TroupeError(
    'TROUPE_PERMISSION',
    `Refused to ${operation}: ${reason}. Lanes join processes of one user, through objects that only this user can use.`,
    { cause },
  );
}

/** TROUPE_RUNTIME_DIRECTORY: the directory in which a lane was to be made is not there. */
function directoryGone(lane: string, path: string, cause: unknown): TroupeError {
  return new TroupeError(
    'TROUPE_RUNTIME_DIRECTORY',
    `Cannot receive on ${lane}: the directory of ${path} does not exist. It must not be removed while a system runs.`,
    { cause, details: { path } },
  );
}

function isKernelError(error: unknown): error is KernelError {
  if (typeof error !== 'object' || error === null || !('syscall' in error && 'code' in error)) return false;
  return typeof error.code === 'string';
}

function strangerAt(path: string): number | undefined {
  // As bigints for the sake of Node 20: `socket-name.ts` of posix says why.
  const owner = lstatSync(path, { throwIfNoEntry: false, bigint: true })?.uid;
  return owner === undefined || Number(owner) === process.getuid?.() ? undefined : Number(owner);
}
