// Two processes with options of their own: each says how its memory is reached and how it is rung, and the other follows. And
// what is left of a receiver that is killed while it makes a lane.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openReceiver } from '@troupe/core/transport';
import { journalledObjects, removeJournalledObjects } from '@troupe/posix';
import { shmTransport } from '@troupe/transport-shm';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory, removeDirectory } from '../../../core/test/lanes/open-lane.ts';

const FRAMES = 5000;
const CAPACITY_BYTES = 16 * 1024;

let directory = '';

beforeEach(() => {
  directory = makeDirectory();
});

afterEach(() => {
  const left = removeDirectory(directory);
  expect(left).toEqual([]);
});

describe.each([
  [{ segment: 'posix', wakeUp: 'futex' }, { wakeUp: 'eventfd' }],
  [
    { segment: 'sysv', wakeUp: 'eventfd' },
    { segment: 'posix', wakeUp: 'sysv-sem' },
  ],
  [{ segment: 'memfd', wakeUp: 'signal' }, { wakeUp: 'spin' }],
  [{ segment: 'memfd', wakeUp: 'spin' }, { wakeUp: 'signal' }],
  [{ segment: 'sysv', wakeUp: 'fifo' }, { wakeUp: 'posix-sem' }],
])('a receiver with %j and a sender with %j', (receiving, sending) => {
  it('wake each other, for frames and for room', async () => {
    const numbers: number[] = [];
    let end: (error?: Error) => void = () => {};
    const ended = new Promise<Error | undefined>((resolve) => (end = resolve));
    const reader = await openReceiver(shmTransport({ ...receiving, capacityBytes: CAPACITY_BYTES }), {
      peer: 'sender',
      directory,
      lane: 'lane',
      onFrame: (memory, start) => numbers.push(memory.readUInt32LE(start)),
      onEnd: (error) => end(error),
    });
    reader.start();
    const options = JSON.stringify({ ...sending, capacityBytes: CAPACITY_BYTES });
    // Many times what the ring holds.
    const given = [JSON.stringify(reader.offer), String(FRAMES), 'closes', directory, options];
    const sender = spawn(process.execPath, [fixture('sender.mjs'), ...given], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    expect(await ended).toBeUndefined();
    expect(numbers).toEqual(Array.from({ length: FRAMES }, (_, index) => index));
    if (sender.exitCode === null) await once(sender, 'exit');
    await reader.close();
  });
});

describe.each([
  { segment: 'posix', at: 'shm.create.segment', kinds: ['posix-segment'] },
  { segment: 'posix', at: 'shm.create.after', kinds: ['posix-segment'] },
  {
    segment: 'posix',
    wakeUp: 'sysv-sem',
    at: 'shm.create.after',
    kinds: ['posix-segment', 'sysv-semaphore'],
  },
  { segment: 'sysv', wakeUp: 'sysv-sem', at: 'shm.create.segment', kinds: ['sysv-semaphore'] },
])('a receiver killed at $at with a $segment segment', ({ at, kinds, ...options }) => {
  it('leaves what the journal of its directory has entries of, and nothing once that is cleaned', () => {
    const before = objects();
    const { signal } = spawnSync(
      process.execPath,
      [fixture('receiver.mjs'), directory, JSON.stringify(options)],
      { env: { ...process.env, TROUPE_FAULT: `${at}=kill` }, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    expect(signal).toBe('SIGKILL');
    expect(
      journalledObjects(directory)
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(kinds);
    expect(objects()).not.toEqual(before);
    removeJournalledObjects(directory);
    expect(objects()).toEqual(before);
    // The socket's name goes with the directory.
    expect(readdirSync(directory)).toEqual(['lane.sock']);
    removeDirectory(directory);
    directory = makeDirectory();
  });
});

function objects(): readonly string[] {
  const named = existsSync('/dev/shm')
    ? readdirSync('/dev/shm').filter((name) => name.startsWith('troupe-'))
    : [];
  const numbered = ['shm', 'sem'].flatMap((kind) =>
    readFileSync(join('/proc/sysvipc', kind), 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/)[1] ?? ''),
  );
  return [...named.sort(), ...numbered];
}

function fixture(name: string): string {
  return join(import.meta.dirname, '../fixtures', name);
}
