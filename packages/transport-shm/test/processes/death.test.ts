// Processes that are killed or stopped with a full ring between them: what was committed arrives, and nothing waits for ever.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { openReceiver } from '@troupe/core/transport';
import type { LaneOffer } from '@troupe/core/transport';
import { shmTransport } from '@troupe/transport-shm';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FRAMES = 3000;
const CAPACITY_BYTES = 1024 * 1024;

let directory = '';
let child: ChildProcess | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'troupe-shm-'));
});

afterEach(async () => {
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(directory, { recursive: true });
});

/** A process that sends `FRAMES` numbered frames; resolves once it has committed the last. */
async function startSender(offer: LaneOffer, then: 'stays' | 'exits'): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('../fixtures/sender.mjs', import.meta.url));
  const options = JSON.stringify({ capacityBytes: CAPACITY_BYTES });
  const started = spawn(
    process.execPath,
    [program, JSON.stringify(offer), String(FRAMES), then, directory, options],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  child = started;
  if (started.stdout === null) throw new TypeError('The sender has no output.');
  const failed = once(started, 'exit').then(() =>
    Promise.reject(new Error('The sender ended before it had sent.')),
  );
  // Told only while somebody waits for the word.
  failed.catch(() => {});
  await Promise.race([once(started.stdout, 'data'), failed]);
  return started;
}

async function receive(): Promise<{
  readonly reader: Awaited<ReturnType<typeof openReceiver>>;
  readonly numbers: number[];
  readonly ended: Promise<Error | undefined>;
}> {
  const numbers: number[] = [];
  let end: (error?: Error) => void = () => {};
  const ended = new Promise<Error | undefined>((resolve) => (end = resolve));
  const reader = await openReceiver(shmTransport({ capacityBytes: CAPACITY_BYTES }), {
    peer: 'sender',
    directory,
    lane: 'lane',
    onFrame: (memory, start) => numbers.push(memory.readUInt32LE(start)),
    onEnd: (error) => end(error),
  });
  return { reader, numbers, ended };
}

const all = Array.from({ length: FRAMES }, (_, index) => index);

it('what a killed sender had committed arrives, without anybody saying that it is gone', async () => {
  const { reader, numbers, ended } = await receive();
  const sender = await startSender(reader.offer, 'stays');
  sender.kill('SIGKILL');
  await once(sender, 'exit');
  reader.start();
  expect(await ended).toMatchObject({ code: 'TROUPE_PEER_LOST' });
  expect(numbers).toEqual(all);
  await reader.close();
});

it('what a process committed in its last turn arrives, although it exits without a word', async () => {
  const { reader, numbers, ended } = await receive();
  reader.start();
  const sender = await startSender(reader.offer, 'exits');
  expect(await ended).toMatchObject({ code: 'TROUPE_PEER_LOST' });
  expect(numbers).toEqual(all);
  if (sender.exitCode === null) await once(sender, 'exit');
  await reader.close();
});

it('a sender that was stopped is not dead: its lane goes on when it does', async () => {
  const { reader, numbers, ended } = await receive();
  const sender = await startSender(reader.offer, 'stays');
  sender.kill('SIGSTOP');
  let hasEnded = false;
  void ended.then(() => (hasEnded = true));
  reader.start();
  while (numbers.length < FRAMES) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(hasEnded).toBe(false);
  sender.kill('SIGCONT');
  sender.kill('SIGUSR2');
  while (numbers.length === FRAMES) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(numbers).toEqual([...all, FRAMES]);
  await reader.close();
});
