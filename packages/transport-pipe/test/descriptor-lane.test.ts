// The shared pair of ends, over FIFOs and sockets opened within this process, and over bytes that no sender wrote.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openReceiver, openSender } from '@troupe/core/transport';
import type { Transport } from '@troupe/core/transport';
import { closeDescriptor, makePipe, readDescriptor, writeDescriptor } from '@troupe/posix';
import { readdirSync } from 'node:fs';
import { DescriptorReceiver } from '../src/descriptor-receiver.ts';
import { DescriptorSender } from '../src/descriptor-sender.ts';
import { fifoTransport, unixTransport } from '../src/index.ts';
import {
  openDescriptors,
  makeDirectory,
  openLane,
  removeDirectory,
} from '../../core/test/lanes/open-lane.ts';

let directory = '';

beforeEach(() => {
  directory = makeDirectory();
});

afterEach(() => {
  removeDirectory(directory);
});

const transports: readonly [string, () => Transport][] = [
  ['fifo', fifoTransport],
  ['unix', unixTransport],
];

describe.each(transports)('a lane on %s', (_, create) => {
  it('carries frames packed in place, many in one turn', async () => {
    const { reader, writer, frames, ended } = await openLane(create(), directory);
    reader.start();
    const sent: string[] = [];
    for (let index = 0; index < 5000; index += 1) {
      const text = `message ${index}`;
      let offset = writer.claim(64);
      while (offset < 0) {
        await writer.drained();
        offset = writer.claim(64);
      }
      writer.commit(writer.memory.write(text, offset, 'latin1'));
      sent.push(text);
    }
    await writer.close();
    expect(await ended).toBeUndefined();
    expect(frames).toEqual(sent);
    expect(reader.framesReceived).toBe(5000);
    await reader.close();
  });

  it('has no name left once the sender has come, and none when nobody came', async () => {
    const { reader, writer, ended } = await openLane(create(), directory);
    expect(readdirSync(directory)).toEqual([]);
    reader.start();
    await writer.close();
    await ended;
    await reader.close();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('reaches a receiver that closes itself while it handles a frame', async () => {
    const transport = create();
    const seen: number[] = [];
    let end: (error?: Error) => void = () => {};
    const ended = new Promise<Error | undefined>((resolve) => (end = resolve));
    const reader = await openReceiver(transport, {
      peer: 'a',
      directory,
      lane: 'closes',
      onFrame: (memory, start) => {
        seen.push(memory.readUInt8(start));
        void reader.close();
      },
      onEnd: (error) => end(error),
    });
    const writer = await openSender(transport, reader.offer, {
      peer: 'b',
      directory: '',
      timeoutMs: 100,
      onEnd: () => {},
    });
    reader.start();
    for (const byte of [1, 2, 3]) writer.send(Buffer.from([byte]));
    expect(await ended).toBeUndefined();
    expect(seen).toEqual([1]);
    await writer.close(100);
  });

  it('hands everything to the kernel before a process exits', async () => {
    const { reader, writer, frames, ended } = await openLane(create(), directory);
    writer.send(Buffer.from('just before the exit'));
    writer.flushBlocking(1000);
    reader.start();
    await reader.drain();
    expect(frames).toEqual(['just before the exit']);
    expect(await ended).toMatchObject({ code: 'TROUPE_PEER_LOST' });
    await reader.close();
    await writer.close(0);
  });

  it('tells an idle sender that its receiver has closed', async () => {
    const { reader, writer, senderEnded } = await openLane(create(), directory);
    reader.start();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await reader.close();
    expect(await senderEnded).toMatchObject({ code: 'TROUPE_PEER_LOST' });
    await writer.close();
  });

  it('drops what was not taken at the time limit of close, and frees the lane', async () => {
    const before = openDescriptors();
    const { reader, writer } = await openLane(create(), directory);
    while (writer.send(Buffer.alloc(4000)));
    await writer.close(20);
    await reader.close();
    expect(openDescriptors()).toEqual(before);
  });
});

describe('the receiving end', () => {
  function record(bytes: number, body = Buffer.alloc(bytes)): Buffer {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes);
    return Buffer.concat([length, body]);
  }

  /** Writes each piece after the one before was read, ends the stream, and tells what came out. */
  async function read(pieces: readonly Buffer[], limit = 1000): Promise<{ frames: string[]; end?: Error }> {
    const { readEnd, writeEnd } = makePipe();
    const frames: string[] = [];
    let end: (error?: Error) => void = () => {};
    const ended = new Promise<Error | undefined>((resolve) => (end = resolve));
    const receiver = new DescriptorReceiver(readEnd, {
      lane: 'a test lane',
      maxFrameBytes: limit,
      onFrame: (memory, start, to) => frames.push(memory.toString('latin1', start, to)),
      onEnd: (error) => end(error),
    });
    receiver.start();
    for (const piece of pieces) {
      writeDescriptor(writeEnd, piece, 0, piece.length);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    closeDescriptor(writeEnd);
    const error = await ended;
    return error === undefined ? { frames } : { frames, end: error };
  }

  it('joins a record that comes byte by byte', async () => {
    const bytes = Buffer.concat([record(5, Buffer.from('hello')), record(0), record(1, Buffer.from('x'))]);
    const pieces = Array.from(bytes, (byte) => Buffer.from([byte]));
    expect(await read(pieces)).toEqual({ frames: ['hello', '', 'x'] });
  });

  it('drops a record that is cut off at the end of the stream', async () => {
    const whole = record(5, Buffer.from('hello'));
    expect(await read([whole, whole.subarray(0, 7)])).toEqual({ frames: ['hello'] });
    expect(await read([whole.subarray(0, 2)])).toEqual({ frames: [] });
  });

  it('takes a record of the limit and refuses one byte more, whatever was before it', async () => {
    expect((await read([record(1000)])).frames.map((frame) => frame.length)).toEqual([1000]);
    const refused = await read([Buffer.concat([record(2, Buffer.from('ok')), record(1001)])]);
    expect(refused).toMatchObject({ frames: ['ok'], end: { code: 'TROUPE_PROTOCOL_VIOLATION' } });
    expect(await read([Buffer.alloc(8, 0xff)])).toMatchObject({ end: { code: 'TROUPE_PROTOCOL_VIOLATION' } });
  });

  it('ends a drained lane although somebody else still holds the writing end', async () => {
    const { readEnd, writeEnd } = makePipe();
    const frames: number[] = [];
    let ends = 0;
    const receiver = new DescriptorReceiver(readEnd, {
      lane: 'a test lane',
      maxFrameBytes: 1000,
      onFrame: (_memory, start, to) => frames.push(to - start),
      onEnd: () => (ends += 1),
    });
    writeDescriptor(writeEnd, record(10), 0, 14);
    await receiver.drain();
    expect([frames, ends]).toEqual([[10], 1]);
    closeDescriptor(writeEnd);
  });
});

describe('the sending end', () => {
  it('writes whole records only, as many as the kernel takes at once, where a bound is given', async () => {
    const { readEnd, writeEnd } = makePipe();
    const sender = new DescriptorSender(writeEnd, {
      lane: 'a test lane',
      stagingBytes: 1 << 17,
      writeBytes: 4096,
      onEnd: () => {},
    });
    const recordBytes = 1504;
    for (let offset = sender.claim(1500); offset >= 0; offset = sender.claim(1500)) sender.commit(1500);
    // The pipe is full. One page of room lets in one write of two records, and nothing of a third.
    const memory = Buffer.alloc(1 << 20);
    const inPipe = readDescriptor(readEnd, memory, 0, memory.length);
    expect(inPipe % (2 * recordBytes)).toBe(0);
    sender.flushBlocking(0);
    const next = readDescriptor(readEnd, memory, 0, memory.length);
    expect(next).toBeGreaterThan(0);
    expect(next % (2 * recordBytes)).toBe(0);
    await sender.close(0);
    closeDescriptor(readEnd);
  });
});
