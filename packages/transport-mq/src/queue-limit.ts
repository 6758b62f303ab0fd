// What to say when the kernel makes no queue: which limit was met, what it is on this machine, and the command that raises it.
import { laneFailures, limitMet, TroupeError } from '@troupe/core/transport';
import {
  closeDescriptor,
  createEventDescriptor,
  isSystemError,
  posixQueueUserBytes,
  readPosixQueueLimits,
  readSysvQueueLimits,
} from '@troupe/posix';
import type { PosixQueueGeometry } from '@troupe/posix';

const OPERATION = 'make a message queue';
const DEFAULT_USER_BYTES = 819_200;
const INSTEAD = "or choose another transport, such as 'unix', which has no such limit";

const failures = laneFailures();

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
  if (!isSystemError(error)) return otherFailure(error, 'posix-mq');
  const limits = readPosixQueueLimits();
  if (isUserFull(error)) {
    const limit = {
      name: 'RLIMIT_MSGQUEUE',
      value: limits.userBytes,
      met: `the queues of this user may want ${limits.userBytes} bytes together, and not even ${posixQueueUserBytes(smallest)} are left`,
      wayOut:
        `Raise it with \`ulimit -q ${Math.max(DEFAULT_USER_BYTES, 2 * limits.userBytes)}\` in the shell that starts the program, or LimitMSGQUEUE= of its service, ` +
        `remove queues that nobody uses (\`ls /dev/mqueue\`), ${INSTEAD}`,
    };
    return limitMet(OPERATION, limit, error);
  }
  if (error.code === 'ENOSPC' && error.syscall === 'mq_open') {
    const limit = {
      name: 'fs.mqueue.queues_max',
      value: limits.queues,
      met: `this machine has the ${limits.queues} queues it may have`,
      wayOut: `Raise it with \`sysctl -w fs.mqueue.queues_max=${2 * limits.queues}\`, remove queues that nobody uses (\`ls /dev/mqueue\`), ${INSTEAD}`,
    };
    return limitMet(OPERATION, limit, error);
  }
  return otherFailure(error, 'posix-mq');
}

/** The error for a System V queue that could not be made. */
export function sysvQueueFailure(error: unknown): unknown {
  if (!isSystemError(error, 'ENOSPC') || error.syscall !== 'msgget') return otherFailure(error, 'sysv-mq');
  const { queues } = readSysvQueueLimits();
  const limit = {
    name: 'kernel.msgmni',
    value: queues,
    met: `this machine has the ${queues} queues it may have`,
    wayOut: `Raise it with \`sysctl -w kernel.msgmni=${Math.max(32_000, 2 * queues)}\`, remove queues that nobody uses (\`ipcs -q\`, \`ipcrm -q\`), ${INSTEAD}`,
  };
  return limitMet(OPERATION, limit, error);
}

function otherFailure(error: unknown, transport: string): unknown {
  // The journal's entry, written first, is a file of the node's directory, and refused in node:fs's words.
  const { code = '', syscall, path, message } = error as NodeJS.ErrnoException;
  if (!['ENOSYS', 'EACCES', 'EPERM'].includes(code) || syscall === 'open') {
    return failures.receiving(error, `a lane of ${transport}`, syscall === 'open' ? path : undefined);
  }
  return new TroupeError(
    'TROUPE_TRANSPORT_UNAVAILABLE',
    `Cannot use the transport '${transport}': ${message}. This kernel, or what confines the process, allows no such queues; ` +
      "choose another transport, such as 'unix'.",
    { cause: error },
  );
}
