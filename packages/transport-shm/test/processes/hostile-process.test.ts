// A process at the other end of a lane that is up to no good while the lane is in use. It may end the lane, and nothing else.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openReceiver, openSender } from '@troupe/core/transport';
import type { LaneOffer } from '@troupe/core/transport';
import { shmTransport } from '@troupe/transport-shm';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CAPACITY_OFFSET,
  FRAME,
  HEADER_BYTES,
  HEAD_OFFSET,
  KIND_OFFSET,
  PADDING,
  READER_CLOSED_OFFSET,
  READER_SLEEPS_OFFSET,
  TAIL_OFFSET,
  WRITER_WAITS_OFFSET,
} from '../../src/ring-buffer-layout.ts';
import { eventually } from '../../../core/test/eventually.ts';
import {
  makeDirectory,
  openDescriptors,
  openLane,
  removeDirectory,
} from '../../../core/test/lanes/open-lane.ts';

const options = { capacityBytes: 16 * 1024 };
const WATCHDOG_MS = 30_000;
const FUZZ_MS = 300;
const SEEDS = process.env['TROUPE_TEST_SOAK'] === undefined ? 4 : 200;
const FIRST_SEED = Number(process.env['TROUPE_TEST_SEED'] ?? 1);

type Words = readonly (readonly [offset: number, value: number])[];

let directory = '';
let before: readonly string[] = [];
let hostile: ChildProcess | undefined;

beforeEach(async () => {
  directory = makeDirectory();
  for (const node of ['here', 'there']) mkdirSync(join(directory, node), { mode: 0o700 });
  await meetSomebodyElse();
  before = openDescriptors();
});

afterEach(async () => {
  if (hostile?.exitCode === null && hostile.signalCode === null) {
    hostile.kill('SIGKILL');
    await once(hostile, 'close');
  }
  hostile = undefined;
  removeDirectory(directory);
  await eventually('all is closed', () => openDescriptors().length <= before.length);
  expect(openDescriptors()).toEqual(before);
});

describe('a hostile sender', () => {
  it.each<[string, Words]>([
    ['a tail further ahead than the ring is long', [[TAIL_OFFSET, 0x4000_0000]]],
    ['a tail behind the head', [[TAIL_OFFSET, -8]]],
    ['a tail that is not aligned', [[TAIL_OFFSET, 1025]]],
    [
      'a record that is longer than what was published',
      [...record(0, 0x7fff_fff0, FRAME), [TAIL_OFFSET, 8192]],
    ],
    ['a length that is negative', [...record(0, -64, FRAME), [TAIL_OFFSET, 8192]]],
    ['a kind that does not exist', [...record(0, 8, 77), [TAIL_OFFSET, 8192]]],
    ['a padding in the middle of a lap', [...record(0, 8, PADDING), [TAIL_OFFSET, 8192]]],
  ])('is told from others by %s: the lane ends, its receiver lives on', async (_, words) => {
    expect(await receiveFrom({ words })).toBe('TROUPE_PROTOCOL_VIOLATION');
    await meetSomebodyElse();
  });

  it.each(seeds())('that writes anything anywhere ends its lane at most (seed %d)', async (seed) => {
    expect(['TROUPE_PROTOCOL_VIOLATION', 'TROUPE_PEER_LOST']).toContain(await receiveFrom({ seed }));
    await meetSomebodyElse();
  });
});

describe('a hostile receiver', () => {
  it.each<[string, Words]>([
    ['a head ahead of the tail', [[HEAD_OFFSET, 0x4000_0000]]],
    ['a head that goes back', [[HEAD_OFFSET, -4096]]],
    ['a head that is not aligned', [[HEAD_OFFSET, 1025]]],
  ])('is told from others by %s: the lane ends, its sender lives on', async (_, words) => {
    expect(await sendTo({ words })).toMatchObject({
      code: 'TROUPE_PEER_LOST',
      cause: { code: 'TROUPE_PROTOCOL_VIOLATION' },
    });
    await meetSomebodyElse();
  });

  it('that changes what only the header says changes nothing: the sender believes what was offered', async () => {
    const words: Words = [
      [CAPACITY_OFFSET, 1 << 30],
      [READER_SLEEPS_OFFSET, 1],
      [WRITER_WAITS_OFFSET, 0],
    ];
    const end = await sendTo({ words });
    expect([end, end?.cause]).toMatchObject([{ code: 'TROUPE_PEER_LOST' }, undefined]);
    await meetSomebodyElse();
  });

  it('that says it has closed and has not is gone for its sender', async () => {
    expect(await sendTo({ words: [[READER_CLOSED_OFFSET, 1]] })).toMatchObject({ code: 'TROUPE_PEER_LOST' });
    await meetSomebodyElse();
  });

  it.each(seeds())('that writes anything anywhere ends its lane at most (seed %d)', async (seed) => {
    expect(await sendTo({ seed })).toMatchObject({ code: 'TROUPE_PEER_LOST' });
    await meetSomebodyElse();
  });
});

interface Attack {
  /** Written again and again; any words, if there are none. */
  readonly words?: Words;
  readonly seed?: number;
}

/** Receives from a hostile sender, which is killed when its lane does not end by itself; how the lane ended. */
async function receiveFrom(attack: Attack): Promise<string> {
  let end: string | undefined;
  let frames = 0;
  const reader = await openReceiver(shmTransport(options), {
    peer: 'hostile',
    directory: join(directory, 'here'),
    lane: 'lane',
    onFrame: () => (frames += 1),
    onEnd: (error) => (end = (error as { readonly code?: string } | undefined)?.code ?? 'closed'),
  });
  reader.start();
  start({ end: 'sender', offer: reader.offer, ...attack });
  await eventually('something comes', () => frames > 0 || end !== undefined);
  hostile?.stdin?.write('go');
  await giveItTime(attack, () => end !== undefined);
  await eventually('the lane ends', () => end !== undefined);
  await reader.close();
  return end ?? '';
}

/** Sends to a hostile receiver, which is killed when its lane does not end by itself; the error the sender was told. */
async function sendTo(attack: Attack): Promise<Error | undefined> {
  let end: Error | undefined;
  const started = start({ end: 'receiver', ...attack });
  if (started.stdout === null) throw new TypeError('The process has no output.');
  const [line] = (await once(started.stdout, 'data')) as [Buffer];
  const writer = await openSender(shmTransport(options), JSON.parse(line.toString()) as LaneOffer, {
    peer: 'hostile',
    directory: join(directory, 'here'),
    timeoutMs: WATCHDOG_MS,
    onEnd: (error) => (end = error),
  });
  started.stdin?.write('go');
  const sending = (async () => {
    while (end === undefined) {
      while (writer.send(Buffer.alloc(100)));
      await Promise.race([writer.drained(), delay(1)]);
    }
  })().catch((error: unknown) => {
    if (error !== end) throw error;
  });
  await giveItTime(attack, () => end !== undefined);
  await eventually('the lane ends', () => end !== undefined);
  await sending;
  await writer.close();
  return end;
}

/** With words that end the lane nothing more is needed; others are tried for a while, then their process is killed. */
async function giveItTime({ words }: Attack, isOver: () => boolean): Promise<void> {
  const isEnding = words?.some(([offset]) => offset === TAIL_OFFSET || offset === HEAD_OFFSET) ?? false;
  if (isEnding) return;
  for (let waitedMs = 0; waitedMs < FUZZ_MS && !isOver(); waitedMs += 10) await delay(10);
  hostile?.kill('SIGKILL');
}

/** What this process can still do: a lane of its own, with frames in order. */
async function meetSomebodyElse(): Promise<void> {
  const { reader, writer, frames, ended } = await openLane(shmTransport(), directory);
  reader.start();
  for (const frame of ['one', 'two']) writer.send(Buffer.from(frame));
  await writer.close();
  expect(await ended).toBeUndefined();
  await reader.close();
  expect(frames).toEqual(['one', 'two']);
}

function start(attack: Attack & { readonly end: string; readonly offer?: LaneOffer }): ChildProcess {
  const given = { ...attack, options, directory: join(directory, 'there'), dataOffset: HEADER_BYTES };
  const program = join(import.meta.dirname, '../fixtures/hostile.mjs');
  hostile = spawn(process.execPath, [program, JSON.stringify(given)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return hostile;
}

/** Every place where a record may begin by then says so: which of them the reader looks at next is chance. */
function record(index: number, length: number, kind: number): Words {
  return Array.from({ length: 128 }, (_, place) => HEADER_BYTES + 8 * (index + place)).flatMap(
    (offset): Words => [
      [offset, length],
      [offset + KIND_OFFSET, kind],
    ],
  );
}

function seeds(): readonly number[] {
  return Array.from({ length: SEEDS }, (_, index) => FIRST_SEED + index);
}
