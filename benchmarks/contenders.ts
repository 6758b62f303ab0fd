// Everything that takes part, in the order of the tables.
import { pathToFileURL } from 'node:url';
import type { Contender } from './contender.ts';
import { closuresContender } from './contenders/closures.ts';
import { codecContender } from './contenders/codec.ts';
import { forkContender } from './contenders/fork.ts';
import { nactContender } from './contenders/nact.ts';
import { socketContender } from './contenders/socket.ts';
import { troupeLocalContender } from './contenders/troupe-local.ts';
import { troupeContender } from './contenders/troupe.ts';
import { workerContender } from './contenders/worker.ts';
import { xstateContender } from './contenders/xstate.ts';
import { zeromqContender } from './contenders/zeromq.ts';

/** Every transport as it is when nothing else is said; one whose package is not installed does not take part. */
const TRANSPORTS = ['shm', 'unix', 'pipe', 'fifo', 'posix-mq', 'sysv-mq'];
// What `shm` can be told besides, apart from what it does anyway: wake by eventfd, memory of memfd.
const WAKE_UPS = ['futex', 'posix-sem', 'sysv-sem', 'fifo', 'signal', 'spin'];
const SEGMENTS = ['posix', 'sysv'];

export const CONTENDERS: readonly Contender[] = [
  ...TRANSPORTS.map((name) =>
    troupeContender(name, { name }, `actors in processes of their own, over the transport '${name}'`),
  ),
  ...WAKE_UPS.map((wakeUp) =>
    troupeContender(
      `shm by ${wakeUp}`,
      { name: 'shm', wakeUp },
      `the same over 'shm', woken by '${wakeUp}' instead of 'eventfd'`,
      wakeUp === 'spin',
    ),
  ),
  ...SEGMENTS.map((segment) =>
    troupeContender(
      `shm in ${segment}`,
      { name: 'shm', segment },
      `the same over 'shm', in memory of '${segment}' instead of 'memfd'`,
    ),
  ),
  codecContender('troupe'),
  troupeLocalContender(),
  forkContender('json'),
  forkContender('advanced'),
  workerContender(),
  socketContender(),
  zeromqContender(),
  codecContender('msgpackr'),
  nactContender(),
  xstateContender(),
  closuresContender(),
];

/** What others are set in relation to. */
export const BASELINES = ['fork advanced', 'fork json', 'unix socket', 'xstate'] as const;

/** The contenders of this benchmark, and those that the module at `path` exports as `contenders`. */
export async function allContenders(path: string | undefined): Promise<readonly Contender[]> {
  if (path === undefined) return CONTENDERS;
  const { contenders } = (await import(pathToFileURL(path).href)) as { contenders: readonly Contender[] };
  return [...CONTENDERS, ...contenders];
}
