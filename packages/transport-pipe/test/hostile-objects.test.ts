// What somebody else has put where a lane should be: refused, never used, never removed.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openReceiver, openSender } from '@troupe/core/transport';
import type { LaneOffer, Transport } from '@troupe/core/transport';
import { createFifo, currentUid, listenUnix } from '@troupe/posix';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  constants,
  readFileSync,
} from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fifoTransport, unixTransport } from '../src/index.ts';
import { descriptorCount, makeDirectory, openLane, removeDirectory } from './lane-fixture.ts';

const STRANGER = 65534;
const isRoot = currentUid() === 0;

let directory = '';
let descriptorsBefore = 0;

beforeEach(async () => {
  directory = makeDirectory();
  // What is opened once and kept is opened before counting.
  await closeBoth(unixTransport());
  descriptorsBefore = descriptorCount();
});

afterEach(() => {
  removeDirectory(directory);
  expect(descriptorCount()).toBe(descriptorsBefore);
});

async function closeBoth(transport: Transport): Promise<void> {
  const { reader, writer } = await openLane(transport, directory, 'warm');
  reader.start();
  await writer.close();
  await reader.close();
}

function receive(transport: Transport): Promise<unknown> {
  return openReceiver(transport, { peer: 'a', directory, lane: 'lane', onFrame: () => {}, onEnd: () => {} });
}

function send(transport: Transport, path: string): Promise<unknown> {
  const offer: LaneOffer = { transport: transport.name, path };
  return openSender(transport, offer, { peer: 'b', directory: '', timeoutMs: 100, onEnd: () => {} });
}

const transports: readonly [string, () => Transport, string][] = [
  ['fifo', fifoTransport, '.fifo'],
  ['unix', unixTransport, '.sock'],
];

describe.each(transports)('a receiver on %s', (_, create, ending) => {
  it.each([
    ['a file', (path: string) => writeFileSync(path, 'precious')],
    ['a directory', (path: string) => mkdirSync(path)],
    ['a symbolic link to a file', (path: string) => symlinkSync('/etc/passwd', path)],
    ['a symbolic link to nothing', (path: string) => symlinkSync('/nowhere/at/all', path)],
    ['a FIFO', (path: string) => createFifo(path)],
  ])('refuses an address where %s stands, and leaves it there', async (_name, put) => {
    const path = join(directory, `lane${ending}`);
    put(path);
    await expect(receive(create())).rejects.toMatchObject({
      code: 'TROUPE_ADDRESS_IN_USE',
      message: expect.stringContaining(path),
    });
    expect(() => symlinkSync('/', path)).toThrow('EEXIST');
  });

  if (isRoot) {
    it('refuses an address where something of another user stands, and says whose it is', async () => {
      const path = join(directory, `lane${ending}`);
      createFifo(path);
      chownSync(path, STRANGER, STRANGER);
      await expect(receive(create())).rejects.toMatchObject({
        code: 'TROUPE_PERMISSION',
        message: expect.stringContaining(`user ${STRANGER}`),
      });
      expect(existsSync(path)).toBe(true);
    });
  }

  it('says that the directory is gone', async () => {
    const options = { peer: 'a', directory: join(directory, 'gone'), lane: 'lane' };
    await expect(
      openReceiver(create(), { ...options, onFrame: () => {}, onEnd: () => {} }),
    ).rejects.toMatchObject({ code: 'TROUPE_RUNTIME_DIRECTORY' });
  });
});

describe('a sender on fifo', () => {
  function reading(path: string): number {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  }

  it('refuses a FIFO that others may write, although somebody reads it', async () => {
    const path = join(directory, 'lane.fifo');
    createFifo(path);
    chmodSync(path, 0o666);
    const reader = reading(path);
    await expect(send(fifoTransport(), path)).rejects.toMatchObject({ code: 'TROUPE_PERMISSION' });
    closeSync(reader);
    expect(existsSync(path)).toBe(true);
  });

  if (isRoot) {
    it('refuses a FIFO of another user, although somebody reads it', async () => {
      const path = join(directory, 'lane.fifo');
      createFifo(path);
      chownSync(path, STRANGER, STRANGER);
      const reader = reading(path);
      await expect(send(fifoTransport(), path)).rejects.toMatchObject({ code: 'TROUPE_PERMISSION' });
      closeSync(reader);
      expect(existsSync(path)).toBe(true);
    });
  }

  it('refuses a file, and does not write into it', async () => {
    const path = join(directory, 'lane.fifo');
    writeFileSync(path, 'precious', { mode: 0o600 });
    await expect(send(fifoTransport(), path)).rejects.toMatchObject({ code: 'TROUPE_PERMISSION' });
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  it('refuses a symbolic link, even to a FIFO of its own', async () => {
    const target = join(directory, 'target.fifo');
    const path = join(directory, 'lane.fifo');
    createFifo(target);
    symlinkSync(target, path);
    const reader = reading(target);
    await expect(send(fifoTransport(), path)).rejects.toMatchObject({ code: 'TROUPE_PERMISSION' });
    closeSync(reader);
  });
});

describe('a sender on unix', () => {
  it('finds nobody at a file, and leaves it there', async () => {
    const path = join(directory, 'lane.sock');
    writeFileSync(path, 'precious');
    await expect(send(unixTransport(), path)).rejects.toMatchObject({ code: 'TROUPE_NO_LISTENER' });
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  it('gives up within its deadline when the queue of the listener stays full', async () => {
    const path = join(directory, 'lane.sock');
    const listener = listenUnix(path, 0);
    const transport = unixTransport();
    const offer: LaneOffer = { transport: 'unix', path };
    const options = { peer: 'b', directory: '', timeoutMs: 60, onEnd: () => {} };
    const first = await openSender(transport, offer, options);
    await expect(openSender(transport, offer, options)).rejects.toMatchObject({ code: 'TROUPE_NO_LISTENER' });
    await first.close();
    closeSync(listener);
  });
});

describe.each(transports)('a sender on %s', (name, create) => {
  it('refuses an offer of another transport, and one without a path', async () => {
    const options = { peer: 'b', directory: '', timeoutMs: 100, onEnd: () => {} };
    for (const offer of [
      { transport: 'shm', path: '/x' },
      { transport: name },
      { transport: name, path: 3 },
    ]) {
      await expect(openSender(create(), offer, options)).rejects.toMatchObject({
        code: 'TROUPE_PROTOCOL_VIOLATION',
      });
    }
  });
});
