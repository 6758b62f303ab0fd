// What to say when the kernel makes no queue: which limit was met, what it is on this machine, and the command that raises it.
import { directoryGone, TroupeError } from '@troupe/core/transport';
import {
  closeDescriptor,
  createEventDescriptor,
  isSystemError,
  posixQueueUserBytes,
  readPosixQueueLimits,
  readSysvQueueLimits,
} from '@troupe/posix';
import type { PosixQueueGeometry } from '@troupe/posix';

const DEFAULT_USER_BYTES = 819_200;
const INSTEAD = "or choose another transport, such as 'unix', which has no such limit";

/** Whether RLIMIT_MSGQUEUE refused a queue. The kernel has one word for this and for too many descriptors. */
export function isUserFull(error: unknown): boolean {
  if (!isSystemError(error, 'EMFILE')) return false;
  try {
    closeDescriptor(createEventDescriptor());
    return true;
  } catch {
    return false;
  }
}

/** The error for a POSIX queue that could not be made; `smallest` is the last size that was asked for. */
export function posixQueueFailure(error: unknown, smallest: PosixQueueGeometry): unknown {
  const limits = readPosixQueueLimits();
  if (isUserFull(error)) {
    const neededBytes = posixQueueUserBytes(smallest);
    return limitMet(
      'RLIMIT_MSGQUEUE',
      limits.userBytes,
      `the queues of this user may want ${limits.userBytes} bytes together (RLIMIT_MSGQUEUE), and not even ${neededBytes} are left`,
      `Raise it with \`ulimit -q ${Math.max(DEFAULT_USER_BYTES, 2 * limits.userBytes)}\` in the shell that starts the program, or LimitMSGQUEUE= of its service, ` +
        `remove queues that nobody uses (\`ls /dev/mqueue\`), ${INSTEAD}`,
      error,
    );
  }
  if (isSystemError(error, 'ENOSPC')) {
    return limitMet(
      'fs.mqueue.queues_max',
      limits.queues,
      `this machine has the ${limits.queues} queues it may have (fs.mqueue.queues_max)`,
      `Raise it with \`sysctl -w fs.mqueue.queues_max=${2 * limits.queues}\`, remove queues that nobody uses (\`ls /dev/mqueue\`), ${INSTEAD}`,
      error,
    );
  }
  return otherFailure(error, 'posix-mq');
}

/** The error for a System V queue that could not be made. */
export function sysvQueueFailure(error: unknown): unknown {
  if (!isSystemError(error, 'ENOSPC')) return otherFailure(error, 'sysv-mq');
  const { queues } = readSysvQueueLimits();
  return limitMet(
    'kernel.msgmni',
    queues,
    `this machine has the ${queues} queues it may have (kernel.msgmni)`,
    `Raise it with \`sysctl -w kernel.msgmni=${Math.max(32_000, 2 * queues)}\`, remove queues that nobody uses (\`ipcs -q\`, \`ipcrm -q\`), ${INSTEAD}`,
    error,
  );
}

function otherFailure(error: unknown, transport: string): unknown {
  // The journal's entry, written first, is a file of the node's directory.
  const { code, syscall, path = '', message } = error as NodeJS.ErrnoException;
  if (syscall === 'open' && code === 'ENOENT') return directoryGone(`a lane of ${transport}`, path, error);
  switch (code) {
    case 'EMFILE':
      return limitMet(
        'RLIMIT_NOFILE',
        undefined,
        'this process has all the descriptors it may have (RLIMIT_NOFILE)',
        'Raise it with `ulimit -n`',
        error,
      );
    case 'ENFILE':
      return limitMet(
        'fs.file-max',
        undefined,
        'the machine has all the descriptors it may have (fs.file-max)',
        'Raise it with `sysctl -w fs.file-max=...`',
        error,
      );
    case 'ENOMEM':
      return limitMet(
        'memory',
        undefined,
        'the kernel has no memory for a queue',
        'Raise the memory limit of this control group',
        error,
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return limitMet(
        code,
        undefined,
        `there is no room for its entry in the node's directory, ${path}`,
        'Free some, or choose another TROUPE_RUNTIME_DIR',
        error,
      );
    case 'ENOSYS':
    case 'EACCES':
    case 'EPERM':
      return new TroupeError(
        'TROUPE_TRANSPORT_UNAVAILABLE',
        `Cannot use the transport '${transport}': ${message}. This kernel, or what confines the process, allows no such queues; ` +
          "choose another transport, such as 'unix'.",
        { cause: error },
      );
    default:
      return error;
  }
}

function limitMet(
  limit: string,
  value: number | undefined,
  reason: string,
  wayOut: string,
  cause: unknown,
): TroupeError {
  return new TroupeError('TROUPE_LIMIT', `Cannot make a message queue: ${reason}. ${wayOut}.`, {
    cause,
    details: value === undefined ? { limit } : { limit, value },
  });
}
