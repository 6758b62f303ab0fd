// What actors of one event loop cost to start, and to have.
import type { Stage } from '../contender.ts';
import type { Measure, Session } from '../measure.ts';
import { ascending, quantile } from '../statistics.ts';

const FEWEST_LIVES = 10;
const POPULATION = 10_000;

export const spawn: Measure = {
  name: 'spawn',
  title: 'An actor from start to end',
  meaning: 'an actor is started in the same event loop, handles its first message and is stopped',
  unit: 'us, p50',
  better: 'lower',
  fits: ({ stage }) => stage !== undefined,
  open: (contender) => contender.stage?.().then(livingSession),
};

export const actorMemory: Measure = {
  name: 'actor-memory',
  title: 'Memory of an actor',
  meaning: `what ${POPULATION.toLocaleString('en')} idle actors of one event loop add to the heap, each`,
  unit: 'bytes',
  better: 'lower',
  execArgv: ['--expose-gc'],
  fits: ({ stage }) => stage !== undefined,
  open: (contender) => contender.stage?.().then(populationSession),
};

function livingSession(stage: Stage): Session {
  return {
    async measure(_size, durationMs) {
      const times: number[] = [];
      const startedAt = performance.now();
      let now = startedAt;
      while (now - startedAt < durationMs || times.length < FEWEST_LIVES) {
        const bornAt = performance.now();
        await stage.live();
        now = performance.now();
        times.push((now - bornAt) * 1000);
      }
      const sorted = ascending(times);
      return { value: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), count: times.length };
    },
    close: () => stage.conversation.close(),
  };
}

function populationSession(stage: Stage): Session {
  return {
    async measure() {
      const before = heapBytes();
      const stop = await stage.populate(POPULATION);
      const after = heapBytes();
      await stop();
      return { value: (after - before) / POPULATION, count: POPULATION };
    },
    close: () => stage.conversation.close(),
  };
}

/** What is reachable, beside what the heap has reserved. */
function heapBytes(): number {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('the process was started without --expose-gc');
  gc();
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
