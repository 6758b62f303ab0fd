// What somebody else has put where a lane or its queue should be: refused, never used, never removed.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openReceiver, openSender } from '@troupe/core/transport';
import type { LaneOffer, Transport } from '@troupe/core/transport';
import {
  closeDescriptor,
  createPosixQueue,
  createSysvQueue,
  describePosixQueue,
  describeSysvQueue,
  makePipe,
  removeSysvQueue,
  unlinkPosixQueue,
} from '@troupe/posix';
import { randomBytes, randomInt } from 'node:crypto';
import { fchmodSync, fchownSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { posixMqTransport, sysvMqTransport } from '../src/index.ts';
import { sysvKind } from '../src/sysv-kind.ts';
import { makeDirectory, openAndClose, openDescriptors } from '../../core/test/lanes/open-lane.ts';
import { describeTakenAddresses, isRoot, STRANGER } from '../../core/test/lanes/taken-addresses.ts';
import { transports } from './lane-fixture.ts';

let directory = '';
let before: readonly string[] = [];

beforeEach(async () => {
  directory = makeDirectory();
  await openAndClose(posixMqTransport(), directory);
  before = openDescriptors();
});

afterEach(() => {
  rmSync(directory, { recursive: true });
  expect(openDescriptors()).toEqual(before);
});

function receive(transport: Transport): ReturnType<typeof openReceiver> {
  return openReceiver(transport, { peer: 'a', directory, lane: 'lane', onFrame: () => {}, onEnd: () => {} });
}

function send(transport: Transport, offer: LaneOffer): Promise<unknown> {
  return openSender(transport, offer, { peer: 'b', directory, timeoutMs: 2000, onEnd: () => {} });
}

for (const [name, create] of transports) describeTakenAddresses(name, create, '.sock');

describe.each(transports)('a sender on %s', (name, create) => {
  it('finds nobody at a file, and leaves it there', async () => {
    const path = join(directory, 'lane.sock');
    writeFileSync(path, 'precious');
    const offer = { transport: name, path, lane: 1, queue: name === 'posix-mq' ? queueName() : 1, key: 1 };
    await expect(send(create(), offer)).rejects.toMatchObject({ code: 'TROUPE_NO_LISTENER' });
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  it('refuses an offer that is none', async () => {
    const reader = await receive(create());
    const { offer } = reader;
    const wrong: readonly Record<string, string | number>[] = [
      { ...offer, transport: 'shm' },
      { ...offer, path: 3 },
      { ...offer, lane: 0 },
      { ...offer, lane: 1.5 },
      { ...offer, lane: 2 ** 48 },
      { ...offer, queue: name === 'posix-mq' ? 1 : '/queue' },
      { ...offer, queue: name === 'posix-mq' ? '/mine' : -1 },
      { ...offer, queue: name === 'posix-mq' ? `${queueName()}\0` : 2 ** 31 },
    ];
    for (const one of wrong) {
      await expect(send(create(), one as LaneOffer)).rejects.toMatchObject({
        code: 'TROUPE_PROTOCOL_VIOLATION',
      });
    }
    await reader.close();
  });

  it('finds nobody when the queue that was offered is gone', async () => {
    const reader = await receive(create());
    const queue = name === 'posix-mq' ? queueName() : 0x7fffffff;
    await expect(send(create(), { ...reader.offer, queue })).rejects.toMatchObject({
      code: 'TROUPE_NO_LISTENER',
    });
    await reader.close();
  });
});

describe('a sender on sysv-mq', () => {
  it('refuses a pipe as the bell it is to ring: a full one would stop it', async () => {
    const reader = await receive(sysvMqTransport());
    const { readEnd, writeEnd } = makePipe();
    expect(() => sysvKind.open(reader.offer, [writeEnd], -1)).toThrow(
      expect.objectContaining({ code: 'EPERM', message: expect.stringContaining('it is no eventfd') }),
    );
    for (const fd of [readEnd, writeEnd]) closeDescriptor(fd);
    await reader.close();
  });
});

describe('a sender on posix-mq', () => {
  it('refuses a queue that others may write, and puts nothing into it', async () => {
    await refusesQueue((fd) => fchmodSync(fd, 0o622), 'group or others may use it');
  });

  if (isRoot) {
    it('refuses a queue of another user, and puts nothing into it', async () => {
      await refusesQueue((fd) => fchownSync(fd, STRANGER, STRANGER), `belongs to user ${STRANGER}`);
    });
  }

  async function refusesQueue(spoil: (fd: number) => void, why: string): Promise<void> {
    const queue = queueName();
    const fd = createPosixQueue(queue, { messages: 2, messageBytes: 1024 });
    spoil(fd);
    const reader = await receive(posixMqTransport());
    await expect(send(posixMqTransport(), { ...reader.offer, queue })).rejects.toMatchObject({
      code: 'TROUPE_PERMISSION',
      message: expect.stringContaining(why),
    });
    expect(describePosixQueue(fd).waiting).toBe(0);
    expect(unlinkPosixQueue(queue)).toBe(true);
    closeDescriptor(fd);
    await reader.close();
  }
});

it('a sender on sysv-mq refuses a queue that has another key than was offered', async () => {
  const key = randomInt(1, 0x7fffffff);
  const queue = createSysvQueue(key);
  const reader = await receive(sysvMqTransport());
  await expect(send(sysvMqTransport(), { ...reader.offer, queue })).rejects.toMatchObject({
    code: 'TROUPE_NO_LISTENER',
  });
  expect(describeSysvQueue(queue).waiting).toBe(0);
  removeSysvQueue(queue);
  await reader.close();
});

function queueName(): string {
  return `/troupe-${randomBytes(16).toString('hex')}`;
}
