// Limits that only lanes in shared memory meet: room for segments of each kind, and what wakes a node.
import type { KernelError, Limit } from '@troupe/core/transport';
import { sysvSegmentsAreUsedUp } from '@troupe/posix';

const OTHER_SEGMENT = "lower capacityBytes, or choose segment: 'memfd'";

const MEMORY: Limit = {
  name: 'memory',
  met: 'there is not as much memory',
  wayOut: 'Raise the memory limit of this control group, or lower capacityBytes',
};

/** By the call and its errno. */
const LIMITS: Readonly<Record<string, Limit>> = {
  'fallocate ENOSPC': {
    name: '/dev/shm',
    met: 'the file system of POSIX segments has not as much room left',
    wayOut: `Make it larger (\`mount -o remount,size=... /dev/shm\`, \`--shm-size\` of a container), ${OTHER_SEGMENT}`,
  },
  'shm_open ENOSPC': {
    name: '/dev/shm',
    met: 'the file system of POSIX segments has no room for another name',
    wayOut: `Remove segments that nobody uses (\`ls /dev/shm\`), ${OTHER_SEGMENT}`,
  },
  'shmget ENOSPC': {
    name: 'kernel.shmall',
    met: 'the machine has all the memory in System V segments that it may have',
    wayOut: `Raise it with \`sysctl -w kernel.shmall=...\`, remove segments that nobody uses (\`ipcs -m\`, \`ipcrm -m\`), ${OTHER_SEGMENT}`,
  },
  'shmget EINVAL': {
    name: 'kernel.shmmax',
    met: 'a System V segment may not be as large',
    wayOut: `Raise it with \`sysctl -w kernel.shmmax=...\`, ${OTHER_SEGMENT}`,
  },
  'semget ENOSPC': {
    name: 'kernel.sem',
    met: 'the machine has all the System V semaphores it may have',
    wayOut:
      "Raise it with `sysctl -w kernel.sem=...`, remove those that nobody uses (`ipcs -s`, `ipcrm -s`), or choose wakeUp: 'eventfd'",
  },
  'pthread_create EAGAIN': {
    name: 'RLIMIT_NPROC',
    met: 'this user or this control group has all the threads it may have, and the wake-up needs one',
    wayOut: "Raise it with `ulimit -u`, or pids.max of the control group, or choose wakeUp: 'eventfd'",
  },
  'pidfd_send_signal EAGAIN': {
    name: 'RLIMIT_SIGPENDING',
    met: 'this user has all the signals waiting that it may have',
    wayOut: "Raise it with `ulimit -i`, or choose wakeUp: 'eventfd'",
  },
};

// The kernel has one errno for both.
const SEGMENTS: Limit = {
  name: 'kernel.shmmni',
  met: 'the machine has all the System V segments it may have',
  wayOut: `Raise it with \`sysctl -w kernel.shmmni=...\`, remove segments that nobody uses (\`ipcs -m\`, \`ipcrm -m\`), ${OTHER_SEGMENT}`,
};

/** By errno, whatever the call. */
const OF_ANY_CALL: Readonly<Record<string, Limit>> = {
  EMSGSIZE: {
    name: 'RLIMIT_NOFILE',
    met: 'more descriptors came than the three of a lane, or than this process may have',
    wayOut: 'Raise it with `ulimit -n`',
  },
  EFBIG: {
    name: 'RLIMIT_FSIZE',
    met: 'this process may not make a file that large',
    wayOut: 'Raise it with `ulimit -f`, or lower capacityBytes',
  },
  ENOMEM: MEMORY,
  ENOBUFS: MEMORY,
};

/** What making or opening a ring has met, if it was a limit. */
export function ringLimit({ code, syscall }: KernelError): Limit | undefined {
  if (syscall === 'shmget' && code === 'ENOSPC' && sysvSegmentsAreUsedUp()) return SEGMENTS;
  return LIMITS[`${syscall} ${code}`] ?? OF_ANY_CALL[code];
}
