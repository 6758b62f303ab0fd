// FrameWriter and FrameReader over real lanes of the memory transport.
import { describe, expect, it } from '@jest/globals';
import { isTroupeError } from '../../src/errors.ts';
import { openReceiver } from '../../src/transport/frame-reader.ts';
import type { FrameReader } from '../../src/transport/frame-reader.ts';
import { openSender } from '../../src/transport/frame-writer.ts';
import type { FrameWriter } from '../../src/transport/frame-writer.ts';
import { MAX_FRAME_BYTES } from '../../src/transport/lane-errors.ts';
import { memoryTransport } from '../../src/transport/memory-transport.ts';

interface Pair {
  readonly writer: FrameWriter;
  readonly reader: FrameReader;
  readonly frames: Buffer[];
  readonly ended: Promise<Error | undefined>;
}

async function openPair(lane: string): Promise<Pair> {
  const transport = memoryTransport();
  const frames: Buffer[] = [];
  let end: (error?: Error) => void = () => {};
  const ended = new Promise<Error | undefined>((resolve) => (end = resolve));
  const reader = await openReceiver(transport, {
    peer: 'a',
    directory: '/nowhere',
    lane,
    onFrame: (memory, start, to) => frames.push(Buffer.from(memory.subarray(start, to))),
    onEnd: (error) => end(error),
  });
  const writer = await openSender(transport, reader.offer, {
    peer: 'b',
    directory: '',
    timeoutMs: 1000,
    onEnd: () => {},
  });
  return { writer, reader, frames, ended };
}

function pattern(bytes: number, seed: number): Buffer {
  const frame = Buffer.allocUnsafe(bytes);
  for (let index = 0; index < bytes; index += 1) frame[index] = (index * 31 + seed) & 0xff;
  return frame;
}

describe('a lane of the memory transport', () => {
  it('carries frames of every size around its limit, in order, and ends without error after a goodbye', async () => {
    const { writer, reader, frames, ended } = await openPair('sizes');
    reader.start();
    const largest = writer.maxClaimBytes;
    const sizes = [0, 1, largest - 1, largest, largest + 1, largest + 2, 3 * largest, 1 << 20, 0, 5];
    for (const [index, bytes] of sizes.entries()) {
      while (!writer.send(pattern(bytes, index))) await writer.drained();
    }
    expect(writer.framesSent).toBe(sizes.length);
    await writer.close();
    expect(await ended).toBeUndefined();
    expect(frames.map((frame) => frame.length)).toEqual(sizes);
    expect(frames.every((frame, index) => frame.equals(pattern(sizes[index] ?? 0, index)))).toBe(true);
    expect(reader.framesReceived).toBe(sizes.length);
    await reader.close();
  });

  it('hands out room that lies behind the hidden prefix', async () => {
    const { writer, reader, frames, ended } = await openPair('in-place');
    reader.start();
    const offset = writer.claim(16);
    expect(writer.room).toBeGreaterThanOrEqual(16);
    const bytes = writer.memory.write('packed in place', offset, 'latin1');
    writer.commit(bytes);
    await writer.close();
    await ended;
    expect(frames.map(String)).toEqual(['packed in place']);
    await reader.close();
  });

  it('delivers a frame cut in parts that was still going out when the writer closed', async () => {
    const { writer, reader, frames, ended } = await openPair('close-while-cut');
    expect(writer.send(pattern(1 << 20, 7))).toBe(true);
    expect(writer.send(Buffer.from('behind'))).toBe(false);
    expect(writer.claim(1)).toBe(-1);
    const closing = writer.close();
    reader.start();
    await closing;
    expect(await ended).toBeUndefined();
    expect(frames.map((frame) => frame.length)).toEqual([1 << 20]);
    await reader.close();
  });

  it('is full rather than failing while nobody reads, and drops nothing it has taken', async () => {
    const { writer, reader, frames, ended } = await openPair('full');
    let taken = 0;
    while (writer.send(pattern(1000, taken))) taken += 1;
    expect(taken).toBeGreaterThan(50);
    let isDrained = false;
    const drained = writer.drained().then(() => (isDrained = true));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isDrained).toBe(false);
    reader.start();
    await drained;
    expect(writer.send(Buffer.from('again'))).toBe(true);
    await writer.close();
    await ended;
    expect(frames).toHaveLength(taken + 1);
    await reader.close();
  });

  it('refuses everything after close, and closes once', async () => {
    const { writer, reader } = await openPair('closed');
    const closing = writer.close();
    expect(writer.close()).toBe(closing);
    await closing;
    for (const use of [
      () => writer.claim(1),
      () => writer.commit(0),
      () => writer.send(Buffer.alloc(1)),
      () => writer.send(Buffer.alloc(1 << 20)),
    ]) {
      expect(use).toThrow(expect.objectContaining({ code: 'TROUPE_LANE_CLOSED' }));
    }
    await expect(writer.drained()).rejects.toMatchObject({ code: 'TROUPE_LANE_CLOSED' });
    await reader.close();
    expect(() => reader.start()).toThrow(expect.objectContaining({ code: 'TROUPE_LANE_CLOSED' }));
  });

  it('gives up at the time limit of close when nobody reads', async () => {
    const { writer, reader } = await openPair('close-late');
    while (writer.send(pattern(60_000, 1)));
    expect(writer.send(pattern(1 << 20, 1))).toBe(false);
    await writer.close(30);
    await reader.close();
  });

  it('refuses a frame larger than the largest with its size and the limit', async () => {
    const { writer, reader } = await openPair('too-large');
    let caught: unknown;
    try {
      writer.send(Buffer.allocUnsafeSlow(MAX_FRAME_BYTES + 1));
    } catch (error) {
      caught = error;
    }
    expect(isTroupeError(caught, 'TROUPE_FRAME_TOO_LARGE')).toBe(true);
    expect(String(caught)).toContain(`${MAX_FRAME_BYTES + 1} bytes`);
    expect(String(caught)).toContain(`limit is ${MAX_FRAME_BYTES} bytes`);
    expect(writer.send(Buffer.from('small'))).toBe(true);
    await writer.close();
    await reader.close();
  });

  it('tells the sender when the receiver closes, and refuses frames with the same error from then on', async () => {
    const transport = memoryTransport();
    const reader = await openReceiver(transport, {
      peer: 'a',
      directory: '/nowhere',
      lane: 'receiver-closes',
      onFrame: () => {},
      onEnd: () => {},
    });
    let lost: (error: Error) => void = () => {};
    const end = new Promise<Error>((resolve) => (lost = resolve));
    const writer = await openSender(transport, reader.offer, {
      peer: 'b',
      directory: '',
      timeoutMs: 10,
      onEnd: (error) => lost(error),
    });
    await reader.close();
    expect(writer.send(Buffer.from('x'))).toBe(false);
    await writer.drained();
    await expect(end).resolves.toMatchObject({ code: 'TROUPE_PEER_LOST' });
    expect(() => writer.send(Buffer.from('x'))).toThrow(
      expect.objectContaining({ code: 'TROUPE_PEER_LOST' }),
    );
    await writer.close();
  });

  it('reports a sender as lost when the lane is drained before it said goodbye, and drops the incomplete frame', async () => {
    const { writer, reader, frames, ended } = await openPair('drained');
    writer.send(Buffer.from('whole'));
    writer.send(pattern(1 << 20, 3));
    await reader.drain();
    expect(frames.map(String)).toEqual(['whole']);
    await expect(ended).resolves.toMatchObject({ code: 'TROUPE_PEER_LOST' });
    await reader.close();
    await writer.close();
  });

  it('refuses a second receiver on an address, and a sender where nobody receives', async () => {
    const { reader, writer } = await openPair('taken');
    await expect(openPair('taken')).rejects.toMatchObject({ code: 'TROUPE_ADDRESS_IN_USE' });
    const offer = reader.offer;
    await writer.close();
    await reader.close();
    await expect(
      openSender(memoryTransport(), offer, { peer: 'b', directory: '', timeoutMs: 10, onEnd: () => {} }),
    ).rejects.toMatchObject({ code: 'TROUPE_NO_LISTENER' });
  });

  it('refuses to reach a child before there is one, and names the transports that do', () => {
    expect(() => memoryTransport().prepareChild('child')).toThrow(
      expect.objectContaining({
        code: 'TROUPE_TRANSPORT_REACH',
        message: expect.stringContaining("'unix', 'fifo' or 'pipe'"),
      }),
    );
  });

  it('ends with the error that onFrame threw', async () => {
    const transport = memoryTransport();
    let end: (error?: Error) => void = () => {};
    const ended = new Promise<Error | undefined>((resolve) => (end = resolve));
    const reader = await openReceiver(transport, {
      peer: 'a',
      directory: '/nowhere',
      lane: 'throws',
      onFrame: () => {
        throw new Error('cannot decode');
      },
      onEnd: (error) => end(error),
    });
    const writer = await openSender(transport, reader.offer, {
      peer: 'b',
      directory: '',
      timeoutMs: 10,
      onEnd: () => {},
    });
    reader.start();
    writer.send(Buffer.from('x'));
    await expect(ended).resolves.toMatchObject({ message: 'cannot decode' });
    await writer.close();
    await reader.close();
  });
});
