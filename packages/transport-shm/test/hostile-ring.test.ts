// A peer that stores what no peer stores: the other end stops with a typed error, and never looks outside the data.
import { describe, expect, it } from '@jest/globals';
import { isTroupeError } from '@troupe/core/transport';
import fc from 'fast-check';
import { FRAME, HEADER_BYTES, HEAD_OFFSET, PADDING, TAIL_OFFSET } from '../src/ring-buffer-layout.ts';
import { RingReader } from '../src/ring-reader.ts';
import { RingWriter } from '../src/ring-writer.ts';
import { LANE, testRing } from './ring-fixture.ts';

const CAPACITY_BYTES = 64;
const violation = expect.objectContaining({ code: 'TROUPE_PROTOCOL_VIOLATION' });

describe('a reader refuses', () => {
  it.each([
    ['behind the head', -8],
    ['behind the head by half of all positions', -0x8000_0000],
    ['further ahead than the capacity', CAPACITY_BYTES + 8],
    ['far ahead', 0x7fff_fff8],
    ['not aligned', 12],
  ])('a tail %s', (_, tail) => {
    const { reader, memory } = testRing(CAPACITY_BYTES);
    memory.store(TAIL_OFFSET, tail);
    expect(() => reader.poll(9, () => {})).toThrow(violation);
  });

  it.each([
    ['a length of more than was published', 9, FRAME],
    ['a length that is negative', -1, FRAME],
    ['a length that wraps around when its header is added', 0x7fff_ffff, FRAME],
    ['the smallest length of all', -0x8000_0000, FRAME],
    ['a kind that is none', 8, 0],
    ['a kind from the future', 8, 3],
    ['a padding that ends before the lap', 8, PADDING],
    ['a padding that wraps around', -16, PADDING],
  ])('%s', (_, length, kind) => {
    const { reader, memory } = testRing(CAPACITY_BYTES);
    memory.write(HEADER_BYTES, length);
    memory.write(HEADER_BYTES + 4, kind);
    memory.store(TAIL_OFFSET, 16);
    expect(() => reader.poll(9, () => {})).toThrow(violation);
  });

  it('a record that reaches over the end of the data', () => {
    const { reader, memory } = testRing(CAPACITY_BYTES, 48);
    memory.write(HEADER_BYTES + 48, 16);
    memory.write(HEADER_BYTES + 52, FRAME);
    memory.store(TAIL_OFFSET, 80);
    expect(() => reader.poll(9, () => {})).toThrow(violation);
  });

  it('to begin where no record can', () => {
    const { memory } = testRing(CAPACITY_BYTES);
    memory.store(HEAD_OFFSET, 4);
    const reader = new RingReader(memory, { capacityBytes: CAPACITY_BYTES, lane: LANE });
    memory.store(TAIL_OFFSET, 20);
    expect(() => reader.poll(9, () => {})).toThrow(violation);
  });

  it('what comes behind good frames, after those', () => {
    const { reader, memory, send, bytes } = testRing(256);
    send(Buffer.from('one'));
    send(Buffer.from('two'));
    send(Buffer.from('bad'));
    memory.write(HEADER_BYTES + 36, 7);
    const frames: string[] = [];
    const collect = (start: number, end: number): void => {
      frames.push(bytes.toString('latin1', start, end));
    };
    expect(() => reader.poll(9, collect)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/Stopped reading .*unknown kind 7/) }),
    );
    expect(frames).toEqual(['one', 'two']);
    expect(memory.load(HEAD_OFFSET)).toBe(32);
  });

  it('believes neither the head nor the length it has read before', () => {
    const { reader, memory, send } = testRing(256);
    send(Buffer.alloc(8));
    send(Buffer.alloc(8));
    const lengths: number[] = [];
    reader.poll(1, (start, end) => {
      lengths.push(end - start);
      memory.write(HEADER_BYTES, 100);
      memory.store(HEAD_OFFSET, 0);
    });
    reader.poll(1, (start, end) => lengths.push(end - start));
    expect(lengths).toEqual([8, 8]);
  });
});

describe('a writer refuses', () => {
  it.each([
    ['ahead of the tail', 32],
    ['behind where it was', -8],
    ['not aligned', 12],
    ['far behind', -0x8000_0000],
  ])('a head %s', (_, head) => {
    const { writer, memory, send } = testRing(CAPACITY_BYTES);
    send(Buffer.alloc(16));
    memory.store(HEAD_OFFSET, head);
    expect(() => writer.claim(48)).toThrow(violation);
    expect(() => writer.hasRoomAgain(8)).toThrow(violation);
    expect(() => writer.beginWait(48)).toThrow(violation);
  });

  it.each([
    ['a head ahead of the tail', 32, 24],
    ['a head further behind than the capacity', -48, 24],
    ['positions that are not aligned', 4, 4],
  ])('to take over a ring with %s', (_, head, tail) => {
    const { memory } = testRing(CAPACITY_BYTES);
    memory.store(HEAD_OFFSET, head);
    memory.store(TAIL_OFFSET, tail);
    expect(() => new RingWriter(memory, { capacityBytes: CAPACITY_BYTES, lane: LANE })).toThrow(violation);
  });

  it('believes no tail but its own', () => {
    const { memory, send, receive } = testRing(CAPACITY_BYTES);
    memory.store(TAIL_OFFSET, 40);
    send(Buffer.from('mine'));
    expect(receive()).toEqual([Buffer.from('mine')]);
  });
});

it('a reader of arbitrary memory hands out bytes of the data only, or stops with a typed error', () => {
  const word = fc.oneof(
    fc.constantFrom(FRAME, PADDING, 0, 8, 16, 24, -8),
    fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
  );
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(fc.array(word, { minLength: 16, maxLength: 16 }), fc.nat(9), word, (data, start, anyTail) => {
      const { reader, memory } = testRing(CAPACITY_BYTES, start * 8);
      for (const [index, value] of data.entries()) memory.write(HEADER_BYTES + index * 4, value);
      memory.store(TAIL_OFFSET, anyTail);
      let read = 0;
      try {
        const collect = (from: number, to: number): void => {
          if (from < HEADER_BYTES || to < from || to > HEADER_BYTES + CAPACITY_BYTES)
            throw new Error('outside');
          read += to - from + 8;
        };
        while (reader.poll(9, collect) > 0);
        outcomes.add('read');
      } catch (error) {
        if (!isTroupeError(error, 'TROUPE_PROTOCOL_VIOLATION')) throw error;
        outcomes.add('refused');
      }
      if (read > CAPACITY_BYTES) throw new Error('more was read than there is');
    }),
    { numRuns: 5000 },
  );
  expect([...outcomes].sort()).toEqual(['read', 'refused']);
});
