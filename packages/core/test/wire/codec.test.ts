import { describe, expect, it } from '@jest/globals';
import { Packr } from 'msgpackr';
import { ADDRESS, type Address } from '../../src/address.ts';
import { isTroupeError } from '../../src/errors.ts';
import { createCodec } from '../../src/wire/codec.ts';
import { difference } from './same-value.ts';

const codec = createCodec({ reviveRef: (address) => new Ref(address) });

class Ref {
  readonly [ADDRESS]: Address;
  constructor(address: Address) {
    this[ADDRESS] = address;
  }
}

class Job {
  readonly id = 7;
  readonly tags = new Set(['a']);
  get derived(): number {
    return this.id * 2;
  }
}

function passOn(value: unknown): unknown {
  const bytes = codec.encode(value);
  return codec.decode(bytes, 0, bytes.length);
}

function refusal(work: () => unknown): { code: string; message: string; details: Record<string, unknown> } {
  try {
    work();
  } catch (error) {
    if (isTroupeError(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const loneSurrogate = String.fromCharCode(0xd800);
const mark = String.fromCharCode(0xfeff);
const everyUnit = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit)).join('');
const pooled = Buffer.from('pooled');

const kinds: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['booleans', [true, false]],
  [
    'integers of every size',
    [0, 1, 31, 32, 63, 64, 127, 128, 255, 256, 65535, 65536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53],
  ],
  [
    'negative integers of every size',
    [-1, -32, -33, -128, -129, -32768, -32769, -(2 ** 31), -(2 ** 31) - 1, -(2 ** 53)],
  ],
  ['fractions', [0.1, -0.1, 1e300, 5e-324, Number.MAX_VALUE, 1.5]],
  ['-0', -0],
  ['-0 within', { a: [-0, { b: -0 }] }],
  ['NaN and infinities', [NaN, Infinity, -Infinity]],
  [
    'strings',
    ['', 'a', 'é', '漢字', '😀', 'x'.repeat(31), 'x'.repeat(32), 'é'.repeat(60), '😀'.repeat(20_000), '\0'],
  ],
  [
    'strings of every length up to 300',
    Array.from({ length: 300 }, (_, length) => 'é'.repeat(length) + 'x'.repeat(length)),
  ],
  ['every UTF-16 unit', everyUnit],
  [
    'lone surrogates',
    [
      loneSurrogate,
      `a${loneSurrogate}b`,
      'x'.repeat(100) + loneSurrogate,
      String.fromCharCode(0xdc00, 0xd800),
    ],
  ],
  [
    'strings with a byte order mark',
    [mark, `${mark}a`, mark + 'x'.repeat(100), `x${mark}`, mark + 'é'.repeat(5000)],
  ],
  ['bigints of 64 bits', [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n, 2n ** 64n - 1n]],
  ['bigints of any size', [2n ** 64n, -(2n ** 63n) - 1n, 2n ** 70n, -(2n ** 500n), 2n ** 100_000n + 1n]],
  [
    'dates',
    [new Date(0), new Date(1), new Date(-1), new Date(8.64e15), new Date(-8.64e15), new Date(1e12 + 0.5)],
  ],
  ['an invalid date', new Date(NaN)],
  [
    'regular expressions',
    [/a/, /\/[/]\n/gimsuy, new RegExp(''), new RegExp(loneSurrogate), /(?<name>\p{L})/u],
  ],
  [
    'maps',
    new Map<unknown, unknown>([
      [1, 'a'],
      ['b', new Map([[{ c: 1 }, [undefined]]])],
      [NaN, -0],
      [undefined, null],
    ]),
  ],
  ['sets', new Set<unknown>([1, 'a', new Set([new Date(5)]), null, undefined, NaN])],
  ['an empty map and set', [new Map(), new Set()]],
  ['array buffers', [new ArrayBuffer(0), Uint8Array.of(1, 2, 3).buffer]],
  ['data views', [new DataView(new ArrayBuffer(0)), new DataView(Uint8Array.of(1, 2, 3, 4).buffer, 1, 2)]],
  ['8-bit arrays', [Int8Array.of(-1), Uint8Array.of(1, 255), Uint8ClampedArray.of(7), new Uint8Array(0)]],
  [
    '16- and 32-bit arrays',
    [Int16Array.of(-2), Uint16Array.of(2), Int32Array.of(-3), Uint32Array.of(3), Float32Array.of(0.5)],
  ],
  [
    '64-bit arrays',
    [Float64Array.of(-0, NaN, 1e300), BigInt64Array.of(-1n), BigUint64Array.of(2n ** 64n - 1n)],
  ],
  ['a view of part of its memory', new Uint16Array(Uint16Array.of(1, 2, 3, 4).buffer, 2, 2)],
  [
    'boxed primitives',
    [Object(1), Object(-0), Object('a'), Object(loneSurrogate), Object(true), Object(3n), Object(2n ** 80n)],
  ],
  ['plain objects', { a: 1, b: { c: undefined, d: null }, '': 0, 'odd key': 1, é: 2 }],
  ['objects without prototype', Object.assign(Object.create(null) as object, { a: 1 })],
  [
    'keys that are indexes',
    { b: 1, 10: 'a', 2: { 1: 'c' }, 4294967294: 'd', 4294967295: 'e', '01': 'f', '-1': 'g' },
  ],
  [
    'keys that are a thousand indexes',
    Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [index * 7, index])),
  ],
  [
    'keys with lone surrogates and marks',
    { [loneSurrogate]: 1, [`${mark}${'k'.repeat(80)}`]: 2, ['k'.repeat(70_000)]: 3 },
  ],
  [
    'own keys called like what objects have',
    { constructor: 1, hasOwnProperty: 2, toString: 3, toJSON: 4, valueOf: { constructor: [] } },
  ],
  ['an own __proto__', JSON.parse('{"__proto__":{"polluted":1},"a":1}')],
  [
    'very many keys',
    Object.fromEntries(Array.from({ length: 70_000 }, (_, index) => [`k${String(index)}`, index])),
  ],
  [
    'arrays',
    [
      [],
      [[]],
      [undefined],
      Array.from({ length: 17 }, () => 0),
      Array.from({ length: 70_000 }, (_, index) => index),
    ],
  ],
  ['arrays that start with null', [null, [null], [null, 7, new Date(1)], [[null, [null, -0]]]]],
  ['one object in two places', ((shared) => ({ a: shared, b: [shared] }))({ x: new Date(1) })],
  [
    'extended classes of the language',
    [
      new (class extends Map<unknown, unknown> {})([[1, 2]]),
      class extends Uint8Array {}.of(1, 2),
      class extends Array<unknown> {}.from([1]),
    ],
  ],
  ['instances of classes, as their own properties', { job: new Job() }],
];

describe('a value that structuredClone accepts arrives equal to its clone', () => {
  it.each(kinds)('%s', (_name, value) => {
    expect(difference(passOn(value), structuredClone(value))).toBeUndefined();
  });

  it.each(kinds)('%s, beside something that is not plain', (_name, value) => {
    expect(
      difference(passOn({ value, at: [new Date(1)] }), structuredClone({ value, at: [new Date(1)] })),
    ).toBeUndefined();
  });
});

describe('what arrives', () => {
  it('is a Buffer where a Buffer was sent', () => {
    for (const buffer of [pooled, Buffer.alloc(0), Buffer.alloc(300, 1), Buffer.alloc(70_000, 2)]) {
      const arrived = passOn({ plain: buffer, special: [new Date(1), buffer] }) as {
        plain: Buffer;
        special: [Date, Buffer];
      };
      for (const copy of [arrived.plain, arrived.special[1]]) {
        expect(Buffer.isBuffer(copy)).toBe(true);
        expect(copy.equals(buffer)).toBe(true);
      }
    }
  });

  it('keeps nothing of the memory it was decoded from', () => {
    const sent = {
      small: Buffer.from('abc'),
      large: Buffer.alloc(80_000, 1),
      floats: Float64Array.of(1, 2),
      memory: Uint8Array.of(9).buffer,
    };
    for (const value of [sent, { small: sent.small }, { large: sent.large }]) {
      const bytes = codec.encode(value);
      const arrived = codec.decode(bytes, 0, bytes.length);
      bytes.fill(0xff);
      codec.decode(
        codec.encode({ other: Buffer.alloc(1000, 7) }),
        0,
        0 + codec.encode({ other: Buffer.alloc(1000, 7) }).length,
      );
      expect(difference(arrived, value)).toBeUndefined();
    }
  });

  it('has typed arrays that start where their memory does and own all of it', () => {
    const arrived = passOn({
      a: Buffer.alloc(100_000),
      b: Float64Array.of(1),
      c: Uint8Array.of(1),
    }) as Record<string, Uint8Array>;
    expect([arrived['b']?.buffer.byteLength, arrived['c']?.buffer.byteLength]).toEqual([8, 1]);
  });

  it('is the ref that an address stands for', () => {
    const address = { node: 'f'.repeat(32), actor: 3, label: `odd ${loneSurrogate}` };
    const sent = [{ replyTo: new Ref(address) }, { replyTo: { [ADDRESS]: address } }];
    for (const { replyTo } of sent.map(passOn) as { replyTo: Ref }[]) {
      expect(replyTo).toBeInstanceOf(Ref);
      expect(replyTo[ADDRESS]).toEqual(address);
    }
  });

  it('ignores toJSON', () => {
    expect(passOn({ a: { b: 1, toJSON: 'data' } })).toEqual({ a: { b: 1, toJSON: 'data' } });
  });

  it('leaves out what somebody added to Object.prototype', () => {
    const prototype = Object.prototype as Record<string, unknown>;
    prototype['added'] = () => 1;
    try {
      expect(Object.keys(passOn({ a: 1, b: new Date(1) }) as object)).toEqual(['a', 'b']);
    } finally {
      delete prototype['added'];
    }
  });
});

describe('packing in place', () => {
  const value = { type: 'indexed', id: 1, payload: 'x'.repeat(64) };
  const structured = { at: new Date(1), tags: new Set(['a']) };

  it.each([
    ['a plain value', value],
    ['one with maps and dates', structured],
    ['one that only MessagePack brings over', { error: new RangeError('r') }],
    ['bytes', { bytes: Buffer.alloc(3000, 3) }],
  ])('of %s writes what arrives equal, and nothing outside its room', (_name, sent) => {
    const packed = codec.encode(sent);
    for (const length of [200, 4096, 16_384]) {
      for (let offset = 0; offset < 20; offset++) {
        for (const room of [0, packed.length - 1, packed.length, packed.length + 40, length - offset - 8]) {
          if (room > length - offset) continue;
          const memory = Buffer.alloc(length, 0xee);
          const end = codec.encodeInto(sent, memory, offset, room);
          if (end < 0) {
            expect(packed.length).toBeGreaterThan(room);
            expect(Buffer.from(codec.overflow()).equals(packed)).toBe(true);
          } else {
            expect(end - offset).toBeLessThanOrEqual(room);
            const arrived = codec.decode(memory, offset, end);
            if ('error' in sent) expect(arrived).toEqual(sent);
            else expect(difference(arrived, structuredClone(sent))).toBeUndefined();
          }
          expect(memory.subarray(0, offset).every((byte) => byte === 0xee)).toBe(true);
          expect(memory.subarray(offset + room).every((byte) => byte === 0xee)).toBe(true);
        }
      }
    }
  });

  it('leaves memory alone that others pack with msgpackr afterwards', () => {
    const memory = Buffer.alloc(16_384);
    const end = codec.encodeInto(value, memory, 0, memory.length);
    const before = Buffer.from(memory);
    const foreign = new Packr().pack({ written: 'by the application' });
    expect(foreign.buffer).not.toBe(memory.buffer);
    expect(memory.equals(before)).toBe(true);
    expect(difference(codec.decode(memory, 0, end), value)).toBeUndefined();
  });

  it('survives a getter that encodes something else meanwhile', () => {
    const inner: Buffer[] = [];
    const outer = {
      before: 'b',
      get nested() {
        const memory = Buffer.alloc(16_384);
        inner.push(memory.subarray(0, codec.encodeInto({ inner: 1 }, memory, 0, memory.length)));
        inner.push(Buffer.from(codec.encode({ inner: new Date(1) })));
        return 'n';
      },
      after: 'a',
    };
    const memory = Buffer.alloc(16_384);
    const end = codec.encodeInto(outer, memory, 3, memory.length - 3);
    expect(codec.decode(memory, 3, end)).toEqual({ before: 'b', nested: 'n', after: 'a' });
    expect(inner.length).toBeGreaterThan(0);
    for (const bytes of inner) expect(codec.decode(bytes, 0, bytes.length)).toHaveProperty('inner');
  });

  it('gives frames that later calls do not change', () => {
    const first = codec.encode(value);
    const copy = Buffer.from(first);
    for (let count = 0; count < 200; count++) codec.encode({ count, fill: 'y'.repeat(count) });
    expect(first.equals(copy)).toBe(true);
  });
});

describe('encoding refuses, with the path of the culprit,', () => {
  const cyclic: { children: { parent?: unknown }[] } = { children: [{}] };
  cyclic.children[0] = { parent: cyclic };
  const selfish = new Map<unknown, unknown>();
  selfish.set('me', selfish);
  const caused = new Error('a');
  caused.cause = caused;
  const deep = Array.from({ length: 101 }).reduce<unknown>((inner) => [inner], 0);
  const transferred = Buffer.from(new ArrayBuffer(4));
  structuredClone(transferred.buffer, { transfer: [transferred.buffer] });

  it.each<[string, unknown, string, RegExp]>([
    [
      'functions',
      { options: { onDone: () => 1 } },
      'message.options.onDone',
      /message\.options\.onDone is a function/,
    ],
    ['classes', [0, Job], 'message[1]', /function/],
    ['symbols', new Map([['k', [Symbol('s')]]]), 'message.get("k")[0]', /symbol/],
    ['functions as keys', new Map([[() => 1, 1]]), 'message.keys()[0]', /function/],
    ['functions in sets', new Set([1, () => 1]), 'message.values()[1]', /function/],
    ['functions beside odd names', { 'a-b': { c: () => 1 } }, 'message["a-b"].c', /function/],
    ['promises', { p: Promise.resolve(1) }, 'message.p', /is a Promise/],
    ['weak maps', [new WeakMap()], 'message[0]', /is a WeakMap/],
    ['weak refs', [new WeakRef({})], 'message[0]', /is a WeakRef/],
    [
      'generators',
      {
        g: (function* () {
          yield 1;
        })(),
      },
      'message.g',
      /is a Generator/,
    ],
    ['streams', { s: new ReadableStream() }, 'message.s', /is a ReadableStream/],
    ['URLs, which would arrive empty', { u: new URL('http://a') }, 'message.u', /is an? URL/],
    ['blobs', { b: new Blob(['a']) }, 'message.b', /is a Blob/],
    ['symbol objects', { s: Object(Symbol('s')) as unknown }, 'message.s', /symbol object/],
    [
      'modules',
      { m: Object.create(null, { [Symbol.toStringTag]: { value: 'Module' } }) as unknown },
      'message.m',
      /is a Module/,
    ],
    ['proxies of what is not plain', { p: new Proxy(new Date(1), {}) }, 'message.p', /Proxy/],
    ['shared memory', { m: new SharedArrayBuffer(8) }, 'message.m', /shared memory/],
    ['views of shared memory', { m: new Int32Array(new SharedArrayBuffer(8)) }, 'message.m', /shared memory/],
    ['memory that was transferred', { m: transferred }, 'message.m', /transferred/],
    ['holes', { list: [1, , 3] }, 'message.list[1]', /hole/],
    ['a hole that a property makes up for', [Object.assign([1, , 3], { x: 1 })], 'message[0][1]', /hole/],
    ['properties of arrays', { match: /b/.exec('abc') }, 'message.match.index', /property of an array/],
    ['cycles', cyclic, 'message.children[0].parent', /refers back to message,/],
    ['cycles of maps', [selfish], 'message[0].get("me")', /refers back to message\[0\],/],
    ['cycles of causes', { error: caused }, 'message.error.cause', /refers back to message\.error,/],
    ['what lies too deep', deep, `message${'[0]'.repeat(100)}`, /deeper than 100/],
    [
      'getters that throw',
      {
        a: {
          get b(): never {
            throw new RangeError('no');
          },
        },
      },
      'message.a.b',
      /could not be read/,
    ],
    [
      'expressions that are slow to parse',
      { r: [/a/, new RegExp('\\p{RGI_Emoji}'.repeat(4), 'v')] },
      'message.r[1]',
      /regular expression/,
    ],
    [
      'properties of errors',
      Object.assign(new Error('e'), { request: { end: () => 1 } }),
      'message.request.end',
      /function/,
    ],
  ])('%s', (_name, value, path, sentence) => {
    for (const encode of [
      () => codec.encode(value),
      () => codec.encodeInto(value, Buffer.alloc(16_384), 0, 16_384),
    ]) {
      const error = refusal(encode);
      expect(error.code).toBe('TROUPE_NOT_SERIALIZABLE');
      expect(error.details['path']).toBe(path);
      expect(error.message).toMatch(sentence);
    }
    expect(passOn({ still: 'fine', at: new Date(1) })).toEqual({ still: 'fine', at: new Date(1) });
  });

  it('more values than one message may have', () => {
    const rows = Array.from({ length: 1025 }, () => new Array<number>(2048).fill(1));
    expect(refusal(() => codec.encode(rows)).message).toMatch(/more than 2097152 values/);
    const doubling = Array.from({ length: 40 }).reduce<unknown>((inner) => [inner, inner], 0);
    expect(refusal(() => codec.encode(doubling)).message).toMatch(/more than 2097152 values/);
  });

  it('what grows between two looks at it', () => {
    let looks = 0;
    const growing = {
      get text() {
        return 'x'.repeat(looks++ * 100_000);
      },
    };
    expect(refusal(() => codec.encode(growing)).message).toMatch(/changed while it was read/);
    let reads = 0;
    const turning = {
      get value() {
        return reads++ === 0 ? 1 : () => 1;
      },
    };
    expect(refusal(() => codec.encode(turning)).message).toMatch(/changed while it was read/);
    expect(passOn({ a: 1 })).toEqual({ a: 1 });
  });
});

describe('depth', () => {
  it('of 100 levels passes, with something that is not plain at the bottom', () => {
    for (const bottom of [1, new Date(1), Object(-0), new Map()]) {
      const levels = bottom instanceof Map ? 99 : 100;
      const deep = Array.from({ length: levels }).reduce<unknown>(
        (inner, _, index) => (index % 2 ? [inner] : { inner }),
        bottom,
      );
      expect(difference(passOn(deep), deep)).toBeUndefined();
    }
  });
});
