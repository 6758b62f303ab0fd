// What Troupe wants to be, as ratios within one run: absolute numbers do not move to another machine.
import type { Sample } from './measure.ts';
import type { CellResult } from './interleave.ts';
import { ratios, spread, type Spread } from './statistics.ts';

export interface Goal {
  readonly what: string;
  readonly cell: string;
  readonly subject: string;
  /** What it is set in relation to; left out, the number itself is judged. */
  readonly reference?: string;
  readonly bound: 'at least' | 'at most';
  readonly limit: number;
  readonly unit?: string;
}

export interface Verdict extends Spread {
  readonly goal: Goal;
  readonly isMet: boolean;
}

const SHM = 'troupe shm';
const ADVANCED = 'fork advanced';
const LOCAL = 'troupe in process';
const atLeast = { bound: 'at least' } as const;

/** Of two rates the first stands over the second; of two times the second over the first, so that more is better. */
const GOALS: readonly Goal[] = [
  { ...atLeast, what: 'one way', cell: 'one-way 64 B', subject: SHM, reference: ADVANCED, limit: 15 },
  { ...atLeast, what: 'one way', cell: 'one-way 64 B', subject: SHM, reference: 'fork json', limit: 7 },
  { ...atLeast, what: 'one way', cell: 'one-way 64 B', subject: SHM, reference: 'unix socket', limit: 2 },
  {
    ...atLeast,
    what: 'one way',
    cell: 'one-way 64 B',
    subject: SHM,
    reference: 'codec of troupe',
    limit: 0.8,
  },
  {
    ...atLeast,
    what: 'one way',
    cell: 'one-way 64 B',
    subject: 'troupe unix',
    reference: 'unix socket',
    limit: 0.8,
  },
  {
    ...atLeast,
    what: 'four senders',
    cell: 'four-senders 64 B',
    subject: SHM,
    reference: ADVANCED,
    limit: 12,
  },
  { ...atLeast, what: 'ask, busy', cell: 'ask-busy 64 B', subject: SHM, reference: ADVANCED, limit: 25 },
  {
    ...atLeast,
    what: 'ask, from sleep',
    cell: 'ask-from-sleep 64 B',
    subject: SHM,
    reference: ADVANCED,
    limit: 1.4,
  },
  {
    ...atLeast,
    what: 'one way, Buffers of 1 MiB',
    cell: 'one-way 1 MiB',
    subject: SHM,
    reference: ADVANCED,
    limit: 8,
  },
  {
    ...atLeast,
    what: 'one way, Buffers of 1 MiB',
    cell: 'one-way 1 MiB',
    subject: SHM,
    reference: 'worker thread',
    limit: 1,
  },
  {
    what: 'time to start a process, to its first reply',
    cell: 'process-start',
    subject: SHM,
    reference: 'fork advanced',
    bound: 'at most',
    limit: 1.2,
  },
  {
    what: 'nine processes that do nothing',
    cell: 'idle-cpu',
    subject: SHM,
    bound: 'at most',
    limit: 1,
    unit: ' % of a core',
  },
  {
    ...atLeast,
    what: 'tell within one process',
    cell: 'local-tell',
    subject: LOCAL,
    reference: 'xstate',
    limit: 3,
  },
  {
    ...atLeast,
    what: 'ask within one process',
    cell: 'local-ask',
    subject: LOCAL,
    reference: 'xstate',
    limit: 1,
  },
];

/** What this run says of each goal; nothing of those that it did not measure. */
export function judge(cells: readonly CellResult[]): readonly Verdict[] {
  return GOALS.flatMap((goal) => {
    const samples = cells.find(({ cell }) => cell.name === goal.cell)?.samples;
    const own = samples?.[goal.subject];
    const other = goal.reference === undefined ? own : samples?.[goal.reference];
    if (own === undefined || other === undefined) return [];
    const measured = measuredFor(goal, own.map(valueOf), other.map(valueOf));
    const { median } = measured;
    return [
      { ...measured, goal, isMet: goal.bound === 'at least' ? median >= goal.limit : median <= goal.limit },
    ];
  });
}

const TIMES = ['ask-busy', 'ask-from-sleep', 'local-ask'];

function measuredFor(goal: Goal, own: readonly number[], other: readonly number[]): Spread {
  if (goal.reference === undefined) return spread(own);
  return TIMES.some((name) => goal.cell.startsWith(name)) ? ratios(other, own) : ratios(own, other);
}

function valueOf({ value }: Sample): number {
  return value;
}
