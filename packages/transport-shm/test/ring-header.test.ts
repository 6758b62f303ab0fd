import { describe, expect, it } from '@jest/globals';
import { isTroupeError } from '@troupe/core/transport';
import {
  HEADER_BYTES,
  HEADER_FIELDS,
  READER_CLOSED_OFFSET,
  READER_SLEEPS_OFFSET,
  ringBytes,
} from '../src/ring-buffer-layout.ts';
import { checkHeader, initialiseHeader } from '../src/ring-header.ts';
import type { RingIdentity } from '../src/ring-header.ts';
import { MappedRingMemory } from '../src/ring-memory.ts';
import { LANE, RecordingMemory, identity } from './ring-fixture.ts';

function initialised(): { readonly bytes: Buffer; readonly memory: MappedRingMemory } {
  // What stood there before must not matter.
  const bytes = Buffer.from(new ArrayBuffer(ringBytes(identity.capacityBytes))).fill(0xa5);
  const memory = new MappedRingMemory(bytes.buffer);
  initialiseHeader(memory, identity);
  return { bytes, memory };
}

function refusal(memory: MappedRingMemory, expected: RingIdentity = identity): unknown {
  try {
    checkHeader(memory, expected, LANE);
  } catch (error) {
    return error;
  }
  return undefined;
}

it('a ring is what it was made', () => {
  expect(refusal(initialised().memory)).toBeUndefined();
});

it('a reader may sleep, or have closed, before the writer attaches', () => {
  const { memory } = initialised();
  memory.store(READER_SLEEPS_OFFSET, 1);
  memory.store(READER_CLOSED_OFFSET, 1);
  expect(refusal(memory)).toBeUndefined();
});

describe('another ring than was offered is refused', () => {
  it.each<[string, Partial<RingIdentity>, string, string, string]>([
    ['capacity', { capacityBytes: 8192 }, 'TROUPE_PROTOCOL_VIOLATION', '8192', '4096'],
    ['page size', { pageSize: 65_536 }, 'TROUPE_VERSION_MISMATCH', '65536', '4096'],
    [
      'incarnation of the writer',
      { writer: '0123456789abcdef0123456789abcdef' },
      'TROUPE_PROTOCOL_VIOLATION',
      '0x0123456789abcdef0123456789abcdef',
      '0x00112233445566778899aabbccddeeff',
    ],
    [
      'incarnation of the reader',
      { reader: '0123456789abcdef0123456789abcdef' },
      'TROUPE_PROTOCOL_VIOLATION',
      '0x0123456789abcdef0123456789abcdef',
      '0xffeeddccbbaa99887766554433221100',
    ],
  ])('by its %s, with both values', (field, other, code, expected, found) => {
    const error = refusal(initialised().memory, { ...identity, ...other });
    expect(error).toMatchObject({ code, details: { field, expected, found } });
    expect((error as Error).message).toContain(`its ${field} is ${found}, expected ${expected}`);
  });
});

it('every flipped bit of the header is refused by the name of its field, but for what the reader may have stored', () => {
  const { bytes, memory } = initialised();
  const accepted: number[] = [];
  for (let bit = 0; bit < HEADER_BYTES * 8; bit += 1) {
    const offset = bit >> 3;
    bytes[offset]! ^= 1 << (bit & 7);
    const error = refusal(memory);
    if (error === undefined) {
      accepted.push(bit);
    } else {
      const field = HEADER_FIELDS.find((one) => offset >= one.offset && offset < one.offset + one.bytes);
      expect(isTroupeError(error)).toBe(true);
      expect(error).toMatchObject({
        details: { field: field?.name ?? `reserved word at byte ${offset & ~3}` },
      });
    }
    bytes[offset]! ^= 1 << (bit & 7);
  }
  expect(accepted).toEqual([READER_SLEEPS_OFFSET * 8, READER_CLOSED_OFFSET * 8]);
});

it('the magic is stored last: a header that was cut short anywhere is no header', () => {
  const bytes = Buffer.from(new ArrayBuffer(ringBytes(identity.capacityBytes)));
  const memory = new RecordingMemory(bytes);
  initialiseHeader(memory, identity);
  const stores = memory.accesses.filter((access) => access.startsWith('store'));
  expect(stores).toEqual([memory.accesses.at(-1)]);
  expect(memory.accesses.at(-1)).toMatch(/^store magic /);
  expect(memory.accesses.filter((access) => access.includes('magic'))).toHaveLength(1);
});

it.each([0, 1000, 2048, 4097, 2 ** 31, -4096, NaN])(
  'a capacity of %d bytes is no capacity',
  (capacityBytes) => {
    const memory = new MappedRingMemory(new ArrayBuffer(HEADER_BYTES));
    expect(() => initialiseHeader(memory, { ...identity, capacityBytes })).toThrow(RangeError);
  },
);

it.each(['', '00', `${'0'.repeat(31)}g`, '0'.repeat(33)])('%j is no incarnation', (writer) => {
  const memory = new MappedRingMemory(new ArrayBuffer(HEADER_BYTES));
  expect(() => initialiseHeader(memory, { ...identity, writer })).toThrow(TypeError);
});
