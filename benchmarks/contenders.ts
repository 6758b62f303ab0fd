// Everything that takes part, in the order of the tables.
import type { Contender } from './contender.ts';
import { forkContender } from './contenders/fork.ts';
import { troupeContender } from './contenders/troupe.ts';
import { unixSocketContender } from './contenders/unix-socket.ts';

/** Every transport Troupe knows by name; one whose package is not installed does not take part. */
const TRANSPORTS = ['unix', 'fifo', 'pipe', 'posix-mq', 'sysv-mq', 'shm'];

export const CONTENDERS: readonly Contender[] = [
  ...TRANSPORTS.map((transport) => troupeContender(transport)),
  unixSocketContender(),
  forkContender('json'),
  forkContender('advanced'),
];

/** What others are set in relation to. */
export const BASELINES = ['fork advanced', 'fork json', 'unix socket'] as const;

export function contenderNamed(name: string): Contender {
  const contender = CONTENDERS.find((candidate) => candidate.name === name);
  if (contender === undefined) throw new RangeError(`There is no contender '${name}'.`);
  return contender;
}
