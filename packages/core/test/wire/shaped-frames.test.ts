import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { ADDRESS, type Address } from '../../src/address.ts';
import { createCodec, type Codec } from '../../src/wire/codec.ts';
import { MAX_SHAPES, SHAPED } from '../../src/wire/shaped-format.ts';
import { difference } from './same-value.ts';

class Ref {
  readonly [ADDRESS]: Address;
  readonly name: string;
  constructor(address: Address, name = 'a ref') {
    this[ADDRESS] = address;
    this.name = name;
  }
}

const reviveRef = (address: Address): Ref => new Ref(address);

/** The two ends of a lane. */
class Lane {
  readonly writer: Codec;
  readonly reader: Codec;
  readonly memory = Buffer.alloc(256 * 1024);
  /** Of the frame that was sent last. */
  bytes = Buffer.alloc(0);

  constructor(create = createCodec) {
    this.writer = create({ reviveRef });
    this.reader = create({ reviveRef });
  }

  send(value: unknown, room = this.memory.length - 16): unknown {
    const end = this.writer.encodeInto(value, this.memory, 16, room);
    this.bytes = Buffer.from(end < 0 ? this.writer.overflow() : this.memory.subarray(16, end));
    return this.reader.decode(this.bytes, 0, this.bytes.length);
  }

  /** The value arrives, in a shaped frame. */
  carries(value: unknown): void {
    expect(difference(this.send(value), structuredClone(value))).toBeUndefined();
    expect(this.bytes[0]).toBe(SHAPED);
  }
}

const throwing = {
  get late(): never {
    throw new RangeError('no');
  },
};

describe('objects with the same keys', () => {
  it('carry them twice at most', () => {
    const lane = new Lane();
    const sizes = [1, 2, 3, 4].map((identifier) => {
      lane.carries({ identifier, payload: 'text' });
      return lane.bytes.length;
    });
    expect(lane.bytes.includes('identifier')).toBe(false);
    expect(sizes[3]).toBe('SPsi+text'.length);
  });

  it('arrive equal before and after code is made for them, whatever their values and keys', () => {
    const lane = new Lane();
    const odd = [
      '',
      "it's",
      '"',
      '\\',
      '`${1}`',
      '\u2028',
      '\ud800',
      'é',
      'constructor',
      'at',
      'object',
      'a-b',
    ];
    const values = [1, -1, 2 ** 40, 0.5, -0, 'text', 'é漢', null, undefined, true, false, 5n, -(2n ** 63n)];
    for (let round = 0; round < 300; round++) {
      const nested = { x: values[round % values.length], y: { z: [values[(round * 7) % values.length]] } };
      lane.carries(
        Object.fromEntries(odd.map((key, index) => [key, values[(round + index) % values.length]])),
      );
      lane.carries(nested);
      lane.carries([nested, { nested }]);
      lane.carries({ y: 1, x: 2 });
    }
  });

  it('cost no more than they weigh when they stand beside each other', () => {
    const lane = new Lane();
    lane.carries(Array.from({ length: 100 }, (_, id) => ({ id, description: 'row' })));
    expect(lane.bytes.length).toBeLessThan(100 * 7 + 60);
  });
});

describe('what has the keys of a known shape', () => {
  function taught(): Lane {
    const lane = new Lane();
    for (let id = 0; id < 100; id++) lane.carries({ id, name: 'n' });
    return lane;
  }

  it('but is of a class arrives as what it owns', () => {
    class Named {
      id = 1;
      name = 'n';
    }
    const lane = taught();
    expect(difference(lane.send(new Named()), { id: 1, name: 'n' })).toBeUndefined();
    lane.carries({ id: 2, name: 'n' });
  });

  it('but has no prototype arrives as an object', () => {
    const lane = taught();
    const bare = Object.assign(Object.create(null) as object, { id: 1, name: 'n' });
    lane.carries(bare);
    expect(Object.getPrototypeOf(lane.send(bare))).toBe(Object.prototype);
  });

  it('but is a module is refused', () => {
    const lane = taught();
    const module = Object.create(null, {
      id: { value: 1, enumerable: true },
      name: { value: 'n', enumerable: true },
      [Symbol.toStringTag]: { value: 'Module' },
    }) as object;
    expect(() => lane.send({ module })).toThrow(/message\.module is a Module/);
    lane.carries({ id: 2, name: 'n' });
  });

  it('but is a ref arrives as a ref', () => {
    const lane = new Lane();
    for (let count = 0; count < 100; count++) lane.carries({ name: 'n' });
    const address = { node: 'f'.repeat(32), actor: 2 ** 31, label: 'é' };
    for (const ref of [new Ref(address), { [ADDRESS]: address, name: 'n' }, { [ADDRESS]: address }]) {
      const { to } = lane.send({ to: ref }) as { to: Ref };
      expect(to).toBeInstanceOf(Ref);
      expect(to[ADDRESS]).toEqual(address);
      expect(lane.bytes[0]).toBe(SHAPED);
    }
  });

  it('because somebody added to Object.prototype does not get more', () => {
    const lane = taught();
    const prototype = Object.prototype as Record<string, unknown>;
    prototype['name'] = 'added';
    try {
      expect(Object.keys(lane.send({ id: 1 }) as object)).toEqual(['id']);
    } finally {
      delete prototype['name'];
    }
    lane.carries({ id: 2, name: 'n' });
  });

  it('and a property that is a cycle is refused', () => {
    const lane = taught();
    const cyclic: Record<string, unknown> = { id: 1 };
    cyclic['name'] = cyclic;
    expect(() => lane.send(cyclic)).toThrow(/message\.name refers back to message/);
    lane.carries({ id: 2, name: 'n' });
  });
});

describe('a frame that is not sent', () => {
  const failures: readonly (readonly [string, (lane: Lane, keys: object) => void])[] = [
    [
      'because a getter throws',
      (lane, keys) => expect(() => lane.send([keys, throwing])).toThrow(/message\[1\]\.late/),
    ],
    [
      'because a part cannot travel',
      (lane, keys) => expect(() => lane.send([keys, () => 1])).toThrow(/function/),
    ],
    [
      'because the lane has no room',
      (lane, keys) => expect(lane.writer.encodeInto([keys, keys], lane.memory, 0, 20)).toBe(-1),
    ],
    [
      'after it was encoded',
      (lane, keys) => {
        expect(lane.writer.encodeInto([keys, keys], lane.memory, 0, 4096)).toBeGreaterThan(0);
        lane.writer.takeBack();
      },
    ],
    [
      'in place but aside',
      (lane, keys) => expect(lane.writer.encode([keys, keys]).length).toBeGreaterThan(0),
    ],
  ];

  it.each(failures)('%s teaches nothing', (_name, fail) => {
    const lane = new Lane();
    for (let shape = 0; shape < 20; shape++) {
      const value = { [`key${String(shape)}`]: shape, more: { [`inner${String(shape)}`]: 1 } };
      fail(lane, value);
      fail(lane, value);
      for (let count = 0; count < 4; count++) {
        expect(difference(lane.send(value), value)).toBeUndefined();
        fail(lane, value);
      }
    }
  });
});

describe('whatever a lane carries', () => {
  const leaf = fc.oneof(
    fc.boolean(),
    fc.integer(),
    fc.double(),
    fc.bigInt(),
    fc.string({ maxLength: 100 }),
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.date({ noInvalidDate: false }),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.float64Array({ maxLength: 5 }),
    fc.constantFrom<unknown>(
      null,
      undefined,
      -0,
      0x7f,
      0x80,
      -1,
      0x7fff,
      0x8000,
      -0x8000,
      -0x8001,
      2 ** 31,
      /a/g,
    ),
  );
  // Few names, so that shapes come again.
  const key = fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom('id', 'name', 'tags', 'é', 'x') },
    { weight: 1, arbitrary: fc.oneof(fc.string(), fc.constantFrom('__proto__', '7', 'constructor')) },
  );
  const message = fc.anything({
    key,
    values: [leaf],
    maxDepth: 3,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
  });
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ act: fc.constant('send'), value: message, room: fc.constant(1 << 17) }),
    },
    { weight: 2, arbitrary: fc.record({ act: fc.constant('send'), value: message, room: fc.nat(200) }) },
    {
      weight: 1,
      arbitrary: fc.record({ act: fc.constant('fail'), value: message, room: fc.constant(1 << 17) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ act: fc.constant('take back'), value: message, room: fc.constant(1 << 17) }),
    },
  );

  it('arrives equal to its clone, with frames in between that were never sent', () => {
    let shaped = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
        const lane = new Lane();
        for (const { act, value, room } of steps) {
          if (act === 'fail') {
            expect(() => lane.writer.encodeInto([value, throwing], lane.memory, 0, room)).toThrow('late');
          } else if (act === 'take back') {
            lane.writer.encodeInto(value, lane.memory, 0, room);
            lane.writer.takeBack();
          } else {
            expect(difference(lane.send(value, room), structuredClone(value))).toBeUndefined();
            if (lane.bytes[0] === SHAPED) shaped++;
          }
        }
      }),
      { numRuns: 300 },
    );
    expect(shaped).toBeGreaterThan(1000);
  });

  it('may be more shapes than a lane has numbers for', () => {
    const lane = new Lane();
    for (let round = 0; round < 34; round++)
      for (let shape = 0; shape < MAX_SHAPES + 50; shape++)
        lane.carries({ [`k${String(shape)}`]: round, shape });
  });

  it('may be objects used as maps, after which others are still learned', () => {
    const lane = new Lane();
    for (let count = 0; count < 4000; count++)
      lane.carries({ total: { [`user${String(count)}`]: 1, [`user${String(count + 1)}`]: 2 } });
    for (let count = 0; count < 1500; count++) lane.carries({ identifier: count, state: 'open' });
    expect(lane.bytes.includes('identifier')).toBe(false);
  });

  it('may have more keys than a shape', () => {
    const lane = new Lane();
    for (const keys of [63, 64, 65, 300, 65_536])
      for (let round = 0; round < (keys > 1000 ? 1 : 3); round++) {
        const value = Object.fromEntries(
          Array.from({ length: keys }, (_, index) => [`k${String(index)}`, round]),
        );
        expect(difference(lane.send(value), value)).toBeUndefined();
      }
  });

  it('may be text of every length and kind', () => {
    const lane = new Lane();
    for (const unit of ['x', 'é', '漢', '😀', '\0', '\ud800', '\ufeff'])
      for (const length of [0, 1, 2, 17, 18, 19, 20, 21, 63, 64, 127, 128, 255, 256, 4000]) {
        const text = unit.repeat(length);
        lane.carries({ text, behind: `x${text}`, before: `${text}x`, [`k${text}`]: 1 });
      }
  });

  it('may lie 100 levels deep, and no deeper', () => {
    const lane = new Lane();
    const deep = (levels: number): unknown =>
      Array.from({ length: levels }).reduce<unknown>(
        (inner, _, index) => (index % 2 ? [inner] : { inner }),
        1,
      );
    lane.carries(deep(100));
    expect(() => lane.send(deep(101))).toThrow(/deeper than 100/);
    lane.carries(deep(100));
  });

  it('may have getters that send over the same lane meanwhile', () => {
    const lane = new Lane();
    const inner: Buffer[] = [];
    const outer = (id: number): object => ({
      id,
      get nested() {
        const memory = Buffer.alloc(4096);
        inner.push(memory.subarray(0, lane.writer.encodeInto({ inner: id, id }, memory, 0, memory.length)));
        return 'n';
      },
    });
    for (let id = 0; id < 200; id++) expect(lane.send(outer(id))).toEqual({ id, nested: 'n' });
    for (const bytes of inner) expect(lane.reader.decode(bytes, 0, bytes.length)).toHaveProperty('inner');
  });

  it('leaves nothing of the memory in what arrives', () => {
    const lane = new Lane();
    const sent = { small: Buffer.from('abc'), large: Buffer.alloc(80_000, 1), floats: Float64Array.of(1, 2) };
    for (let round = 0; round < 3; round++) {
      const arrived = lane.send(sent);
      lane.bytes.fill(0xff);
      lane.memory.fill(0xff);
      expect(difference(arrived, sent)).toBeUndefined();
    }
  });
});

describe('where code may not be made from strings', () => {
  it('all arrives equal nevertheless', async () => {
    const forbidden = jest.fn(() => {
      throw new EvalError('Code generation from strings disallowed for this context');
    });
    const original = Object.getOwnPropertyDescriptor(globalThis, 'Function') as PropertyDescriptor;
    Object.defineProperty(globalThis, 'Function', { ...original, value: forbidden });
    try {
      await jest.isolateModulesAsync(async () => {
        const { createCodec: create } = await import('../../src/wire/codec.ts');
        const lane = new Lane(create);
        for (let id = 0; id < 300; id++) lane.carries({ id, nested: { name: 'n', list: [id, { id }] } });
        expect(lane.bytes.includes('nested')).toBe(false);
      });
    } finally {
      Object.defineProperty(globalThis, 'Function', original);
    }
    expect(forbidden).toHaveBeenCalled();
  });
});
