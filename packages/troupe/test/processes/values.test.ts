// Values on their way through a real process: what structuredClone accepts arrives equal, or is refused with the place of the
// culprit; sizes up to the limit; memory that belongs to the receiver.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSystem, defineActor, type ActorSystem } from 'troupe';
import { Worker } from '../actors.ts';
import { failure } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();
const MIB = 1024 * 1024;

const Keeper = defineActor(import.meta.url, {
  init: () => [] as Buffer[],
  handlers: {
    keep: (state, value: Buffer) => void state.push(value),
    all: (state) => state,
  },
});

function open(transport = 'unix'): Promise<ActorSystem> {
  return createSystem({
    name: 'values',
    transport,
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
  });
}

const leaf = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.integer(),
  fc.double(),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(undefined, null, -0, NaN, Infinity, new Date(8.64e15), /a+(?<name>b)/giu),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.oneof(fc.int32Array(), fc.float64Array(), fc.bigUint64Array(), fc.uint8ClampedArray()),
);
const anything = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 5 }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 4 }).map((values) => new Set(values)),
  ),
})).value;

it('what structuredClone accepts arrives equal', async () => {
  await using system = await open();
  const worker = await system.spawn(Worker, { in: 'process' });
  await fc.assert(
    fc.asyncProperty(fc.array(anything, { maxLength: 8 }), async (value) => {
      const answer = await worker.ask('echo', value);
      // A Buffer is more than what structuredClone makes of it, and stays one.
      expect(answer).toEqual(value);
    }),
    { numRuns: 300 },
  );
});

describe.each(['unix', 'fifo', 'pipe'])('over %s', (transport) => {
  it('64 MiB arrive, and one byte beyond the limit is refused without harm', async () => {
    await using system = await open(transport);
    const worker = await system.spawn(Worker, { in: 'process', mailbox: { maxBytes: '256MiB' } });
    const blob = Buffer.alloc(63 * MIB, 1);
    blob.fill(2, 31 * MIB);
    const answer = (await worker.ask('echo', blob, { timeout: '30s' })) as Buffer;
    expect(Buffer.isBuffer(answer) && answer.equals(blob)).toBe(true);
    expect(() => worker.tell('echo', Buffer.alloc(65 * MIB))).toThrow(
      /TROUPE_FRAME_TOO_LARGE|64 MiB|67108864|too large/i,
    );
    expect((await failure(worker.ask('echo', Buffer.alloc(65 * MIB)))).code).toBe('TROUPE_FRAME_TOO_LARGE');
    expect(await worker.ask('echo', 'alive')).toBe('alive');
    expect(system.account()).toMatchObject({ dead: 0, lost: 0, waiting: 0 });
  });
});

it('functions and symbols are refused where they stand, and nothing is sent', async () => {
  await using system = await open();
  const worker = await system.spawn(Worker, { in: 'process' });
  const sent = system.account().sent;
  for (const [value, path] of [
    [{ list: [1, { callback: () => 1 }] }, 'list[1].callback'],
    [{ mark: Symbol('x') }, 'mark'],
    [new Map([['a', () => 1]]), ''],
    [new WeakMap(), ''],
    [Promise.resolve(1), ''],
  ] as const) {
    expect((await failure(worker.ask('echo', value))).code).toBe('TROUPE_NOT_SERIALIZABLE');
    expect(() => worker.tell('echo', value)).toThrow(path);
  }
  expect(system.account()).toMatchObject({ sent, waiting: 0 });
  expect(await worker.ask('echo', 'alive')).toBe('alive');
});

it('a Buffer that was received stays what it was when more messages come', async () => {
  await using system = await open();
  const keeper = await system.spawn(Keeper);
  const worker = await system.spawn(Worker, { in: 'process' });
  for (let number = 0; number < 500; number += 1) {
    const payload = Buffer.alloc(100, number % 256);
    worker.tell('tellMany', { to: keeper, type: 'keep', count: 1, payload });
  }
  await worker.ask('kept');
  const all = await keeper.ask('all');
  expect(all).toHaveLength(500);
  all.forEach((buffer, number) => expect(buffer.equals(Buffer.alloc(100, number % 256))).toBe(true));
});

it('a value is as it was when it was told, whatever the sender does to it afterwards', async () => {
  await using system = await open();
  const worker = await system.spawn(Worker, { in: 'process' });
  const value = { list: [1, 2, 3], bytes: Buffer.from('before') };
  const asked = worker.ask('echo', value);
  value.list.push(4);
  value.bytes.fill(0);
  expect(await asked).toEqual({ list: [1, 2, 3], bytes: Buffer.from('before') });
});
