// What each end does to the memory, access by access: the order is the protocol, and a result can be right by luck.
import { describe, expect, it } from '@jest/globals';
import {
  HEADER_BYTES,
  READER_CLOSED_OFFSET,
  READER_SLEEPS_OFFSET,
  WRITER_CLOSED_OFFSET,
  WRITER_WAITS_OFFSET,
  maxRingFrameBytes,
} from '../src/ring-buffer-layout.ts';
import { testRing } from './ring-fixture.ts';

const CAPACITY_BYTES = 64;

describe('a writer', () => {
  it('publishes a frame with one store, after its length and kind, and then looks whether the reader sleeps', () => {
    const { writer, memory } = testRing(CAPACITY_BYTES);
    expect(writer.claim(10)).toBe(HEADER_BYTES + 8);
    expect(memory.accesses).toEqual([]);
    expect(writer.commit(10)).toBe(false);
    expect(memory.accesses).toEqual([
      'write data+0 10',
      'write data+4 1',
      'store tail 24',
      'load reader sleeps',
    ]);
  });

  it('clears the flag of a reader that sleeps, and undertakes to wake it, once', () => {
    const { writer, memory } = testRing(CAPACITY_BYTES);
    memory.store(READER_SLEEPS_OFFSET, 1);
    writer.claim(0);
    memory.forget();
    expect(writer.commit(0)).toBe(true);
    expect(memory.accesses.slice(2)).toEqual(['store tail 8', 'load reader sleeps', 'store reader sleeps 0']);
    writer.claim(0);
    expect(writer.commit(0)).toBe(false);
  });

  it('closes the lap with a padding that is published together with the frame behind it', () => {
    const { writer, memory } = testRing(CAPACITY_BYTES, 48);
    expect(writer.claim(16)).toBe(HEADER_BYTES + 8);
    expect(memory.accesses).toEqual(['write data+48 8', 'write data+52 2']);
    memory.forget();
    writer.commit(16);
    expect(memory.accesses.slice(0, 3)).toEqual(['write data+0 16', 'write data+4 1', 'store tail 88']);
  });

  it('looks at the head only when there is no room by the one it knows', () => {
    const { writer, send, receive, memory } = testRing(CAPACITY_BYTES);
    send(Buffer.alloc(24));
    send(Buffer.alloc(24));
    expect(memory.accesses.filter((access) => access === 'load head')).toEqual([]);
    expect(writer.claim(0)).toBe(-1);
    receive();
    memory.forget();
    expect(writer.claim(0)).toBeGreaterThan(0);
    expect(memory.accesses).toEqual(['load head']);
  });

  it('has room behind a claim as far as the data reaches and the reader has read', () => {
    const { writer, send, receive } = testRing(CAPACITY_BYTES);
    writer.claim(1);
    expect(writer.room).toBe(CAPACITY_BYTES - 8);
    send(Buffer.alloc(24));
    send(Buffer.alloc(8));
    receive(1);
    writer.claim(1);
    expect(writer.room).toBe(8);
    writer.commit(8);
    writer.claim(1);
    // The reader has left 32 bytes at the beginning.
    expect(writer.room).toBe(24);
  });

  it('may commit less, or more, than it claimed, or claim anew', () => {
    const { writer, reader } = testRing(CAPACITY_BYTES);
    const lengths: number[] = [];
    writer.claim(24);
    writer.claim(8);
    writer.commit(writer.room - 16);
    writer.claim(8);
    writer.commit(1);
    while (reader.poll(9, (start, end) => lengths.push(end - start)) > 0);
    expect(lengths).toEqual([40, 1]);
  });

  it('takes a frame of the largest size from an empty ring wherever it stands, and no larger one', () => {
    for (let position = 0; position < CAPACITY_BYTES; position += 8) {
      const { writer, receive } = testRing(CAPACITY_BYTES, position);
      expect(writer.claim(CAPACITY_BYTES)).toBe(-1);
      expect(writer.claim(maxRingFrameBytes(CAPACITY_BYTES))).toBeGreaterThan(0);
      writer.commit(maxRingFrameBytes(CAPACITY_BYTES));
      expect(receive().map(({ length }) => length)).toEqual([24]);
    }
  });

  it('has room again for a frame that was refused once it fits, by one look at the head', () => {
    const { writer, send, receive, memory } = testRing(CAPACITY_BYTES);
    send(Buffer.alloc(24));
    send(Buffer.alloc(24));
    expect(writer.claim(24)).toBe(-1);
    memory.forget();
    expect(writer.hasRoomAgain(24)).toBe(false);
    expect(memory.accesses).toEqual(['load head']);
    receive(1);
    memory.forget();
    expect(writer.hasRoomAgain(24)).toBe(true);
    expect(memory.accesses).toEqual(['load head']);
    // It is what a claim says, and a claim of nothing more.
    expect(writer.claim(24)).toBeGreaterThan(0);
    writer.commit(24);
    expect([...receive(), ...receive()]).toHaveLength(2);
  });

  it('has no room again while less than a quarter is free, however small the frame, nor for one that does not fit', () => {
    const { writer, send, receive } = testRing(256);
    while (send(Buffer.alloc(8)));
    receive(3);
    expect(writer.hasRoomAgain(8)).toBe(false);
    receive(1);
    expect(writer.hasRoomAgain(8)).toBe(true);
    expect(writer.hasRoomAgain(maxRingFrameBytes(256))).toBe(false);
    // What fits may be claimed all the same.
    expect(writer.claim(8)).toBeGreaterThan(0);
  });

  it('finds room again over the end of a lap, padding included, and where positions wrap', () => {
    const { writer, send, receive } = testRing(CAPACITY_BYTES, -CAPACITY_BYTES);
    send(Buffer.alloc(16));
    send(Buffer.alloc(16));
    // 16 bytes are left of this lap: a frame of 24 needs those and 32 behind them.
    expect(writer.claim(24)).toBe(-1);
    receive(1);
    expect(writer.hasRoomAgain(24)).toBe(false);
    receive(1);
    expect(writer.hasRoomAgain(24)).toBe(true);
    writer.claim(24);
    writer.commit(24);
    expect(receive().map(({ length }) => length)).toEqual([24]);
  });

  it('sets its flag, looks again, and only then waits', () => {
    const { writer, send, memory } = testRing(CAPACITY_BYTES);
    send(Buffer.alloc(24));
    send(Buffer.alloc(24));
    memory.forget();
    expect(writer.beginWait(8)).toBe(true);
    expect(memory.accesses).toEqual(['store writer waits 1', 'load head', 'load reader closed']);
    writer.endWait();
    expect(memory.load(WRITER_WAITS_OFFSET)).toBe(0);
  });

  it('does not wait when there is room, or nobody who would make any', () => {
    const { writer, send, receive, memory } = testRing(CAPACITY_BYTES);
    send(Buffer.alloc(24));
    send(Buffer.alloc(24));
    receive();
    expect(writer.beginWait(8)).toBe(false);
    expect(memory.load(WRITER_WAITS_OFFSET)).toBe(0);
    send(Buffer.alloc(24));
    memory.store(READER_CLOSED_OFFSET, 1);
    expect(writer.isReaderClosed).toBe(true);
    expect(writer.beginWait(24)).toBe(false);
    expect(memory.load(WRITER_WAITS_OFFSET)).toBe(0);
  });
});

describe('a reader', () => {
  it('reads a batch with one look at the tail and stores its head once, at the end', () => {
    const { reader, send, memory } = testRing(256);
    for (const length of [1, 2, 3]) send(Buffer.alloc(length));
    memory.forget();
    expect(reader.poll(9, () => memory.accesses.push('frame'))).toBe(3);
    const record = (at: number) => [`read data+${at}`, `read data+${at + 4}`, 'frame'];
    expect(memory.accesses).toEqual([
      'load tail',
      ...record(0),
      ...record(16),
      ...record(32),
      'store head 48',
    ]);
  });

  it('stops at the limit, and goes on with what it knows', () => {
    const { reader, send, memory } = testRing(256);
    for (const length of [1, 2, 3]) send(Buffer.alloc(length));
    expect(reader.poll(2, () => {})).toBe(2);
    memory.forget();
    expect(reader.poll(2, () => {})).toBe(1);
    expect(memory.accesses.at(0)).toBe('read data+32');
    expect(reader.poll(2, () => {})).toBe(0);
  });

  it('stops once a batch came to a quarter of the capacity, so that the writer can go on', () => {
    const { reader, send } = testRing(256);
    for (let sent = 0; sent < 4; sent += 1) send(Buffer.alloc(32));
    expect(reader.poll(9, () => {})).toBe(2);
  });

  it('a padding does not end a batch: 0 frames means that there is none', () => {
    const { reader, writer, send, receive } = testRing(256);
    send(Buffer.alloc(100));
    send(Buffer.alloc(24));
    expect([...receive(), ...receive()]).toHaveLength(2);
    writer.claim(120);
    writer.commit(120);
    expect(reader.poll(9, () => {})).toBe(1);
  });

  it('does not deliver a frame again whose handler threw, and goes on behind it', () => {
    const { reader, send, receive } = testRing(256);
    for (const length of [1, 2, 3]) send(Buffer.alloc(length));
    const lengths: number[] = [];
    const refuseSecond = (start: number, end: number): void => {
      lengths.push(end - start);
      if (end - start === 2) throw new Error('not this one');
    };
    expect(() => reader.poll(9, refuseSecond)).toThrow('not this one');
    expect(lengths).toEqual([1, 2]);
    expect(receive().map(({ length }) => length)).toEqual([3]);
  });

  it('refuses to be polled by a handler, which would get the same frames', () => {
    const { reader, send, receive } = testRing(256);
    send(Buffer.alloc(1));
    expect(() => reader.poll(9, () => reader.poll(9, () => {}))).toThrow(TypeError);
    expect(receive()).toEqual([]);
    send(Buffer.alloc(2));
    expect(receive()).toHaveLength(1);
  });

  it('wakes a writer that waits once half of the ring is free, and once only', () => {
    const { reader, writer, memory, send } = testRing(256);
    while (send(Buffer.alloc(24)));
    expect(writer.beginWait(24)).toBe(true);
    expect(reader.poll(1, () => {})).toBe(1);
    expect(reader.takeWakeOfWriter()).toBe(false);
    for (let read = 1; read < 4; read += 1) reader.poll(1, () => {});
    memory.forget();
    expect(reader.takeWakeOfWriter()).toBe(true);
    expect(memory.accesses).toEqual(['load writer waits', 'store writer waits 0']);
    expect(reader.takeWakeOfWriter()).toBe(false);
  });

  it('sets its flag, looks again, and only then sleeps', () => {
    const { reader, memory } = testRing(CAPACITY_BYTES);
    expect(reader.beginSleep()).toBe(true);
    expect(memory.accesses).toEqual(['store reader sleeps 1', 'load tail', 'load writer closed']);
    reader.endSleep();
    expect(memory.load(READER_SLEEPS_OFFSET)).toBe(0);
  });

  it('does not sleep when there is something to read, or the end', () => {
    const { reader, writer, send, receive, memory } = testRing(CAPACITY_BYTES);
    send(Buffer.alloc(1));
    expect(reader.beginSleep()).toBe(false);
    expect(memory.load(READER_SLEEPS_OFFSET)).toBe(0);
    receive();
    writer.close();
    expect(reader.beginSleep()).toBe(false);
    expect(memory.load(READER_SLEEPS_OFFSET)).toBe(0);
  });
});

describe('the end', () => {
  it('of a writer is seen once everything it published was read', () => {
    const { reader, writer, send, receive, memory } = testRing(CAPACITY_BYTES);
    send(Buffer.alloc(1));
    expect(writer.close()).toBe(false);
    expect(reader.hasEnded()).toBe(false);
    receive();
    memory.forget();
    expect(reader.hasEnded()).toBe(true);
    expect(memory.accesses).toEqual(['load writer closed', 'load tail']);
  });

  it('of either side wakes the other when that sleeps', () => {
    const { reader, writer, memory } = testRing(CAPACITY_BYTES);
    memory.store(READER_SLEEPS_OFFSET, 1);
    memory.store(WRITER_WAITS_OFFSET, 1);
    memory.forget();
    expect(writer.close()).toBe(true);
    expect(reader.close()).toBe(true);
    expect(memory.accesses).toEqual([
      'store writer closed 1',
      'load reader sleeps',
      'store reader sleeps 0',
      'store reader closed 1',
      'load writer waits',
      'store writer waits 0',
    ]);
    expect(memory.load(WRITER_CLOSED_OFFSET) + memory.load(READER_CLOSED_OFFSET)).toBe(2);
    expect([writer.close(), reader.close()]).toEqual([false, false]);
  });
});
