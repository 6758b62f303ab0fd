// The message queues of nodes, which outlive processes and which anybody of this user can remove.
import { expect, it } from '@jest/globals';
import {
  closeDescriptor,
  createKeyedObject,
  createSysvQueue,
  isSystemError,
  journalledObjects,
  openPosixQueue,
  removeSysvQueue,
  unlinkPosixQueue,
} from '@troupe/posix';
import type { KernelObject } from '@troupe/posix';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createSystem } from 'troupe';
import { Worker } from '../actors.ts';
import { eventually } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';
import { startProgram } from '../program.ts';
import type { Program } from '../program.ts';

const surroundings = watchForLeaks();

it.each(['posix-mq', 'sysv-mq'])(
  'over %s a process whose queue an administrator removes can still start others',
  async (transport) => {
    const warnings: string[] = [];
    const quiet = (): void => undefined;
    await using system = await createSystem({
      name: 'removed',
      transport,
      runtimeDirectory: surroundings.directory,
      logger: { debug: quiet, info: quiet, warn: (text: string) => warnings.push(text), error: quiet },
    });
    await system.spawn(Worker, { in: 'process' });
    const letterbox = join(system.directory, system.node, 'letterbox');
    const [, address = ''] = readFileSync(letterbox, 'utf8').split(' ');
    expect(transport === 'sysv-mq' ? removeSysvQueue(Number(address)) : unlinkPosixQueue(address)).toBe(true);
    const other = await system.spawn(Worker, { in: 'process' });
    expect(await other.ask('echo', 'here')).toBe('here');
    expect(readFileSync(letterbox, 'utf8')).not.toContain(` ${address} `);
    const replaced = warnings.filter((text) => text.includes('was removed by somebody else'));
    expect(replaced).toEqual([
      expect.stringMatching(`the ${transport} queue ${address} of this process .* takes its place`),
    ]);
  },
);

// So many more that cleaning up takes a while.
const MORE_QUEUES = 1000;

it('five that clean up at once, one of them killed half-way, leave nothing of three that were killed', async () => {
  const { directory, environment } = surroundings;
  const start = (transport: string): Promise<Program> =>
    startProgram({ name: 'dead', transport, runtimeDirectory: directory }, { environment });
  const [lives, ...dead] = await Promise.all(['sysv-mq', 'sysv-mq', 'sysv-mq', 'posix-mq'].map(start));
  if (lives === undefined) throw new Error('There is no program.');
  const system = join(directory, 'dead');
  const paths = dead.map(({ node }) => join(system, node));
  for (const path of paths)
    for (let more = 0; more < MORE_QUEUES; more += 1) createKeyedObject(path, 'sysv-queue', createSysvQueue);
  const objects = paths.flatMap((path) => journalledObjects(path));
  expect(objects).toHaveLength(3 + 3 * MORE_QUEUES);
  expect(thatExist(objects)).toHaveLength(objects.length);
  for (const program of dead) program.kill('SIGKILL');
  expect(await Promise.all(dead.map(({ exited }) => exited))).toEqual(['SIGKILL', 'SIGKILL', 'SIGKILL']);

  const cleaners = Promise.allSettled(Array.from({ length: 5 }, () => start('unix')));
  await eventually('one is half-way', () => paths.some(killHalfWay));
  const outcomes = await cleaners;
  const done = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([
    { status: 'rejected', reason: expect.objectContaining({ message: expect.stringContaining('SIGKILL') }) },
  ]);
  // What it left is cleaned up by the next that comes or leaves.
  for (const program of done) expect([await program.leave(), program.errors()]).toEqual([0, '']);
  expect(thatExist(objects)).toEqual([]);
  expect(readdirSync(system).sort()).toEqual([lives.node, `${lives.node}.lock`, 'names']);
  const own = journalledObjects(join(system, lives.node));
  expect([own.length, thatExist(own)]).toEqual([1, own]);
  expect(await lives.leave()).toBe(0);
});

/** Kills the process that cleans up the directory at `path`, if it has begun and is not done; false when nothing was done. */
function killHalfWay(path: string): boolean {
  const holder = holderOf(`${path}.lock`);
  if (holder === 0 || journalledObjects(path).length >= MORE_QUEUES) return false;
  process.kill(holder, 'SIGSTOP');
  const isHalfWay = holderOf(`${path}.lock`) === holder && journalledObjects(path).length > 0;
  process.kill(holder, isHalfWay ? 'SIGKILL' : 'SIGCONT');
  return isHalfWay;
}

/** The process that holds the lock of the file; 0: nobody does. */
function holderOf(path: string): number {
  const inode = statSync(path, { throwIfNoEntry: false })?.ino;
  const lines = readFileSync('/proc/locks', 'utf8').split('\n');
  const held = lines.find((line) => / FLOCK /.test(line) && line.includes(`:${String(inode)} `));
  return Number(held?.trim().split(/\s+/)[4] ?? 0);
}

function thatExist(objects: readonly KernelObject[]): readonly KernelObject[] {
  const rows = readFileSync('/proc/sysvipc/msg', 'utf8').split('\n');
  const keys = new Set(rows.map((row) => Number(row.trim().split(/\s+/)[0])));
  return objects.filter((object) => ('key' in object ? keys.has(object.key) : isPosixQueue(object.name)));
}

function isPosixQueue(name: string): boolean {
  try {
    closeDescriptor(openPosixQueue(name));
    return true;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return false;
    throw error;
  }
}
