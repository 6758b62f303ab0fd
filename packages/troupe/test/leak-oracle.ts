// Looks, after every test of a file, for what the test left behind: processes, descriptors, files of the system, and objects
// in the kernel. Every process a test starts inherits a mark in its environment, so that orphans are found as well.
import { afterEach, beforeEach, expect } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const MARK = 'TROUPE_TEST_MARK';
// Processes that were told to end are given this long to do so.
const PATIENCE_MS = 5000;

export interface Surroundings {
  /** Runtime directory of this test; gone again after it. */
  readonly directory: string;
  /** For files of the test itself; removed after it without being looked at. */
  readonly scratch: string;
  /** Environment for programs of this test, so that the oracle finds them. */
  readonly environment: NodeJS.ProcessEnv;
}

/** To be called once at the top of a test file. The result is filled anew before each test. */
export function watchForLeaks(): Surroundings {
  const surroundings = { directory: '', scratch: '', environment: {} as NodeJS.ProcessEnv };
  let before: readonly string[] = [];

  beforeEach(() => {
    surroundings.directory = mkdtempSync(join(tmpdir(), 'troupe-'));
    surroundings.scratch = mkdtempSync(join(tmpdir(), 'troupe-scratch-'));
    process.env[MARK] = randomBytes(8).toString('hex');
    surroundings.environment = { ...process.env };
    before = kernelObjects();
  });

  afterEach(async () => {
    const mark = process.env[MARK] ?? '';
    delete process.env[MARK];
    const left = (): readonly string[] => [
      ...processesWith(mark),
      ...filesIn(surroundings.directory),
      ...kernelObjects().filter((object) => !before.includes(object)),
    ];
    try {
      for (let waitedMs = 0; waitedMs < PATIENCE_MS && left().length > 0; waitedMs += 20) await delay(20);
      expect(left()).toEqual([]);
    } finally {
      for (const found of processesWith(mark))
        process.kill(Number(/^process (\d+)/.exec(found)?.[1]), 'SIGKILL');
      for (const path of [surroundings.directory, surroundings.scratch])
        rmSync(path, { recursive: true, force: true });
    }
  });
  return surroundings;
}

/** Descriptors this process has open. */
export function descriptorCount(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Processes of the running test besides this one, as text that begins with `process <pid>`. */
export function processesOfThisTest(): readonly string[] {
  return processesWith(process.env[MARK] ?? '');
}

/** Files, sockets and directories below `directory`. */
export function filesIn(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true }).map((entry) => join(directory, String(entry)));
}

function processesWith(mark: string): readonly string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`${MARK}=${mark}`)) return [];
        return [`process ${pid}: ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
}

/** System V queues and segments, and what stands in /dev/shm, but for what other programs of this machine hold. */
function kernelObjects(): readonly string[] {
  // Sets of semaphores name no process, so whose they are cannot be told: the transport that makes them looks itself.
  return [
    // The sixth column of a queue is the process that sent last, the fifth of a segment the one that made it.
    ...rows('msg').flatMap(([, id = '', , , , pid = '']) => (isOfOthers(pid) ? [] : [`message queue ${id}`])),
    ...rows('shm').flatMap(([, id = '', , , pid = '']) => (isOfOthers(pid) ? [] : [`segment ${id}`])),
    ...readdirSync('/dev/shm').map((name) => `/dev/shm/${name}`),
  ];
}

function rows(kind: string): readonly (readonly string[])[] {
  const [, ...lines] = readFileSync(`/proc/sysvipc/${kind}`, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => line.trim().split(/\s+/));
}

/** Whether the process lives and belongs to no test: the machine is not ours alone. */
function isOfOthers(pid: string): boolean {
  if (Number(pid) === process.pid) return false;
  try {
    return !readFileSync(`/proc/${pid}/environ`, 'latin1').includes(MARK);
  } catch {
    return false;
  }
}
