// Somebody removes the System V semaphore that a node sleeps on, as `ipcrm` does, or systemd when a user logs out: the node
// learns of it without a ring, ends its lanes with a reason, and makes another for the next one.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { removeSysvSemaphore } from '@troupe/posix';
import { shmTransport } from '@troupe/transport-shm';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { makeDirectory, openLaneBetween, removeDirectory } from '../../../core/test/lanes/open-lane.ts';
import type { OpenLane } from '../../../core/test/lanes/open-lane.ts';

const CAPACITY_BYTES = 16 * 1024;
const PRIVATE = { capacityBytes: CAPACITY_BYTES, awakeMicroseconds: 0 };
const REMOVED = {
  code: 'TROUPE_PROTOCOL_VIOLATION',
  message: expect.stringMatching(/semaphore \d+.* removed.*ipcrm.*RemoveIPC/s),
};

let directory = '';

beforeEach(() => {
  directory = makeDirectory();
});

afterEach(() => {
  // The journal has no entry of a semaphore that is gone, nor of one that is not.
  expect(removeDirectory(directory)).toEqual([]);
});

/** Finds the semaphore by its entry in the journal. */
function removeSemaphore(): void {
  const [entry = ''] = readdirSync(directory).filter((name) => name.includes('sysv-semaphore'));
  const key = entry.split('.').at(-1);
  const line = readFileSync('/proc/sysvipc/sem', 'utf8')
    .split('\n')
    .map((text) => text.trim().split(/\s+/))
    .find(([first]) => first === key);
  expect(removeSysvSemaphore(Number(line?.[1]))).toBe(true);
}

const open = (receiver: 'sysv-sem' | 'eventfd', sender: 'sysv-sem' | 'eventfd'): Promise<OpenLane> =>
  openLaneBetween(
    shmTransport({ ...PRIVATE, wakeUp: receiver }),
    shmTransport({ ...PRIVATE, wakeUp: sender }),
    directory,
  );

async function untilCame({ frames }: OpenLane, count: number): Promise<void> {
  while (frames.length < count) await delay(1);
}

it('a receiver that sleeps ends its lane at once, with all that was sent and the reason', async () => {
  const lane = await open('sysv-sem', 'eventfd');
  lane.reader.start();
  lane.writer.send(Buffer.from('one'));
  await untilCame(lane, 1);
  removeSemaphore();
  expect(await lane.ended).toMatchObject(REMOVED);
  expect(await lane.senderEnded).toMatchObject({ code: 'TROUPE_PEER_LOST' });
  await Promise.all([lane.writer.close(), lane.reader.close()]);
});

it('a sender that can wake nobody has lost its peer, and what it had sent arrives', async () => {
  const lane = await open('sysv-sem', 'eventfd');
  lane.reader.start();
  lane.writer.send(Buffer.from('one'));
  await untilCame(lane, 1);
  await delay(100); // asleep
  removeSemaphore();
  // In the same turn: nobody has looked at the semaphore yet.
  lane.writer.send(Buffer.from('two'));
  expect(await lane.senderEnded).toMatchObject({
    code: 'TROUPE_PEER_LOST',
    message: expect.stringContaining('cannot be woken'),
  });
  await lane.ended;
  expect(lane.frames).toEqual(['one', 'two']);
  await Promise.all([lane.writer.close(), lane.reader.close()]);
});

it('a sender that waits for room ends its lane with the reason, and what it had sent arrives', async () => {
  const lane = await open('eventfd', 'sysv-sem');
  let sent = 0;
  while (lane.writer.send(Buffer.alloc(1000))) sent += 1;
  const drained = lane.writer.drained();
  await delay(100); // asleep
  removeSemaphore();
  expect(await lane.senderEnded).toMatchObject(REMOVED);
  await drained;
  lane.reader.start();
  expect(await lane.ended).toMatchObject({ code: 'TROUPE_PEER_LOST' });
  expect(lane.frames).toHaveLength(sent);
  await Promise.all([lane.writer.close(), lane.reader.close()]);
});

it('the next lane of the node makes another', async () => {
  const receiving = shmTransport({ ...PRIVATE, wakeUp: 'sysv-sem' });
  const sending = shmTransport({ ...PRIVATE, wakeUp: 'eventfd' });
  const first = await openLaneBetween(receiving, sending, directory);
  first.reader.start();
  removeSemaphore();
  expect(await first.ended).toMatchObject(REMOVED);
  const second = await openLaneBetween(receiving, sending, directory, { lane: 'second' });
  second.reader.start();
  second.writer.send(Buffer.from('woken'));
  await untilCame(second, 1);
  await second.writer.close();
  expect(await second.ended).toBeUndefined();
  await Promise.all([first.writer.close(), first.reader.close(), second.reader.close()]);
});
