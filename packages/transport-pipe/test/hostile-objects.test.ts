// What somebody else has put where a lane should be: refused, never used, never removed.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openSender } from '@troupe/core/transport';
import type { LaneOffer, Transport } from '@troupe/core/transport';
import { createFifo, listenUnix } from '@troupe/posix';
import { chmodSync, chownSync, closeSync, constants, existsSync, openSync } from 'node:fs';
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fifoTransport, unixTransport } from '../src/index.ts';
import { makeDirectory, openAndClose, openDescriptors } from '../../core/test/lanes/open-lane.ts';
import { describeTakenAddresses, isRoot, STRANGER } from '../../core/test/lanes/taken-addresses.ts';

let directory = '';
let before: readonly string[] = [];

beforeEach(async () => {
  directory = makeDirectory();
  await openAndClose(unixTransport(), directory);
  before = openDescriptors();
});

afterEach(() => {
  rmSync(directory, { recursive: true });
  expect(openDescriptors()).toEqual(before);
});

function send(transport: Transport, path: string): Promise<unknown> {
  const offer: LaneOffer = { transport: transport.name, path };
  return openSender(transport, offer, { peer: 'b', directory: '', timeoutMs: 100, onEnd: () => {} });
}

const transports: readonly [string, () => Transport, string][] = [
  ['fifo', fifoTransport, '.fifo'],
  ['unix', unixTransport, '.sock'],
];

for (const [name, create, ending] of transports) describeTakenAddresses(name, create, ending);

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
