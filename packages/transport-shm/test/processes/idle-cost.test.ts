// What it costs to wait: processes that are connected and have nothing to say take next to nothing of the processor, whatever
// wakes them; a kernel's own account, not a clock.
import { afterEach, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeDirectory, removeDirectory } from '../../../core/test/lanes/open-lane.ts';

const PROCESSES = 8;
const SETTLE_MS = 1500;
const WATCHED_MS = 3000;
const MOST_SHARE = 0.01;
const MOST_WINDOWS = 8;

let parent: ChildProcess | undefined;

afterEach(async () => {
  if (parent === undefined) return;
  const ended = once(parent, 'exit');
  parent.stdin?.end();
  await ended;
  parent = undefined;
});

/** Nanoseconds that all threads of a process have run. */
function runTime(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]))
    .reduce((sum, one) => sum + one, 0);
}

/** What part of a core the processes take together, over a while. */
async function shareOfCore(pids: readonly number[]): Promise<number> {
  const before = pids.map(runTime);
  const begunAt = performance.now();
  await delay(WATCHED_MS);
  const elapsedMs = performance.now() - begunAt;
  return pids.reduce((sum, pid, index) => sum + runTime(pid) - (before[index] ?? 0), 0) / 1e6 / elapsedMs;
}

// One of each way to wait: in the event loop, in the thread, by a signal. A soak looks at all.
const wakeUps =
  process.env['TROUPE_TEST_SOAK'] === undefined
    ? ['eventfd', 'futex', 'signal']
    : ['eventfd', 'futex', 'posix-sem', 'sysv-sem', 'fifo', 'signal'];

it.each(wakeUps)(
  `${PROCESSES} processes with lanes both ways, woken by %s, take less than 1 %% of a core while they are idle`,
  async (wakeUp) => {
    const directory = makeDirectory();
    const fixture = join(import.meta.dirname, '../fixtures/idle.mjs');
    const given = [fixture, directory, JSON.stringify({ wakeUp, capacityBytes: 65536 }), String(PROCESSES)];
    const started = spawn(process.execPath, given, { stdio: ['pipe', 'pipe', 'inherit'] });
    parent = started;
    const [line] = (await once(started.stdout, 'data')) as [Buffer];
    const pids = JSON.parse(line.toString()) as number[];
    expect(pids).toHaveLength(PROCESSES + 1);
    await delay(SETTLE_MS);
    let share = 1;
    // On a busy machine what they had to do when they started is done later; whoever does not rest never gets there.
    for (let windows = 0; windows < MOST_WINDOWS && share >= MOST_SHARE; windows += 1) {
      share = await shareOfCore(pids);
    }
    expect(share).toBeLessThan(MOST_SHARE);
    removeDirectory(directory);
  },
);
