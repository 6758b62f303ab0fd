// What processes cost to start, and to have.
import { setTimeout as pause } from 'node:timers/promises';
import type { Contender, Starter } from '../contender.ts';
import type { Measure, Session } from '../measure.ts';
import { processorMs, residentBytes } from '../process-status.ts';

const SETTLE_MS = 1000;
const MANY = 8;

export const processStart: Measure = {
  name: 'process-start',
  title: 'A process, to its first reply',
  meaning: 'a process or thread is started and sent a message; until its answer is there',
  unit: 'ms',
  better: 'lower',
  isCold: true,
  fits: ({ starter }) => starter !== undefined,
  open: ({ starter }) =>
    starter?.().then(({ start, close }) => ({
      async measure() {
        const startedAt = performance.now();
        const started = await start();
        const elapsedMs = performance.now() - startedAt;
        await started.close();
        return { value: elapsedMs, count: 1 };
      },
      close,
    })),
};

export const processMemory: Measure = {
  name: 'process-memory',
  title: 'Memory of a process',
  meaning: 'resident memory of a process that has answered once',
  unit: 'MiB',
  better: 'lower',
  isPassive: true,
  fits: ({ starter, startsThreads }) => starter !== undefined && startsThreads !== true,
  open: ({ starter }) => starter?.().then(memorySession),
};

export const idleProcessor: Measure = {
  name: 'idle-cpu',
  title: 'Doing nothing',
  meaning: `${MANY} processes that have all talked, and the one that started them: processor time while nobody says anything`,
  unit: '% of a core',
  better: 'lower',
  isPassive: true,
  leastMs: 1000,
  fits: ({ gather }) => gather !== undefined,
  open: (contender) => openIdle(contender),
};

async function memorySession({ start, close }: Starter): Promise<Session> {
  return {
    async measure() {
      const started = await start();
      if (started.pid === undefined) throw new Error('a thread has no memory of its own');
      await pause(SETTLE_MS / 2);
      const value = residentBytes(started.pid) / 2 ** 20;
      await started.close();
      return { value, count: 1 };
    },
    close,
  };
}

function openIdle({ gather }: Contender): Promise<Session> | undefined {
  return gather?.(MANY).then(async (gathering) => {
    await gathering.gather('64 B', 1);
    await gathering.acquaint();
    await pause(SETTLE_MS);
    const pids = [process.pid, ...gathering.pids];
    const total = (): number => pids.reduce((sum, pid) => sum + processorMs(pid), 0);
    return {
      async measure(_size, durationMs) {
        const before = total();
        const startedAt = performance.now();
        await pause(durationMs);
        const elapsedMs = performance.now() - startedAt;
        return { value: ((total() - before) * 100) / elapsedMs, count: pids.length };
      },
      close: () => gathering.close(),
    };
  });
}
