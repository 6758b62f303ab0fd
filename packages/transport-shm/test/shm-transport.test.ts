// What is special to lanes in shared memory: what a sender refuses to map, how the ends meet and part, and what it costs to
// wait for nothing.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openReceiver, openSender } from '@troupe/core/transport';
import type { LaneOffer } from '@troupe/core/transport';
import {
  acceptUnix,
  closeDescriptor,
  connectUnix,
  createEventDescriptor,
  createMemfdSegment,
  createPosixSegment,
  listenUnix,
  sendDescriptors,
  waitDescriptor,
} from '@troupe/posix';
import { chmodSync, chownSync, lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { shmTransport } from '../src/index.ts';
import { pageSize } from '../src/page-size.ts';
import { ringBytes } from '../src/ring-buffer-layout.ts';
import { initialiseHeader } from '../src/ring-header.ts';
import type { RingIdentity } from '../src/ring-header.ts';
import { MappedRingMemory } from '../src/ring-memory.ts';
import {
  makeDirectory,
  openAndClose,
  openDescriptors,
  openLane,
  removeDirectory,
} from '../../core/test/lanes/open-lane.ts';
import { describeTakenAddresses, isRoot, STRANGER } from '../../core/test/lanes/taken-addresses.ts';

const CAPACITY_BYTES = 64 * 1024;
const INCARNATION = 'ab'.repeat(16);
const HANDOVER = {
  segment: { segment: 'memfd', id: '' },
  bell: { wakeUp: 'eventfd', number: 0 },
};

/** As the two ends of a lane tell each other: a length and JSON. */
function message(told: unknown): Buffer {
  const text = JSON.stringify(told);
  const bytes = Buffer.alloc(4 + Buffer.byteLength(text));
  bytes.writeUInt32LE(bytes.length - 4);
  bytes.write(text, 4);
  return bytes;
}

let directory = '';
let before: readonly string[] = [];

beforeEach(async () => {
  directory = makeDirectory();
  await openAndClose(shmTransport(), directory);
  before = openDescriptors();
});

afterEach(() => {
  const names = removeDirectory(directory);
  expect([names, openDescriptors()]).toEqual([[], before]);
});

describeTakenAddresses('shm', shmTransport, '.sock');

describe('a lane within one process', () => {
  it('delivers frames, and leaves nothing once both sides have closed', async () => {
    const { reader, writer, frames, ended } = await openLane(shmTransport(), directory);
    reader.start();
    writer.send(Buffer.from('one'));
    writer.send(Buffer.from('two'));
    await writer.close();
    expect(await ended).toBeUndefined();
    expect(frames).toEqual(['one', 'two']);
    await reader.close();
  });

  it('ends with what a handler threw, after which the sender has lost its peer', async () => {
    const culprit = new Error('unwanted');
    const lane = await openLane(shmTransport(), directory, {
      onFrame: () => {
        throw culprit;
      },
    });
    lane.reader.start();
    lane.writer.send(Buffer.from('one'));
    lane.writer.send(Buffer.from('two'));
    expect(await lane.ended).toBe(culprit);
    expect(lane.frames).toEqual(['one']);
    expect(await lane.senderEnded).toMatchObject({ code: 'TROUPE_PEER_LOST' });
    expect(() => lane.writer.send(Buffer.from('three'))).toThrow(
      expect.objectContaining({ code: 'TROUPE_PEER_LOST' }),
    );
    await lane.writer.close();
  });

  it('may be closed by the handler of a frame, which is then the last', async () => {
    let close = () => {};
    const lane = await openLane(shmTransport(), directory, { onFrame: () => close() });
    close = () => void lane.reader.close();
    lane.reader.start();
    for (const frame of ['one', 'two', 'three']) lane.writer.send(Buffer.from(frame));
    expect(await lane.ended).toBeUndefined();
    await lane.senderEnded;
    expect(lane.frames).toEqual(['one']);
    await lane.writer.close();
  });

  it('tells a sender that waits for room that the receiver has closed', async () => {
    const lane = await openLane(shmTransport({ capacityBytes: CAPACITY_BYTES }), directory);
    while (lane.writer.send(Buffer.alloc(1000)));
    const drained = lane.writer.drained();
    await lane.reader.close();
    await drained;
    expect(await lane.senderEnded).toMatchObject({ code: 'TROUPE_PEER_LOST' });
    await expect(lane.writer.drained()).rejects.toMatchObject({ code: 'TROUPE_PEER_LOST' });
    await lane.writer.close();
  });

  it('carries many times what the ring holds, whole and in order', async () => {
    const lane = await openLane(shmTransport({ capacityBytes: 16 * 1024 }), directory);
    lane.reader.start();
    const sent = Array.from({ length: 500 }, (_, index) => `${index}:${'x'.repeat(index * 7)}`);
    for (const frame of sent) while (!lane.writer.send(Buffer.from(frame))) await lane.writer.drained();
    await lane.writer.close();
    expect(await lane.ended).toBeUndefined();
    expect(lane.frames).toEqual(sent);
    await lane.reader.close();
  });

  it('waits for room when it must flush, and gives up when its time is over', async () => {
    const lane = await openLane(shmTransport({ capacityBytes: CAPACITY_BYTES }), directory);
    while (lane.writer.send(Buffer.alloc(1000)));
    const drained = lane.writer.drained();
    const start = performance.now();
    lane.writer.flushBlocking(60);
    expect(performance.now() - start).toBeGreaterThanOrEqual(55);
    // Whoever waited before still is told.
    lane.reader.start();
    await drained;
    await lane.writer.close();
    await lane.ended;
    await lane.reader.close();
  });
});

describe('an idle receiver', () => {
  it('sleeps, and looks again only once it is rung', async () => {
    const { reader, writer, frames, ended } = await openLane(shmTransport(), directory);
    reader.start();
    writer.send(Buffer.from('one'));
    while (frames.length === 0) await delay(1);
    await delay(20);
    const { setImmediate: original } = globalThis;
    let immediates = 0;
    globalThis.setImmediate = ((...given: Parameters<typeof original>) => {
      immediates += 1;
      return original(...given);
    }) as typeof original;
    try {
      await delay(300);
      expect(immediates).toBe(0);
      writer.send(Buffer.from('two'));
      while (frames.length === 1) await delay(1);
      expect(immediates).toBeGreaterThan(0);
    } finally {
      globalThis.setImmediate = original;
    }
    await writer.close();
    await ended;
    await reader.close();
  });
});

describe('a receiver', () => {
  it('goes on waiting when one that came has left before it was served', async () => {
    const frames: string[] = [];
    const reader = await openReceiver(shmTransport(), {
      peer: 'sender',
      directory,
      lane: 'lane',
      onFrame: (memory, start, end) => frames.push(memory.toString('latin1', start, end)),
      onEnd: () => {},
    });
    closeDescriptor(connectUnix(String(reader.offer['path'])));
    const options = { peer: 'receiver', directory, timeoutMs: 500, onEnd: () => {} };
    const writer = await openSender(shmTransport(), reader.offer, options);
    reader.start();
    writer.send(Buffer.from('one'));
    await writer.close();
    await reader.drain();
    expect(frames).toEqual(['one']);
  });
});

describe('a sender', () => {
  const offer = (): LaneOffer => ({
    transport: 'shm',
    path: join(directory, 'lane.sock'),
    capacityBytes: CAPACITY_BYTES,
    incarnation: INCARNATION,
    segment: 'memfd',
    wakeUp: 'eventfd',
  });

  function open(given: LaneOffer = offer(), capacityBytes = CAPACITY_BYTES): Promise<unknown> {
    const options = { peer: 'receiver', directory, timeoutMs: 1000, onEnd: () => {} };
    return openSender(shmTransport({ capacityBytes }), given, options);
  }

  /** Listens where the offer says and hands whoever comes what `make` has made, and what it is told beside it. */
  async function openFrom(
    make: () => readonly number[],
    told: unknown = HANDOVER,
    given: LaneOffer = offer(),
  ): Promise<unknown> {
    const listener = listenUnix(join(directory, 'lane.sock'));
    const opening = open(given);
    waitDescriptor(listener, 'readable', 1000);
    const socket = acceptUnix(listener);
    const descriptors = make();
    sendDescriptors(socket, descriptors, typeof told === 'string' ? Buffer.from(told) : message(told));
    for (const fd of [listener, ...descriptors]) closeDescriptor(fd);
    try {
      return await opening;
    } finally {
      closeDescriptor(socket);
    }
  }

  function ring(identity: Partial<RingIdentity>, bytes = ringBytes(CAPACITY_BYTES)): readonly number[] {
    const segment = createMemfdSegment(bytes);
    const whole = { capacityBytes: CAPACITY_BYTES, pageSize: pageSize(), writer: INCARNATION };
    initialiseHeader(new MappedRingMemory(segment.buffer), { ...whole, reader: INCARNATION, ...identity });
    return [segment.descriptor, createEventDescriptor()];
  }

  it.each([
    ['another lane', { writer: 'cd'.repeat(16) }, 'TROUPE_PROTOCOL_VIOLATION', /incarnation of the writer/],
    ['another capacity', { capacityBytes: 16 * 1024 }, 'TROUPE_PROTOCOL_VIOLATION', /capacity/],
    ['another machine', { pageSize: 1 }, 'TROUPE_VERSION_MISMATCH', /page size/],
  ])('refuses memory with the header of %s', async (_, identity, code, message) => {
    await expect(openFrom(() => ring(identity))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('finds nobody where the memory, or the bell, is gone with its receiver', async () => {
    const gone = '2147483647';
    const told = { segment: { segment: 'sysv', id: gone }, bell: HANDOVER.bell };
    const opening = openFrom(() => [createEventDescriptor()], told, { ...offer(), segment: 'sysv' });
    await expect(opening).rejects.toMatchObject({ code: 'TROUPE_NO_LISTENER' });
    const bell = { wakeUp: 'sysv-sem', number: Number(gone) };
    const memory = (): readonly number[] => {
      const [segment = -1, eventDescriptor = -1] = ring({});
      closeDescriptor(eventDescriptor);
      return [segment];
    };
    const openingToo = openFrom(memory, { ...HANDOVER, bell }, { ...offer(), wakeUp: 'sysv-sem' });
    await expect(openingToo).rejects.toMatchObject({ code: 'TROUPE_NO_LISTENER' });
  });

  it('refuses memory of another size than was offered', async () => {
    await expect(openFrom(() => ring({}, ringBytes(2 * CAPACITY_BYTES)))).rejects.toMatchObject({
      code: 'TROUPE_PROTOCOL_VIOLATION',
      message: expect.stringContaining(String(ringBytes(CAPACITY_BYTES))),
    });
  });

  describe('of a posix segment', () => {
    const name = `/troupe-${'5e'.repeat(16)}`;
    const file = join('/dev/shm', name);
    const told = { segment: { segment: 'posix', id: name }, bell: HANDOVER.bell };
    const given = (): LaneOffer => ({ ...offer(), segment: 'posix' });

    afterEach(() => rmSync(file, { force: true, recursive: true }));

    function makeSegment(bytes = ringBytes(CAPACITY_BYTES)): void {
      createPosixSegment(name, bytes);
    }

    it.each<readonly [string, string, string, () => void]>([
      [
        'that others may use',
        'TROUPE_PERMISSION',
        '0622',
        () => {
          makeSegment();
          chmodSync(file, 0o622);
        },
      ],
      [
        'of another size',
        'TROUPE_PROTOCOL_VIOLATION',
        'were agreed on',
        () => makeSegment(ringBytes(CAPACITY_BYTES) / 2),
      ],
      [
        'that leads to a file of this user',
        'TROUPE_PERMISSION',
        'a symbolic link',
        () => {
          const target = join(directory, 'target');
          writeFileSync(target, Buffer.alloc(ringBytes(CAPACITY_BYTES)), { mode: 0o600 });
          symlinkSync(target, file);
        },
      ],
      ['that is a directory', 'TROUPE_PERMISSION', 'directory', () => mkdirSync(file, { mode: 0o700 })],
      ...(isRoot
        ? [
            [
              'of another user',
              'TROUPE_PERMISSION',
              `user ${STRANGER}`,
              () => {
                makeSegment();
                chownSync(file, STRANGER, STRANGER);
              },
            ] as const,
          ]
        : []),
    ])('refuses one %s, and leaves it there', async (_, code, why, make) => {
      make();
      await expect(openFrom(() => [createEventDescriptor()], told, given())).rejects.toMatchObject({
        code,
        message: expect.stringContaining(why),
      });
      expect(lstatSync(file)).toBeDefined();
      rmSync(join(directory, 'target'), { force: true });
    });

    it('finds nobody when it is gone', async () => {
      await expect(openFrom(() => [createEventDescriptor()], told, given())).rejects.toMatchObject({
        code: 'TROUPE_NO_LISTENER',
      });
    });
  });

  it('refuses what is no sealed memory, and another number of descriptors', async () => {
    const bells = () => [createEventDescriptor(), createEventDescriptor()];
    await expect(openFrom(bells)).rejects.toMatchObject({ code: 'TROUPE_PERMISSION' });
    await expect(openFrom(() => [createEventDescriptor()])).rejects.toMatchObject({
      code: 'TROUPE_PROTOCOL_VIOLATION',
    });
    const three = () => [...ring({}), createEventDescriptor()];
    await expect(openFrom(three)).rejects.toMatchObject({ code: 'TROUPE_PROTOCOL_VIOLATION' });
    const five = () => [...three(), ...bells()];
    await expect(openFrom(five)).rejects.toMatchObject({ code: 'TROUPE_LIMIT' });
  });

  const bell = (wakeUp: unknown, number: unknown) => ({ ...HANDOVER, bell: { wakeUp, number } });

  it.each([
    ['cut short', '1234567'],
    ['no JSON', '\u0003\0\0\0{x}'],
    ['no object', null],
    ['without a segment', { bell: HANDOVER.bell }],
    ['with a segment that is none', { ...HANDOVER, segment: { segment: 'mmap', id: '' } }],
    ['with another segment than was offered', { ...HANDOVER, segment: { segment: 'posix', id: '/x' } }],
    ['with a segment number that is none', { ...HANDOVER, segment: { segment: 'sysv', id: 'x' } }],
    ['without a bell', { segment: HANDOVER.segment }],
    ['with a bell that is none', bell('pigeon', 0)],
    ['with another wake-up than was offered', bell('fifo', 0)],
    ['with a bell that would kill', bell('signal', 9)],
    ['with a bell without a number', bell('eventfd', null)],
  ])('refuses a hand-over %s', async (_, told) => {
    await expect(openFrom(() => ring({}), told)).rejects.toMatchObject({ code: 'TROUPE_PROTOCOL_VIOLATION' });
  });

  it('gives up within its deadline where somebody listens and hands over nothing', async () => {
    const listener = listenUnix(join(directory, 'lane.sock'));
    await expect(open()).rejects.toMatchObject({ code: 'TROUPE_NO_LISTENER' });
    closeDescriptor(listener);
  });

  it.each([
    ['of another transport', { transport: 'unix' }],
    ['without a path', { path: 3 }],
    ['with a capacity that is none', { capacityBytes: 100_000 }],
    ['with an incarnation that is none', { incarnation: 'me' }],
    ['with a segment that is none', { segment: 'heap' }],
    ['with a wake-up that is none', { wakeUp: 1 }],
  ])('refuses an offer %s', async (_, wrong) => {
    await expect(open({ ...offer(), ...wrong })).rejects.toMatchObject({ code: 'TROUPE_PROTOCOL_VIOLATION' });
  });

  it('refuses a ring that is smaller than what it may send uncut, and says what to set', async () => {
    await expect(open(offer(), 2 * CAPACITY_BYTES)).rejects.toMatchObject({
      code: 'TROUPE_CONFIGURATION',
      message: expect.stringMatching(/65536.*131072.*same capacityBytes/),
    });
  });
});
