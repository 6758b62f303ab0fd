import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isTroupeError } from '../../src/errors.ts';
import { createCodec } from '../../src/wire/codec.ts';
import { difference } from './same-value.ts';

const codec = createCodec({ reviveRef: (address) => address });

/** Strings of any UTF-16 units, lone surrogates among them. */
const anyUnits = fc
  .array(fc.oneof(fc.nat(0xffff), fc.constantFrom(0xd800, 0xdfff, 0xfeff, 0x41)), { maxLength: 80 })
  .map((units) => String.fromCharCode(...units));

const key = fc.oneof(
  { weight: 4, arbitrary: fc.string() },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: anyUnits },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '__proto__',
      'constructor',
      'hasOwnProperty',
      'toString',
      'then',
      'length',
      '0',
      '7',
      '1023',
    ),
  },
);

const leaf = fc.oneof(
  fc.boolean(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.string({ unit: 'binary', maxLength: 300 }),
  anyUnits,
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
  fc.date({ noInvalidDate: false }),
  fc.constantFrom(null, undefined, -0, NaN, 2 ** 32, 2n ** 64n - 1n, -(2n ** 63n), /a+/gi),
);

const messages = fc.anything({
  key,
  values: [leaf],
  maxDepth: 4,
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withNullPrototype: true,
  withObjectString: true,
});

function passOn(value: unknown): unknown {
  const bytes = codec.encode(value);
  return codec.decode(bytes, 0, bytes.length);
}

describe('for any value', () => {
  it('what arrives equals what structuredClone gives', () => {
    fc.assert(
      fc.property(messages, (value) => {
        expect(difference(passOn(value), structuredClone(value))).toBeUndefined();
      }),
      { numRuns: 3000 },
    );
  });

  it('with holes in its arrays, it does too, or the hole is named', () => {
    const sparse = fc.sparseArray(fc.oneof(leaf, fc.sparseArray(leaf, { maxLength: 5 })), { maxLength: 8 });
    fc.assert(
      fc.property(fc.record({ list: sparse }), (value) => {
        try {
          expect(difference(passOn(value), structuredClone(value))).toBeUndefined();
        } catch (error) {
          if (!isTroupeError(error, 'TROUPE_NOT_SERIALIZABLE')) throw error;
          expect(error.message).toMatch(/message\.list(\[\d+\])+ is a hole/);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('packed in place it arrives equal, or what encode gives is left aside, and nothing outside the room changes', () => {
    const memory = Buffer.alloc(64 * 1024);
    let aside = 0;
    fc.assert(
      fc.property(messages, fc.nat(5000), fc.nat(5000), (value, offset, spare) => {
        const packed = codec.encode(value);
        const room = Math.min(packed.length - 10 + spare, memory.length - offset);
        if (room < 0) return;
        memory.fill(0xee);
        const end = codec.encodeInto(value, memory, offset, room);
        if (end < 0) {
          aside++;
          expect(packed.length).toBeGreaterThan(room);
          expect(packed.equals(codec.overflow())).toBe(true);
        } else {
          expect(end).toBeLessThanOrEqual(offset + room);
          expect(difference(codec.decode(memory, offset, end), structuredClone(value))).toBeUndefined();
        }
        expect(memory.subarray(0, offset).every((byte) => byte === 0xee)).toBe(true);
        expect(memory.subarray(offset + room).every((byte) => byte === 0xee)).toBe(true);
      }),
      { numRuns: 1000 },
    );
    expect(aside).toBeGreaterThan(0);
  });
});
