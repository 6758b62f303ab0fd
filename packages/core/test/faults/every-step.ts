// Kills and stops a process at every step of a transport, and looks at what that costs everybody else: nothing. Which steps
// there are, and which life passes them, is found out and not written down.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TransportFactory } from '@troupe/core/transport';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Accidents } from './accidents.ts';
import type { Accident, Action, FaultSubject } from './accidents.ts';
import { leftSince, lookAround } from './left-behind.ts';
import { livesOver } from './life-names.ts';
import type { Life } from './life-names.ts';
import { passesIn, stepsIn } from './steps.ts';

/** All there is, for hours; without it each step once or twice in the first life that passes it. */
const IS_SOAK = process.env['TROUPE_TEST_SOAK'] !== undefined;
const MOST_PASSES = IS_SOAK ? 12 : 2;
const AT_ONCE: Readonly<Record<Action, number>> = { kill: 3, stop: 24 };
const TIMEOUT_MS = IS_SOAK ? 3_600_000 : 600_000;

/** Transports of the built `module`, each told `options`; what is committed goes to the kernel when the turn ends. */
export function stagingSubjects(
  module: string,
  options: Readonly<Record<string, unknown>>,
  factories: Readonly<Record<string, TransportFactory>>,
): readonly FaultSubject[] {
  return Object.entries(factories).map(([name, create]) => ({
    title: name,
    source: { module, name, options },
    create: () => create(options),
    commitsAtOnce: false,
  }));
}

/** Registers the tests. `sources` is the directory whose steps must all be passed by one of `subjects`. */
export function describeEveryStep(subjects: readonly FaultSubject[], sources: string): void {
  const steps = stepsIn(sources);
  const passed = new Set<string>();

  for (const subject of subjects) {
    describe(subject.title, () => {
      const lives = livesOver(subject.create());
      const passes = new Map<Life, ReadonlyMap<string, number>>();
      let scratch = '';
      let accidents: Accidents | undefined;

      beforeAll(async () => {
        scratch = mkdtempSync(join(tmpdir(), 'troupe-steps-'));
        accidents = await Accidents.prepare(subject, scratch);
        for (const life of lives) {
          const trace = join(scratch, `trace-${life}`);
          expect(
            await accidents.run({ life, fault: `trace=${trace}`, action: 'none', mayMiss: false }),
          ).toEqual([]);
          passes.set(life, passesIn(trace));
          for (const step of passes.get(life)?.keys() ?? []) passed.add(step);
        }
      }, TIMEOUT_MS);

      afterAll(async () => {
        await accidents?.end();
        rmSync(scratch, { recursive: true });
      });

      const { isBrief = false } = subject;
      const actions: [string, Action][] = [['killed', 'kill']];
      if (!isBrief) actions.push(['stopped for 2 s', 'stop']);
      it.each(actions)(
        'a process that is %s at any step costs nobody else anything',
        async (_, action) => {
          const chosen = steps.filter((step) => subject.only?.test(step) ?? true);
          const planned = chosen.flatMap((step) => plan(step, action, passes, isBrief ? 1 : MOST_PASSES));
          expect(planned.length).toBeGreaterThan(0);
          const before = lookAround();
          const problems = await inParallel(planned, AT_ONCE[action], async (accident) => {
            const found = await accidents?.run(accident);
            return (found ?? []).map((problem) => `${accident.life}, ${accident.fault}: ${problem}`);
          });
          expect([...problems, ...(accidents?.names() ?? []), ...(await leftSince(before))]).toEqual([]);
        },
        TIMEOUT_MS,
      );
    });
  }

  it('every step in the source is passed by a life, and no other is', () => {
    expect([...passed].sort()).toEqual([...steps].sort());
  });
}

/** The first time a step is passed and one in the middle; in a soak many more of them, in every life. */
function plan(
  step: string,
  action: Action,
  passes: ReadonlyMap<Life, ReadonlyMap<string, number>>,
  mostPasses: number,
): readonly Accident[] {
  const lives = [...passes.keys()].filter((life) => passes.get(life)?.has(step));
  return (IS_SOAK ? lives : lives.slice(0, 1)).flatMap((life, rank) => {
    const count = passes.get(life)?.get(step) ?? 0;
    const most = Math.min(count, action === 'stop' && !IS_SOAK ? 1 : mostPasses);
    return Array.from({ length: most }, (_, index) => {
      const pass = 1 + Math.floor((index * count) / most);
      return { life, fault: `${step}#${pass}=${action}`, action, mayMiss: rank + index > 0 };
    });
  });
}

async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  run: (item: T) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const waiting = [...items];
  const problems: string[] = [];
  const work = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      problems.push(...(await run(item)));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return problems;
}
