import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isTroupeError } from '../../src/errors.ts';
import { createCodec } from '../../src/wire/codec.ts';
import { MAX_VALUES } from '../../src/wire/limits.ts';
import { STRUCTURED } from '../../src/wire/special.ts';

// Runs of the fuzz; set TROUPE_FUZZ_RUNS for a long one.
const FUZZ_RUNS = Number(process.env['TROUPE_FUZZ_RUNS'] ?? 20_000);

const codec = createCodec({ reviveRef: (address) => address });

type Bytes = number | string | Buffer | readonly Bytes[];

/** Numbers are bytes, strings are MessagePack text. */
function frame(...parts: readonly Bytes[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'number') return Buffer.of(part);
      if (typeof part === 'string') return text(part);
      return Buffer.isBuffer(part) ? part : frame(...part);
    }),
  );
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const header = bytes.length < 32 ? [0xa0 | bytes.length] : [0xda, bytes.length >> 8, bytes.length & 0xff];
  return Buffer.concat([Buffer.from(header), bytes]);
}

function arrayOf(count: number, item: Buffer): Buffer {
  const header = Buffer.alloc(5, 0xdd);
  header.writeUInt32BE(count, 1);
  return Buffer.concat([header, Buffer.alloc(count * item.length, item)]);
}

function decode(bytes: Buffer): unknown {
  return codec.decode(bytes, 0, bytes.length);
}

/** What the codec says of `bytes`, and that it is none the worse for it. */
function refusal(bytes: Buffer): string {
  let message = 'accepted';
  try {
    decode(bytes);
  } catch (error) {
    if (!isTroupeError(error, 'TROUPE_PROTOCOL_VIOLATION')) throw error;
    message = error.message;
  }
  expect(decode(codec.encode({ next: [1, new Date(1)] }))).toEqual({ next: [1, new Date(1)] });
  expectUnpolluted();
  return message;
}

const PROTOTYPES = [Object, Array, Function, Map, Set, Date, Error, String, Number, Promise, Buffer].flatMap(
  (Class) => [Class, Class.prototype as object],
);
const keysBefore = PROTOTYPES.map((object) => Reflect.ownKeys(object).length);

function expectUnpolluted(): void {
  expect(PROTOTYPES.map((object) => Reflect.ownKeys(object).length)).toEqual(keysBefore);
  for (const key in {}) throw new Error(`Object.prototype has ${key}`);
}

/** A structured frame. */
const special = (...parts: readonly Bytes[]): Buffer => frame(STRUCTURED, ...parts);

const pointer = (id: number): Buffer => frame(0xd6, 0x70, 0, 0, 0, id);
const identified = (id: number, value: Buffer): Buffer => frame(0xd6, 0x69, 0, 0, 0, id, value);
const billionLaughs = Array.from({ length: 40 }, (_, id) => id + 1).reduce(
  (inner, id) => identified(id, frame(0x92, id === 1 ? 0xc0 : inner, id === 1 ? 0xc0 : pointer(id - 1))),
  frame(0xc0),
);

describe('a hostile frame is refused:', () => {
  it.each<[string, Buffer, RegExp]>([
    ['nothing', Buffer.alloc(0), /empty/],
    ['nothing after the mark of structured frames', special(), /empty/],
    [
      '40 bytes of headers of huge arrays',
      Buffer.alloc(40, Buffer.of(0xdd, 0xff, 0xff, 0xff, 0xff)),
      /middle of a value/,
    ],
    [
      'headers of arrays as large as what is left',
      frame(0xdd, 0, 0, 0, 0x20, Buffer.alloc(32, 0xdc)),
      /middle of a value|begins no value/,
    ],
    ['references that double, a billion laughs', billionLaughs, /0xd6/],
    ['the same with a byte too many', frame(billionLaughs, 0xc0), /0xd6/],
    ['an object that contains itself', identified(1, frame(0x81, 'self', pointer(1))), /0xd6/],
    ["msgpackr's own table of errors", frame(0xd4, 0x65, 0, 0x93, 'valueOf', 'm', 0xc0), /0xd4/],
    ['a constructor by name', frame(0xd4, 0x65, 0, 0x93, 'constructor', 'return process', 0xc0), /0xd4/],
    ['a regular expression by extension', frame(0xd4, 0x78, 0, 0x92, '(a+)+$', ''), /0xd4/],
    ['a set by extension', frame(0xd4, 0x73, 0, 0x91, 1), /0xd4/],
    ['a typed array by extension', frame(0xc7, 2, 0x74, 6, 0), /0xc7/],
    ['a large integer by extension', frame(0xc7, 3, 0x42, 1, 2, 3), /0xc7/],
    ['bundled strings', frame(0xd6, 0x62, 0, 0, 0, 4, 0xc1, 0x01, 'a', 'b'), /0xd6/],
    ['a timestamp', frame(0xd6, 0xff, 0, 0, 0, 1), /0xd6/],
    ['a record definition', frame(0xd4, 0x72, 0x40, 0x92, 'x', 'y', 1, 2), /0xd4/],
    ['a record definition of two bytes', frame(0xd5, 0x72, 0x40, 0, 0x91, 'x', 1), /0xd5/],
    ['the mark of shaped frames within another', frame(0x91, 0xd8, Buffer.alloc(17)), /0xd8/],
    ['undefined with a payload', frame(0xd4, 0, 1), /0xd4/],
    ['the byte that is never used', frame(0x91, 0xc1), /0xc1/],
    ['two marks of structured frames', special(STRUCTURED, 1), /0xc1/],
    ['a map with a 32-bit count', frame(0xdf, 0, 0, 0, 1, 'a', 1), /0xdf/],
    ['depth', Buffer.alloc(5000, 0x91), /deeper than 102 levels at byte/],
    ['depth of maps', Buffer.alloc(5000, frame(0x81, 'a')), /deeper than 102 levels/],
    ['bytes behind the value', frame(1, 2), /1 bytes follow/],
    ['a value cut off', frame(0x92, 1), /middle of a value/],
    ['a text cut off', frame(0xd9, 200, 'abc'), /middle of a value/],
    ['bytes cut off', frame(0xc6, 0xff, 0xff, 0xff, 0xff, 1), /middle of a value/],
    ['a number cut off', frame(0xcb, 0, 0), /middle of a value/],
    ['a key cut off', frame(0x81, 0xbf, 0x61), /middle of a value/],
    ['the key __proto__', frame(0x81, '__proto__', 0x81, 'polluted', 1), /__proto__/],
    ['the key __proto__ in a longer form', frame(0x81, 0xd9, 9, Buffer.from('__proto__'), 0x80), /__proto__/],
    ['keys that are no text', frame(0x81, 1, 1), /no text/],
    ['keys that are arrays', frame(0x81, 0x91, 'a', 1), /no text/],
    ['keys that make room for a thousand slots each', arrayOf(9000, frame(0x81, '1023', 0xc0)), /index/],
    ['5 MB of empty maps', arrayOf(MAX_VALUES * 2 + 1, Buffer.of(0x80)), /more than 2097152 values/],
    ['a kind that there is not', special(0x92, 0xc0, 99), /no kind of value 99/],
    ['no kind', special(0x91, 0xc0), /no kind of value undefined/],
    ['an object without the last value', special(0x93, 0xc0, 1, 'a'), /lacks its value/],
    ['a map without the last value', special(0x93, 0xc0, 7, 'a'), /lacks its value/],
    ['an object with a key that is none', special(0x94, 0xc0, 1, 5, 5), /text was expected/],
    ['digits that are none', special(0x93, 0xc0, 4, 'process'), /hexadecimal/],
    ['a date that is text', special(0x93, 0xc0, 5, '1970'), /number was expected/],
    ['a regular expression that does not parse', special(0x94, 0xc0, 6, '(', ''), /values do not fit/],
    ['flags that there are not', special(0x94, 0xc0, 6, 'a', 'zz'), /values do not fit/],
    [
      'an expression that takes seconds to parse',
      special(0x94, 0xc0, 6, '\\p{RGI_Emoji}'.repeat(4600), 'v'),
      /regular expressions/,
    ],
    [
      'many that take long together',
      special(arrayOf(200, frame(0x94, 0xc0, 6, '[\\p{L}]', 'iu'))),
      /regular expressions/,
    ],
    ['a typed array of a kind there is not', special(0x94, 0xc0, 11, 99, 0xc4, 0), /no typed array 99/],
    ['a typed array called by name', special(0x94, 0xc0, 11, 'length', 0xc4, 0), /number was expected/],
    ['a typed array of half an element', special(0x94, 0xc0, 11, 8, 0xc4, 1, 1), /values do not fit/],
    ['memory that is text', special(0x93, 0xc0, 9, 'abc'), /bytes were expected/],
    ['a box around an object', special(0x93, 0xc0, 12, 0x80), /no primitive/],
    ['an error of a class by name', special(0x96, 0xc0, 13, 'Function', 'a', 'b', 0xc0), /lacks its class/],
    [
      'an error of a class every object has',
      special(0x96, 0xc0, 13, 'constructor', 'a', 'b', 0xc0),
      /lacks its class/,
    ],
    ['an error without parts', special(0x92, 0xc0, 13), /lacks its class/],
    [
      'an error with a stack for a property',
      special(0x98, 0xc0, 13, 'Error', 'a', 'b', 0xc0, 'stack', 1),
      /property that is none/,
    ],
    [
      'a ref to no actor',
      special(0x95, 0xc0, 14, 'n', 0xcb, Buffer.alloc(8, 0x7f), 'l'),
      /number of an actor/,
    ],
    ['a ref without a node', special(0x95, 0xc0, 14, 1, 1, 'l'), /text was expected/],
  ])('%s', (_name, bytes, sentence) => {
    expect(refusal(bytes)).toMatch(sentence);
  });

  it('every extension type in every form, but undefined', () => {
    const accepted: string[] = [];
    for (const [token, length] of [
      [0xd4, 1],
      [0xd5, 2],
      [0xd6, 4],
      [0xd7, 8],
    ] as const) {
      for (let type = 0; type < 256; type++) {
        const bytes = frame(token, type, Buffer.alloc(length));
        if (refusal(bytes) === 'accepted') accepted.push(`${token.toString(16)} ${String(type)}`);
      }
    }
    for (const header of [
      [0xc7, 4],
      [0xc8, 0, 4],
      [0xc9, 0, 0, 0, 4],
    ]) {
      for (let type = 0; type < 256; type++) {
        if (refusal(frame(...header, type, Buffer.alloc(4))) === 'accepted')
          accepted.push(`${String(header[0])} ${String(type)}`);
      }
    }
    expect(accepted).toEqual(['d4 0']);
  });

  it('a ref that the system turns down', () => {
    const strict = createCodec({
      reviveRef: () => {
        throw new RangeError('no such node');
      },
    });
    const bytes = special(0x95, 0xc0, 14, 'n', 1, 'l');
    expect(() => strict.decode(bytes, 0, bytes.length)).toThrow(
      expect.objectContaining({ code: 'TROUPE_PROTOCOL_VIOLATION' }),
    );
  });
});

describe('a frame that costs much for its length', () => {
  it('of indexes becomes objects that take no more than others', () => {
    const decoded = decode(special(arrayOf(6000, frame(0x94, 0xc0, 1, '1023', 0xc0)))) as object[];
    expect(decoded).toHaveLength(6000);
    expect(decoded[5999]).toEqual({ 1023: null });
    // V8 keeps 1,550 slots for a first index of 1023 in an ordinary object: 12 KB each, 70 MB here.
    const heapBefore = process.memoryUsage().heapUsed;
    const more = decode(special(arrayOf(6000, frame(0x94, 0xc0, 1, '1023', 0xc0)))) as object[];
    expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(32 * 2 ** 20);
    expect(more).toHaveLength(6000);
  });
});

describe('any bytes', () => {
  const corpus = fc
    .sample(
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withTypedArray: true,
        withBoxedValues: true,
        maxDepth: 3,
      }),
      { numRuns: 300, seed: 7 },
    )
    .concat([
      new TypeError('t', { cause: new AggregateError([1], 'a') }),
      /a(b)/gi,
      [null, { 12: -0 }],
      2n ** 90n,
    ])
    .map((value) => codec.encode(value));
  const interesting = fc.constantFrom(
    0x80,
    0x81,
    0x91,
    0x92,
    0x94,
    0x96,
    0xa0,
    0xc0,
    0xc1,
    0xc4,
    0xc7,
    0xd4,
    0xd6,
    0xd9,
    0xdb,
    0xdc,
    0xdd,
    0xde,
    0xdf,
    0xff,
    0,
    1,
    6,
    7,
    11,
    13,
  );
  const byte = fc.oneof(interesting, fc.nat(255));
  const mutated = fc
    .tuple(fc.nat(corpus.length - 1), fc.array(fc.tuple(fc.nat(400), byte), { maxLength: 4 }), fc.nat(400))
    .map(([index, changes, cut]) => {
      const bytes = Buffer.from(corpus[index] ?? []);
      for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
      return cut % 3 === 0 ? bytes.subarray(0, cut % (bytes.length + 1)) : bytes;
    });
  const grammar = fc.array(byte, { maxLength: 60 }).map((bytes) => Buffer.from(bytes));
  const structured = grammar.map((bytes) => special(bytes));

  it('become a value that can be sent on, or a protocol violation', () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.oneof(mutated, grammar, structured), (bytes) => {
        let value: unknown;
        try {
          value = decode(bytes);
        } catch (error) {
          if (!isTroupeError(error, 'TROUPE_PROTOCOL_VIOLATION')) throw error;
          return;
        }
        accepted++;
        codec.encode(value);
      }),
      { numRuns: FUZZ_RUNS },
    );
    expect(accepted).toBeGreaterThan(FUZZ_RUNS / 100);
    expectUnpolluted();
    expect(decode(codec.encode({ next: 1 }))).toEqual({ next: 1 });
  });
});
