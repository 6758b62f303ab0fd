// What there is to measure, and which contenders a whole run measures in each: enough for every row of the tables and every
// goal, and little enough for five minutes. Asked for by name, a cell takes everybody who can.
import { MEASURES } from './measures.ts';
import { PAYLOADS, type PayloadSize } from './payload.ts';

export interface Cell {
  /** As asked for on the command line. */
  readonly name: string;
  readonly measure: string;
  readonly size: PayloadSize;
}

/** Those where what a message carries makes a difference. */
const SIZED = ['one-way', 'ask-busy', 'ask-from-sleep', 'four-senders'];

export const CELLS: readonly Cell[] = MEASURES.flatMap(({ name }): readonly Cell[] =>
  SIZED.includes(name)
    ? PAYLOADS.map((size) => ({ name: `${name} ${size}`, measure: name, size }))
    : [{ name, measure: name, size: '64 B' }],
);

const TRANSPORTS = ['shm', 'unix', 'pipe', 'fifo', 'posix-mq', 'sysv-mq'].map((name) => `troupe ${name}`);
const FASTEST = ['troupe shm', 'troupe unix'];
const WAKE_UPS = ['futex', 'posix-sem', 'sysv-sem', 'fifo', 'signal', 'spin'].map(
  (wakeUp) => `troupe shm by ${wakeUp}`,
);
const SEGMENTS = ['troupe shm in posix', 'troupe shm in sysv'];
const REFERENCES = ['fork json', 'fork advanced', 'worker thread', 'unix socket', 'zeromq'];
const LARGE = [...FASTEST, 'fork advanced', 'worker thread', 'unix socket'];
const LOCAL = ['troupe in process', 'nact', 'xstate'];
const PROCESSES = [...FASTEST, 'fork json', 'fork advanced'];

const WHOLE_RUN: Readonly<Record<string, readonly string[]>> = {
  'one-way 64 B': [
    ...TRANSPORTS,
    ...WAKE_UPS,
    ...SEGMENTS,
    ...REFERENCES,
    'codec of troupe',
    'codec of msgpackr',
  ],
  'one-way 1 KiB': [...FASTEST, ...REFERENCES],
  'one-way 64 KiB': [...FASTEST, ...REFERENCES],
  'one-way 1 MiB': [...FASTEST, ...REFERENCES],
  'ask-busy 64 B': [...TRANSPORTS, ...WAKE_UPS, ...REFERENCES],
  'ask-busy 64 KiB': LARGE,
  'ask-busy 1 MiB': LARGE,
  'ask-from-sleep 64 B': [...TRANSPORTS, ...WAKE_UPS, ...REFERENCES],
  'four-senders 64 B': [...TRANSPORTS, ...REFERENCES],
  'local-tell': [...LOCAL, 'closures'],
  'local-ask': [...LOCAL, 'closures'],
  spawn: LOCAL,
  'actor-memory': LOCAL,
  'process-start': [...PROCESSES, 'worker thread'],
  'process-memory': PROCESSES,
  // Nine processes that never sleep are no way to be idle.
  'idle-cpu': [...TRANSPORTS, ...WAKE_UPS.filter((name) => !name.endsWith('spin')), 'fork advanced'],
};

/** Whether a whole run measures this contender in this cell. */
export function isInWholeRun(cell: Cell, contender: string): boolean {
  return WHOLE_RUN[cell.name]?.includes(contender) ?? false;
}
