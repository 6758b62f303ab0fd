// Waiting for one thing to come, until a deadline.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { closeDescriptor, readDescriptor, setNonBlocking, writeDescriptor } from '../src/descriptor.ts';
import { makePipe } from '../src/pipe.ts';
import { watchDescriptor } from '../src/poll.ts';
import { readBefore } from '../src/read-before.ts';

const WATCHDOG_MS = 30_000;
let readEnd = 0;
let writeEnd = 0;

beforeEach(() => {
  ({ readEnd, writeEnd } = makePipe());
  setNonBlocking(readEnd);
});

afterEach(() => {
  // No watch is left: a second one would be refused.
  watchDescriptor(readEnd, () => {}).close();
  closeDescriptor(readEnd);
  closeDescriptor(writeEnd);
});

function readOne(): number | undefined {
  const byte = Buffer.alloc(1);
  return readDescriptor(readEnd, byte, 0, 1) < 0 ? undefined : byte[0];
}

it('resolves with the first answer, however often there was none', async () => {
  const answer = readBefore(readEnd, performance.now() + WATCHDOG_MS, () => {
    const byte = readOne();
    return byte === 1 ? 'one' : undefined;
  });
  for (const byte of [3, 2, 1]) writeDescriptor(writeEnd, Buffer.of(byte), 0, 1);
  await expect(answer).resolves.toBe('one');
});

it('resolves with undefined at the deadline', async () => {
  await expect(readBefore(readEnd, performance.now() + 10, readOne)).resolves.toBeUndefined();
});

it('rejects with what reading throws', async () => {
  const answer = readBefore(readEnd, performance.now() + WATCHDOG_MS, () => {
    throw new TypeError('unreadable');
  });
  writeDescriptor(writeEnd, Buffer.of(1), 0, 1);
  await expect(answer).rejects.toThrow('unreadable');
});
