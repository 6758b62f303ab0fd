import { Worker } from 'node:worker_threads';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ADDRESS, type Address } from '../../src/address.ts';
import { isTroupeError } from '../../src/errors.ts';
import { createCodec, type Codec } from '../../src/wire/codec.ts';
import { MAX_VALUES } from '../../src/wire/limits.ts';
import * as format from '../../src/wire/shaped-format.ts';

// Runs of the fuzz; set TROUPE_FUZZ_RUNS for a long one.
const FUZZ_RUNS = Number(process.env['TROUPE_FUZZ_RUNS'] ?? 20_000);

const reviveRef = (address: Address): unknown => ({ [ADDRESS]: address });

type Bytes = number | string | Buffer | readonly Bytes[];

/** Numbers are bytes, strings are short text. */
function bytesOf(parts: readonly Bytes[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'number') return Buffer.of(part);
      if (typeof part === 'string')
        return Buffer.concat([Buffer.of(format.TEXT | part.length), Buffer.from(part)]);
      return Buffer.isBuffer(part) ? part : bytesOf(part);
    }),
  );
}

const shaped = (...parts: readonly Bytes[]): Buffer => bytesOf([format.SHAPED, ...parts]);

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Shape 0, of the keys a and b. */
const definition = shaped(format.DEFINE, 0, 2, 'a', 'b', 1, 2);

/** A reader that knows shape 0. */
function reader(): Codec {
  const codec = createCodec({ reviveRef });
  expect(codec.decode(definition, 0, definition.length)).toEqual({ a: 1, b: 2 });
  return codec;
}

function refusal(bytes: Buffer, codec = reader()): string {
  try {
    codec.decode(bytes, 0, bytes.length);
  } catch (error) {
    if (!isTroupeError(error, 'TROUPE_PROTOCOL_VIOLATION')) throw error;
    return error.message;
  }
  return 'accepted';
}

const keys = (count: number): string[] => Array.from({ length: count }, (_, index) => `k${String(index)}`);
const ones = (count: number): Buffer => Buffer.alloc(count, 1);

describe('a hostile shaped frame is refused:', () => {
  it.each<[string, Buffer, RegExp]>([
    ['nothing behind the mark', shaped(), /middle of a value/],
    ['a token there is not', shaped(0xff), /0xff, which begins no value/],
    ['two marks', shaped(format.SHAPED, 1), /0xd8, which begins no value|middle of a value/],
    ['a shape that was not defined', shaped(format.SHAPE, 1, 1, 2), /shape 1, which was not defined/],
    ['the last shape there could be', shaped(format.SHAPE, 255, 1, 2), /shape 255, which was not defined/],
    ['a shape defined again', shaped(format.DEFINE, 0, 1, 'x', 1), /shape 0 of 1 keys cannot be defined/],
    [
      'a shape defined out of turn',
      shaped(format.DEFINE, 2, 1, 'x', 1),
      /shape 2 of 1 keys cannot be defined/,
    ],
    [
      'a shape used in its own definition',
      shaped(format.DEFINE, 1, 1, [format.SHAPE, 1, 'x']),
      /text was expected/,
    ],
    ['a shape of no keys', shaped(format.DEFINE, 1, 0), /of 0 keys cannot be defined/],
    ['a shape of a key twice', shaped(format.DEFINE, 1, 2, 'x', 'x', 1, 2), /of 2 keys cannot be defined/],
    [
      'a shape of too many keys',
      shaped(format.DEFINE, 1, 65, keys(65), ones(65)),
      /of 65 keys cannot be defined/,
    ],
    [
      'a shape of too long keys',
      shaped(format.DEFINE, 1, 1, format.ASCII_32, u32(1025), Buffer.alloc(1025, 0x61), 1),
      /cannot be defined/,
    ],
    ['a shape of the key __proto__', shaped(format.DEFINE, 1, 1, '__proto__', 1), /cannot be defined/],
    ['a shape of an index', shaped(format.DEFINE, 1, 1, '1023', 1), /cannot be defined/],
    ['a shape of a key that is no text', shaped(format.DEFINE, 1, 1, 5, 1), /text was expected/],
    [
      'a shape of a key that is an object',
      shaped(format.DEFINE, 1, 1, format.SHAPE, 0, 1, 2, 1),
      /text was expected/,
    ],
    ['a shape without its values', shaped(format.DEFINE, 1, 2, 'x', 'y', 1), /middle of a value/],
    ['an object without its last value', shaped(format.SHAPE, 0, 1), /middle of a value/],
    ['an object with a value too many', shaped(format.SHAPE, 0, 1, 2, 3), /1 bytes follow/],
    ['the key __proto__', shaped(format.OBJECT, 1, 0, '__proto__', 1), /__proto__/],
    ['an index', shaped(format.OBJECT, 1, 0, '1023', 1), /index/],
    ['a key that is no text', shaped(format.OBJECT, 1, 0, 1, 1), /text was expected/],
    ['more keys than there are bytes', shaped(format.OBJECT, 0xff, 0xff, 'a', 1), /middle of a value/],
    ['text cut off', shaped(format.TEXT | 9, ones(8)), /middle of a value/],
    ['long text cut off', shaped(format.ASCII_8, 200, ones(199)), /middle of a value/],
    ['text of 4 GiB', shaped(format.ASCII_32, u32(0xffff_ffff), ones(9)), /middle of a value/],
    ['wide text of 8 GiB', shaped(format.WIDE_32, u32(0xffff_ffff), ones(9)), /middle of a value/],
    ['wide text of half a unit', shaped(format.WIDE_8, 2, ones(3)), /middle of a value/],
    ['bytes of 4 GiB', shaped(format.BYTES_32, u32(0xffff_ffff), ones(9)), /middle of a value/],
    ['a length cut off', shaped(format.BYTES_32, 1, 0), /middle of a value/],
    ['a number cut off', shaped(format.DOUBLE, ones(7)), /middle of a value/],
    ['an integer cut off', shaped(format.INTEGER_16, 1), /middle of a value/],
    ['a date cut off', shaped(format.DATE, ones(7)), /middle of a value/],
    ['a large integer cut off', shaped(format.BIG_INTEGER, ones(7)), /middle of a value/],
    [
      'an array of 4 G items',
      shaped(format.ARRAY_32, u32(0xffff_ffff), ones(9)),
      /middle of a value|more than/,
    ],
    ['a map of 4 G entries', shaped(format.MAP, u32(0xffff_ffff), ones(9)), /middle of a value|more than/],
    ['a set of 4 G members', shaped(format.SET, u32(0xffff_ffff), ones(9)), /middle of a value|more than/],
    ['a typed array of a kind there is not', shaped(format.TYPED_ARRAY, u32(0), 200), /no such typed array/],
    ['a typed array of half an element', shaped(format.TYPED_ARRAY, u32(1), 8, 1), /values do not fit/],
    ['a typed array of 4 GiB', shaped(format.TYPED_ARRAY, u32(0xffff_ffff), 1, 1), /middle of a value/],
    [
      'a ref to no actor',
      shaped(format.REF, 'n', format.DOUBLE, Buffer.alloc(8, 0x7f), 'l'),
      /number of an actor/,
    ],
    ['a ref without a node', shaped(format.REF, 1, 1, 'l'), /text was expected/],
    ['depth of arrays', shaped(Buffer.alloc(5000, Buffer.of(format.ARRAY_8, 1))), /deeper than 100 levels/],
    ['depth of shapes', shaped(Buffer.alloc(5000, Buffer.of(format.SHAPE, 0))), /deeper than 100 levels/],
    [
      'depth of keys',
      shaped(Buffer.alloc(5000, bytesOf([format.OBJECT, 1, 0, 'a']))),
      /deeper than 100 levels/,
    ],
    ['depth of definitions', shaped(Buffer.alloc(5000, Buffer.of(format.DEFINE, 1, 1))), /text was expected/],
    ['depth of refs', shaped(Buffer.alloc(5000, bytesOf([format.REF, 'n']))), /deeper than 100 levels/],
    [
      'more values than one message may have',
      shaped(format.ARRAY_32, u32(MAX_VALUES + 1), ones(MAX_VALUES + 1)),
      /more than 2097152 values/,
    ],
    [
      'more of them within each other',
      shaped(format.ARRAY_32, u32(2 ** 20), Buffer.alloc(2 ** 22, Buffer.of(format.ARRAY_8, 2, 1, 1))),
      /more than 2097152 values/,
    ],
  ])('%s', (_name, bytes, sentence) => {
    expect(refusal(bytes)).toMatch(sentence);
  });

  it('one more shape than a lane may have', () => {
    const codec = createCodec({ reviveRef });
    for (let id = 0; id < format.MAX_SHAPES; id++)
      expect(refusal(shaped(format.DEFINE, id, 1, `k${String(id)}`, 1), codec)).toBe('accepted');
    expect(refusal(shaped(format.DEFINE, 0, 1, 'more', 1), codec)).toMatch(/cannot be defined/);
  });

  it('names of keys that would be code, were they not quoted', () => {
    const names = [
      '"}+process.exit(1)+{"',
      "'",
      '${process.exit(1)}',
      '*/process.exit(1)/*',
      '\\',
      '\n',
      ']: 1, ["x',
    ];
    const codec = createCodec({ reviveRef });
    const define = shaped(format.DEFINE, 0, names.length, names, ones(names.length));
    const expected = Object.fromEntries(names.map((name) => [name, 1]));
    expect(codec.decode(define, 0, define.length)).toEqual(expected);
    const use = shaped(format.SHAPE, 0, ones(names.length));
    for (let count = 0; count < 200; count++) expect(codec.decode(use, 0, use.length)).toEqual(expected);
  });
});

describe('bytes that change while they are read', () => {
  it('because the system does something in between end in a value or a violation', () => {
    const original = shaped(format.ARRAY_8, 3, [format.REF, 'n', 1, 'l'], 'text', [
      format.BYTES_8,
      4,
      ones(4),
    ]);
    for (let at = 0; at < original.length; at++) {
      for (const byte of [
        0,
        0x7f,
        0xbf,
        format.ASCII_32,
        format.BYTES_32,
        format.WIDE_32,
        format.SHAPE,
        0xff,
      ]) {
        const bytes = Buffer.from(original);
        const codec = createCodec({
          reviveRef() {
            bytes[at] = byte;
            return 0;
          },
        });
        expect(refusal(bytes, codec)).toMatch(/accepted|cannot decode/);
      }
    }
  });

  it('because another thread writes into them do neither crash nor show what lies behind them', async () => {
    const secret = 0x5e;
    const shared = new SharedArrayBuffer(512);
    const memory = Buffer.from(shared);
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const codec = createCodec({ reviveRef });
    const value = {
      a: 'é'.repeat(20),
      b: ['x'.repeat(70), Buffer.alloc(40, 1), 1.5, new Map([['k', new Date(1)]])],
    };
    codec.encodeInto(value, Buffer.alloc(1024), 0, 1024);
    const end = createCodec({ reviveRef }).encodeInto(value, memory, 0, 400);
    memory.fill(secret, end);
    const worker = new Worker(
      `const { workerData: { shared, stop, end } } = require('node:worker_threads');
      const bytes = new Uint8Array(shared, 0, end);
      for (let seed = 1; Atomics.load(stop, 0) === 0; seed = (seed * 48271) % 2147483647) {
        const at = 1 + seed % (end - 1);
        const before = bytes[at];
        bytes[at] = seed >> 8;
        bytes[at] = before;
      }`,
      { eval: true, workerData: { shared, stop, end } },
    );
    await new Promise((resolve) => worker.once('online', resolve));
    try {
      for (let count = 0; count < 30_000; count++) {
        let decoded: unknown;
        try {
          decoded = codec.decode(memory, 0, end);
        } catch (error) {
          if (!isTroupeError(error, 'TROUPE_PROTOCOL_VIOLATION')) throw error;
          continue;
        }
        if (JSON.stringify(decoded).includes('^^^')) throw new Error('it shows what lies behind its end');
      }
    } finally {
      Atomics.store(stop, 0, 1);
      await worker.terminate();
    }
    expect(codec.decode(memory, 0, end)).toEqual(value);
  });
});

describe('any bytes', () => {
  /** Frames of one lane, in order; the first ones define shapes. */
  const corpus = (() => {
    const writer = createCodec({ reviveRef });
    const memory = Buffer.alloc(64 * 1024);
    const values = [
      ...[1, 2, 3].flatMap((id) => [
        { id, name: 'n'.repeat(30 * id), tags: ['a', 'é', 'x'.repeat(300)] },
        { at: new Date(id), more: { id: -id, big: 5n, bytes: Buffer.alloc(100, id) } },
        new Map<unknown, unknown>([['k', { id, of: new Set([0.5, -0, null, undefined, true]) }]]),
      ]),
      { to: { [ADDRESS]: { node: 'f'.repeat(32), actor: 5, label: 'l' } }, floats: Float64Array.of(1, 2) },
      Array.from({ length: 300 }, (_, id) => ({ id, ok: false })),
    ];
    return values.map((value) =>
      Buffer.from(memory.subarray(0, writer.encodeInto(value, memory, 0, memory.length))),
    );
  })();

  /** A reader that has read the frames before `index`. */
  function readerAt(index: number): Codec {
    const codec = createCodec({ reviveRef });
    for (const frame of corpus.slice(0, index)) codec.decode(frame, 0, frame.length);
    return codec;
  }

  function expectHarmless(bytes: Buffer, codec: Codec): boolean {
    let value: unknown;
    try {
      value = codec.decode(bytes, 0, bytes.length);
    } catch (error) {
      if (!isTroupeError(error, 'TROUPE_PROTOCOL_VIOLATION')) throw error;
      return false;
    }
    codec.encode(value);
    return true;
  }

  function expectUnpolluted(): void {
    for (const key in {}) throw new Error(`Object.prototype has ${key}`);
  }

  it('are shaped frames to begin with', () => {
    expect(corpus.every((frame) => frame[0] === format.SHAPED)).toBe(true);
  });

  it('one of which was changed, in every place, become a value that can be sent on, or a violation', () => {
    let accepted = 0;
    for (const [index, frame] of corpus.entries()) {
      for (let at = 1; at < Math.min(frame.length, 400); at++) {
        const codec = readerAt(index);
        for (const byte of [
          frame[at]! ^ 0xff,
          frame[at]! + 1,
          frame[at]! ^ 0x80,
          format.DEFINE,
          format.SHAPE,
        ]) {
          const bytes = Buffer.from(frame);
          bytes[at] = byte;
          if (expectHarmless(bytes, codec)) accepted++;
        }
      }
    }
    expect(accepted).toBeGreaterThan(100);
    expectUnpolluted();
  });

  it('that end early, anywhere, are a violation', () => {
    for (const [index, frame] of corpus.entries()) {
      const codec = readerAt(index);
      for (let length = 1; length < frame.length; length++)
        expect(refusal(frame.subarray(0, length), codec)).toMatch(/cannot decode/);
    }
  });

  it('made of tokens become a value that can be sent on, or a violation', () => {
    const tokens = Object.values(format).filter((token) => token >= 0x80 && token <= 0xff);
    const byte = fc.oneof(fc.constantFrom(...tokens), fc.constantFrom(0, 1, 2, 3), fc.nat(255));
    const frames = fc.array(byte, { maxLength: 60 }).map((bytes) => shaped(Buffer.from(bytes)));
    let codec = readerAt(corpus.length);
    let runs = 0;
    let accepted = 0;
    fc.assert(
      fc.property(frames, (bytes) => {
        if (runs++ % 50 === 0) codec = readerAt(corpus.length);
        if (expectHarmless(bytes, codec)) accepted++;
      }),
      { numRuns: FUZZ_RUNS },
    );
    expect(accepted).toBeGreaterThan(FUZZ_RUNS / 200);
    expectUnpolluted();
  });
});
