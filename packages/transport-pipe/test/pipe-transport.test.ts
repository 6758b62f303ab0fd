// Kinship by number, within one process: what a child would inherit is adopted here under another transport.
import { describe, expect, it } from '@jest/globals';
import { openReceiver, openSender } from '@troupe/core/transport';
import { duplicateDescriptor, isSystemError, describeDescriptor } from '@troupe/posix';
import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { pipeTransport } from '../src/index.ts';
import { openDescriptors } from '../../core/test/lanes/open-lane.ts';

const receiving = { directory: '/nowhere', lane: 'lane', onFrame: () => {}, onEnd: () => {} };
const sending = { directory: '', timeoutMs: 100, onEnd: () => {} };

describe("the transport 'pipe'", () => {
  it('refuses a peer that is no relative, and names the transports that reach it', async () => {
    const transport = pipeTransport();
    const refusal = { code: 'TROUPE_TRANSPORT_REACH', message: expect.stringMatching(/'unix' or 'fifo'/) };
    await expect(openReceiver(transport, { ...receiving, peer: 'stranger' })).rejects.toMatchObject(refusal);
    await expect(
      openSender(transport, { transport: 'pipe' }, { ...sending, peer: 'stranger' }),
    ).rejects.toMatchObject(refusal);
  });

  it('joins parent and child in both directions', async () => {
    await joinBothWays();
    // What is opened once and kept is open by now.
    const before = openDescriptors();
    await joinBothWays();
    expect(openDescriptors()).toHaveLength(before.length);
  });

  async function joinBothWays(): Promise<void> {
    const parent = pipeTransport();
    const child = pipeTransport();
    const ends = parent.prepareChild('child');
    // As the start of a process would: the child has descriptors of its own.
    child.adoptParent('parent', ends.descriptors.map(duplicateDescriptor));
    ends.release();
    for (const [from, to, sender, receiver] of [
      [parent, child, 'parent', 'child'],
      [child, parent, 'child', 'parent'],
    ] as const) {
      const frames: string[] = [];
      const done = new Promise<Error | undefined>((resolve) => {
        void (async () => {
          const reader = await openReceiver(to, {
            ...receiving,
            peer: sender,
            onFrame: (memory, start, end) => frames.push(memory.toString('latin1', start, end)),
            onEnd: (error) => resolve(error),
          });
          reader.start();
          const writer = await openSender(from, reader.offer, { ...sending, peer: receiver });
          writer.send(Buffer.from('hello'));
          await writer.close();
        })();
      });
      expect(await done).toBeUndefined();
      expect(frames).toEqual(['hello']);
    }
    await parent.close();
    await child.close();
  }

  it('has one lane in each direction for the life of a child', async () => {
    const transport = pipeTransport();
    const ends = transport.prepareChild('child');
    const reader = await openReceiver(transport, { ...receiving, peer: 'child' });
    await expect(openReceiver(transport, { ...receiving, peer: 'child' })).rejects.toMatchObject({
      code: 'TROUPE_ADDRESS_IN_USE',
    });
    const writer = await openSender(transport, { transport: 'pipe' }, { ...sending, peer: 'child' });
    await expect(
      openSender(transport, { transport: 'pipe' }, { ...sending, peer: 'child' }),
    ).rejects.toMatchObject({ code: 'TROUPE_NO_LISTENER' });
    await writer.close();
    await reader.close();
    ends.release();
    await transport.close();
  });

  it('finds that the child is gone before it sends', async () => {
    const transport = pipeTransport();
    transport.prepareChild('child').release();
    await expect(
      openSender(transport, { transport: 'pipe' }, { ...sending, peer: 'child' }),
    ).rejects.toMatchObject({ code: 'TROUPE_NO_LISTENER' });
    await transport.close();
  });

  it('gives back everything of a child that could not be started, once', async () => {
    const before = openDescriptors();
    const transport = pipeTransport();
    const ends = transport.prepareChild('child');
    expect(openDescriptors()).toHaveLength(before.length + 4);
    ends.abandon();
    ends.abandon();
    ends.release();
    expect(openDescriptors()).toHaveLength(before.length);
    await expect(openReceiver(transport, { ...receiving, peer: 'child' })).rejects.toMatchObject({
      code: 'TROUPE_TRANSPORT_REACH',
    });
  });

  it('lets no other child inherit what is meant for one', () => {
    const transport = pipeTransport();
    const ends = transport.prepareChild('child');
    const mine = ends.descriptors.map((fd) => readlinkSync(`/proc/self/fd/${fd}`));
    const listing = execFileSync('ls', ['-l', '/proc/self/fd'], { encoding: 'utf8' });
    expect(mine.filter((target) => listing.includes(target))).toEqual([]);
    ends.abandon();
  });

  it('closes what was prepared and never used', async () => {
    const transport = pipeTransport();
    const ends = transport.prepareChild('child');
    const [first = -1] = ends.descriptors;
    ends.release();
    await transport.close();
    let error: unknown;
    try {
      describeDescriptor(first);
    } catch (caught) {
      error = caught;
    }
    expect(isSystemError(error, 'EBADF')).toBe(true);
  });
});
