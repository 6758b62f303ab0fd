// Many lanes and letters in one queue: who gets what, who holds up whom, and what becomes of what belongs to nobody.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LaneOffer } from '@troupe/core/transport';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { HEADER_BYTES, IN_LINE, writeHeader } from '../src/queue-message.ts';
import { eventually } from '../../core/test/eventually.ts';
import {
  makeDirectory,
  openDescriptors,
  openLane,
  removeDirectory,
} from '../../core/test/lanes/open-lane.ts';
import { putInto, queuesIn, ringLetterbox, transports } from './lane-fixture.ts';

let directory = '';

beforeEach(() => {
  directory = makeDirectory();
});

afterEach(() => {
  expect(removeDirectory(directory)).toEqual([]);
});

/** A message of the lane that was offered, with `bytes` behind the header. */
function forge(offer: LaneOffer, place: number, bytes: readonly number[]): Buffer {
  const message = Buffer.alloc(HEADER_BYTES + bytes.length);
  writeHeader(message, 0, Number(offer['lane']), place, IN_LINE);
  message.set(bytes, HEADER_BYTES);
  return message;
}

describe.each(transports)('the queue of a node with %s', (name, create) => {
  it('is one for all its lanes, and goes with the last', async () => {
    const before = openDescriptors();
    const transport = create();
    const first = await openLane(transport, directory, { lane: 'first' });
    const second = await openLane(transport, directory, { lane: 'second' });
    expect(first.reader.offer['queue']).toBe(second.reader.offer['queue']);
    expect(queuesIn(directory)).toBe(1);
    for (const { reader } of [first, second]) reader.start();
    const expected: string[] = [];
    for (let index = 0; index < 300; index += 1) {
      expected.push(`${index}${'x'.repeat((index * 37) % 900)}`);
      for (const { writer } of [first, second]) {
        while (!writer.send(Buffer.from(expected.at(-1) ?? ''))) await writer.drained();
      }
      if (index % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await first.writer.close();
    expect([await first.ended, first.frames]).toEqual([undefined, expected]);
    await first.reader.close();
    expect(queuesIn(directory)).toBe(1);
    await second.writer.close();
    expect([await second.ended, second.frames]).toEqual([undefined, expected]);
    await second.reader.close();
    expect(queuesIn(directory)).toBe(0);
    expect(openDescriptors()).toEqual(before);
  });

  it('is not held up by a lane that is not read yet, nor by what its sender has for it', async () => {
    const transport = create();
    const late = await openLane(transport, directory, { lane: 'late' });
    const early = await openLane(transport, directory, { lane: 'early' });
    early.reader.start();
    const sent: string[] = [];
    for (let index = 0; late.writer.send(Buffer.from(`${index}${'x'.repeat(5000)}`)); index += 1)
      sent.push(`${index}${'x'.repeat(5000)}`);
    late.writer.flushBlocking(50);
    early.writer.send(Buffer.from('in time'));
    await eventually('the frame of the other lane came', () => early.frames.length === 1);
    expect(late.frames).toEqual([]);
    late.reader.start();
    await late.writer.close();
    expect([await late.ended, late.frames]).toEqual([undefined, sent]);
    await early.writer.close();
    for (const { reader } of [late, early]) await reader.close();
  });

  it('ends a lane whose sender says more than is kept before it is read', async () => {
    const transport = create();
    const lane = await openLane(transport, directory);
    const piece = Array.from({ length: 8000 }, () => 0);
    for (let place = 0; place < 9; place += 1) {
      const message = forge(lane.reader.offer, place, piece);
      await eventually('there is room', () => {
        lane.writer.send(Buffer.from('a ring'));
        return putInto(lane.reader.offer, message);
      });
    }
    lane.writer.send(Buffer.from('a ring'));
    expect(await lane.ended).toMatchObject({ code: 'TROUPE_PROTOCOL_VIOLATION' });
    await lane.writer.close();
    await lane.reader.close();
  });

  it('drops the parts that a sender has left, however many, and carries those of the others', async () => {
    const transport = create();
    const gone = await openLane(transport, directory, { lane: 'gone' });
    const stays = await openLane(transport, directory, { lane: 'stays' });
    while (gone.writer.send(Buffer.alloc(60_000)));
    stays.writer.send(Buffer.from('still here'));
    // Its sender is there, its receiver is not: what is in the queue belongs to nobody.
    await gone.reader.close();
    expect(await gone.senderEnded).toMatchObject({ code: 'TROUPE_PEER_LOST' });
    stays.reader.start();
    await eventually('the other lane has its frame', () => stays.frames.length === 1);
    await gone.writer.close();
    await stays.writer.close();
    expect([await stays.ended, stays.frames]).toEqual([undefined, ['still here']]);
    await stays.reader.close();
  });

  it('ends a lane whose messages are forged or stolen, and no other', async () => {
    const transport = create();
    const stays = await openLane(transport, directory, { lane: 'stays' });
    stays.reader.start();
    const forgeries: readonly [number, readonly number[], string][] = [
      [0, [0xff, 0xff, 0xff, 0x7f, 1], 'a record of'],
      [7, [1, 0, 0, 0, 1], 'is missing'],
      [0, [1, 0, 0, 0, 99], 'unknown kind 99'],
      [0, [0, 0, 0, 0], 'without its first byte'],
    ];
    for (const [place, bytes, why] of forgeries) {
      const lane = await openLane(transport, directory, { lane: 'forged' });
      lane.reader.start();
      expect(putInto(lane.reader.offer, forge(lane.reader.offer, place, bytes))).toBe(true);
      if (name === 'sysv-mq') stays.writer.send(Buffer.from('a ring'));
      expect(await lane.ended).toMatchObject({
        code: 'TROUPE_PROTOCOL_VIOLATION',
        message: expect.stringContaining(why),
      });
      expect(await lane.senderEnded).toMatchObject({ code: 'TROUPE_PEER_LOST' });
      await lane.writer.close();
      await lane.reader.close();
    }
    stays.writer.send(Buffer.from('untouched'));
    await stays.writer.close();
    expect(await stays.ended).toBeUndefined();
    expect(stays.frames.at(-1)).toBe('untouched');
    await stays.reader.close();
  });

  it('gives letters to its letterbox, and tells it of noise', async () => {
    const transport = create();
    const letters: string[] = [];
    const noise: string[] = [];
    const letterbox = await transport.openLetterbox({
      directory,
      onLetter: (memory, start, end) => letters.push(memory.toString('utf8', start, end)),
      onGarbage: (what) => noise.push(what),
      onWarning: (what) => noise.push(what),
    });
    const path = join(directory, 'letterbox');
    const [kind, address, bytes] = readFileSync(path, 'utf8').trimEnd().split(' ');
    expect([kind, Number(bytes), statSync(path).mode & 0o777]).toEqual([name, 8192, 0o600]);
    const queue = name === 'sysv-mq' ? Number(address) : String(address);
    const offer = { transport: name, queue };
    const messages = ['{"to":"a"}', '', 'noise', '{', '\x01TRP with a header that is none'];
    for (const message of messages) {
      await eventually('there is room', () => putInto(offer, Buffer.from(message)));
      ringLetterbox(directory);
    }
    await eventually('all came', () => letters.length + noise.length === messages.length);
    expect([letters, noise.length]).toEqual([['{"to":"a"}', '{'], 3]);
    await letterbox.close();
    expect(existsSync(path)).toBe(false);
  });

  it('stays for the letterbox when the last lane goes, and for a lane when the letterbox does', async () => {
    const transport = create();
    const options = { directory, onLetter: () => {}, onGarbage: () => {}, onWarning: () => {} };
    const first = await transport.openLetterbox(options);
    const lane = await openLane(transport, directory);
    await lane.writer.close();
    await lane.reader.close();
    expect(queuesIn(directory)).toBe(1);
    const other = await openLane(transport, directory);
    await first.close();
    other.reader.start();
    other.writer.send(Buffer.from('on and on'));
    await other.writer.close();
    expect([await other.ended, other.frames]).toEqual([undefined, ['on and on']]);
    await other.reader.close();
  });

  it('lets a lane be closed, drained and asked from within its own frames', async () => {
    const transport = create();
    let drained: Promise<void> | undefined;
    const lane = await openLane(transport, directory, {
      onFrame: (frame) => {
        if (frame === 'second') drained = lane.reader.drain();
        if (frame === 'third') void lane.reader.close();
      },
    });
    lane.reader.start();
    for (const frame of ['first', 'second', 'third', 'fourth']) lane.writer.send(Buffer.from(frame));
    await lane.ended;
    await drained;
    expect(lane.frames).toEqual(['first', 'second', 'third']);
    await lane.writer.close();
  });

  it('keeps what waits for a receiver that does not read within its bound, and gives up in time', async () => {
    const transport = create({ stagingBytes: '128KiB' });
    const lane = await openLane(transport, directory);
    let taken = 0;
    while (lane.writer.send(Buffer.alloc(1000))) taken += 1;
    expect(taken).toBeGreaterThan(100);
    expect(taken).toBeLessThan(300);
    const before = performance.now();
    lane.writer.flushBlocking(60);
    expect(performance.now() - before).toBeGreaterThan(50);
    await lane.writer.close(20);
    lane.reader.start();
    expect(await lane.ended).toMatchObject({ code: 'TROUPE_PEER_LOST' });
    // What the queue had taken, and nothing in part.
    expect(lane.frames.length).toBeGreaterThan(10);
    expect(lane.frames.every((frame) => frame.length === 1000)).toBe(true);
    await lane.reader.close();
  });
});
