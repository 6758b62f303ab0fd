// Limits of a machine that lanes may meet, and the one sentence that tells of them. Those of its own
// kernel objects a transport adds.
import { TroupeError } from '../errors.ts';

/** A limit that was met. */
export interface Limit {
  /** As people know it, and look it up: 'RLIMIT_NOFILE', 'fs.mqueue.queues_max', '/dev/shm'. */
  readonly name: string;
  /** What it is now, where that is known. */
  readonly value?: number;
  /** That it was met, as a sentence without its end: 'this process has all the descriptors it may have'. */
  readonly met: string;
  /** What to do about it, as a sentence without its end. */
  readonly wayOut: string;
}

const DESCRIPTORS: Limit = {
  name: 'RLIMIT_NOFILE',
  met: 'this process has all the descriptors it may have',
  wayOut: 'Raise it with `ulimit -n`',
};
const MEMORY: Limit = {
  name: 'memory',
  met: 'the kernel has no memory for it',
  wayOut: 'Raise the memory limit of this control group',
};
const ELSEWHERE = 'Free some, or choose another TROUPE_RUNTIME_DIR';

/** By errno: what any transport may meet. */
const COMMON: Readonly<Record<string, Limit>> = {
  EMFILE: DESCRIPTORS,
  ETOOMANYREFS: { ...DESCRIPTORS, met: 'too many descriptors of this user are on their way' },
  ENFILE: {
    name: 'fs.file-max',
    met: 'the machine has all the descriptors it may have',
    wayOut: 'Raise it with `sysctl -w fs.file-max=...`',
  },
  ENOSPC: { name: 'file system', met: 'the file system is full, in bytes or in inodes', wayOut: ELSEWHERE },
  EDQUOT: { name: 'disk quota', met: 'the disk quota of this user is used up', wayOut: ELSEWHERE },
  ENOMEM: MEMORY,
  ENOBUFS: MEMORY,
  ENAMETOOLONG: {
    name: 'socket path',
    value: 107,
    met: 'the path is too long, a socket takes 107 bytes',
    wayOut: 'Choose a shorter TROUPE_RUNTIME_DIR',
  },
};

/** The limit an errno speaks of wherever it comes from; undefined when it speaks of none. */
export function commonLimit(errno: string): Limit | undefined {
  return Object.hasOwn(COMMON, errno) ? COMMON[errno] : undefined;
}

/** TROUPE_LIMIT: `operation` was refused. `cause` has the kernel's own words, and with them the numbers. */
export function limitMet(
  operation: string,
  { name, value, met, wayOut }: Limit,
  cause: Error,
  path?: string,
): TroupeError {
  const at = path === undefined ? '' : ` at ${path}`;
  return new TroupeError(
    'TROUPE_LIMIT',
    `Cannot ${operation}${at}: ${met} (${name}). ${wayOut}. \`npx troupe doctor\` prints what this machine allows. ${cause.message}.`,
    {
      cause,
      details: {
        limit: name,
        ...(value === undefined ? {} : { value }),
        ...(path === undefined ? {} : { path }),
      },
    },
  );
}
