// Two nodes, and one of them leaves before the other has looked: its bell goes with its last lane, what it committed stays.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { openReceiver, openSender } from '@troupe/core/transport';
import { setTimeout as delay } from 'node:timers/promises';
import { shmTransport } from '@troupe/transport-shm';
import { WAKE_UPS } from '../../src/wake-up/contract.ts';
import { makeDirectory, removeDirectory } from '../../../core/test/lanes/open-lane.ts';

const ANSWER_MS = 50;

let directory = '';

beforeEach(() => {
  directory = makeDirectory();
});

afterEach(() => {
  removeDirectory(directory);
});

it.each(WAKE_UPS)('what a sender that has gone again had committed arrives (woken by %s)', async (wakeUp) => {
  const frames: string[] = [];
  let end: (error?: Error) => void = () => {};
  const ended = new Promise<Error | undefined>((resolve) => (end = resolve));
  const reader = await openReceiver(shmTransport({ wakeUp }), {
    peer: 'sender',
    directory,
    lane: 'lane',
    onFrame: (memory, start, to) => frames.push(memory.toString('latin1', start, to)),
    onEnd: (error) => end(error),
  });
  // A transport of its own, as in a process of its own.
  const options = { peer: 'receiver', directory, timeoutMs: 10_000, onEnd: () => {} };
  const writer = await openSender(shmTransport({ wakeUp }), reader.offer, options);
  writer.send(Buffer.from('one'));
  await writer.close();
  // Long enough for the receiver to find the answer of the sender, and no bell behind it.
  await delay(ANSWER_MS);
  reader.start();
  expect(await ended).toBeUndefined();
  expect(frames).toEqual(['one']);
  await reader.close();
});
