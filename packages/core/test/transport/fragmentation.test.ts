// Cutting and joining without a lane: a recording sender on one side, the joiner on the other.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isTroupeError } from '../../src/errors.ts';
import type { LaneSender } from '../../src/transport/contract.ts';
import { FrameJoiner, sendPart } from '../../src/transport/fragmentation.ts';
import { FrameWriter } from '../../src/transport/frame-writer.ts';
import { MAX_FRAME_BYTES } from '../../src/transport/lane-errors.ts';

/** Keeps what is committed; full after `capacity` frames, until `empty()`. */
class RecordingLane implements LaneSender {
  readonly memory = Buffer.alloc(1 << 16);
  readonly room = 1 << 16;
  readonly frames: Buffer[] = [];
  #left: number;
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#left = capacity;
  }

  empty(): void {
    this.#left = this.#capacity;
  }

  claim(): number {
    return this.#left > 0 ? 0 : -1;
  }

  commit(bytes: number): void {
    this.#left -= 1;
    this.frames.push(Buffer.from(this.memory.subarray(0, bytes)));
  }

  flushBlocking(): void {}

  async drained(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.empty();
  }

  async close(): Promise<void> {}
}

function joined(frames: readonly Buffer[]): { frames: Buffer[]; error: unknown; goodbyes: number } {
  const whole: Buffer[] = [];
  const joiner = new FrameJoiner('a test lane', (memory, start, end) =>
    whole.push(Buffer.from(memory.subarray(start, end))),
  );
  let goodbyes = 0;
  try {
    for (const frame of frames) if (joiner.accept(frame, 0, frame.length)) goodbyes += 1;
  } catch (error) {
    return { frames: whole, error, goodbyes };
  }
  return { frames: whole, error: undefined, goodbyes };
}

function first(totalBytes: number, ...bytes: number[]): Buffer {
  const frame = Buffer.from([2, 0, 0, 0, 0, ...bytes]);
  frame.writeUInt32LE(totalBytes, 1);
  return frame;
}

describe('frames cut and joined', () => {
  it('arrive equal and in order for any sizes, any limit of the lane and any moment it is full', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 12 }),
        fc.integer({ min: 6, max: 64 }),
        fc.integer({ min: 1, max: 5 }),
        async (frames, maxFrameBytes, capacity) => {
          const lane = new RecordingLane(capacity);
          const writer = new FrameWriter(lane, {
            lane: 'a test lane',
            maxFrameBytes,
            endOfLane: () => undefined,
          });
          for (const frame of frames) while (!writer.send(frame)) await writer.drained();
          await writer.close();
          const { frames: arrived, error, goodbyes } = joined(lane.frames);
          expect(error).toBeUndefined();
          expect(arrived.map((frame) => [...frame])).toEqual(frames.map((frame) => [...frame]));
          expect(goodbyes).toBe(1);
          expect(writer.framesSent).toBe(frames.length);
          expect(lane.frames.every((frame) => frame.length <= maxFrameBytes)).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('go out from a copy, so that the caller may use its memory again', async () => {
    const lane = new RecordingLane(1);
    const writer = new FrameWriter(lane, {
      lane: 'a test lane',
      maxFrameBytes: 16,
      endOfLane: () => undefined,
    });
    const frame = Buffer.from('a frame that needs several parts to go out');
    const before = Buffer.from(frame);
    expect(writer.send(frame)).toBe(true);
    frame.fill(0);
    await writer.close();
    expect(joined(lane.frames).frames).toEqual([before]);
  });

  it('go out at once where a process that exits flushes', () => {
    const lane = new RecordingLane(3);
    lane.flushBlocking = () => lane.empty();
    const writer = new FrameWriter(lane, {
      lane: 'a test lane',
      maxFrameBytes: 16,
      endOfLane: () => undefined,
    });
    const frame = Buffer.alloc(500, 'x');
    expect(writer.send(frame)).toBe(true);
    writer.flushBlocking(1000);
    expect(joined(lane.frames).frames).toEqual([frame]);
  });

  it('make room at once for the next where a process that exits flushes, and stay in order', async () => {
    const lane = new RecordingLane(3);
    lane.flushBlocking = () => lane.empty();
    const writer = new FrameWriter(lane, {
      lane: 'a test lane',
      maxFrameBytes: 16,
      endOfLane: () => undefined,
    });
    const frames = Array.from({ length: 20 }, (_, index) => Buffer.alloc(100 + index, index));
    for (const frame of frames) {
      expect(writer.send(frame)).toBe(true);
      writer.flushBlocking(1000);
    }
    // The last one is still going out when the lane closes.
    expect(writer.send(Buffer.alloc(200, 'x'))).toBe(true);
    expect(writer.send(Buffer.alloc(1))).toBe(false);
    await writer.close();
    const { frames: arrived, goodbyes } = joined(lane.frames);
    expect(arrived).toEqual([...frames, Buffer.alloc(200, 'x')]);
    expect(goodbyes).toBe(1);
  });

  it('are refused as a part when the lane has no room, and nothing is committed', () => {
    const lane = new RecordingLane(0);
    expect(sendPart(lane, 16, Buffer.alloc(40), Buffer.alloc(0), 0, 40)).toBe(-1);
    expect(lane.frames).toEqual([]);
  });
});

describe('a writer used wrongly', () => {
  const options = { lane: 'a test lane', maxFrameBytes: 16, endOfLane: () => undefined };

  it('refuses a claim larger than a frame that is not cut', () => {
    expect(() => new FrameWriter(new RecordingLane(9), options).claim(16)).toThrow(RangeError);
    expect(() => new FrameWriter(new RecordingLane(9), options).claim(-1)).toThrow(RangeError);
  });

  it('refuses to commit more than there is room, and what was never claimed', () => {
    const writer = new FrameWriter(new RecordingLane(9), options);
    expect(() => writer.commit(1)).toThrow(TypeError);
    writer.claim(4);
    expect(() => writer.commit(16)).toThrow(RangeError);
    writer.commit(15);
    expect(() => writer.commit(1)).toThrow(TypeError);
  });
});

describe('bytes that no writer sends', () => {
  const hostile: readonly [string, readonly Buffer[]][] = [
    ['an empty lane frame', [Buffer.alloc(0)]],
    ['an unknown kind', [Buffer.from([9, 1, 2])]],
    ['the kind 0', [Buffer.from([0])]],
    ['a further part without a first one', [Buffer.from([3, 1])]],
    ['a first part without its length', [Buffer.from([2, 1, 0])]],
    ['a first part without bytes', [first(10)]],
    ['a first part that is the whole frame', [first(2, 1, 2)]],
    ['a first part larger than its frame', [first(1, 1, 2)]],
    ['a frame announced larger than the largest', [first(MAX_FRAME_BYTES + 1, 1)]],
    ['a frame announced with 4 GiB', [first(0xffffffff, 1)]],
    ['a further part without bytes', [first(10, 1), Buffer.from([3])]],
    ['more bytes than announced', [first(3, 1), Buffer.from([3, 1, 2, 3])]],
    ['a whole frame among parts', [first(10, 1), Buffer.from([1, 5])]],
    ['a first part among parts', [first(10, 1), first(10, 1)]],
    ['a goodbye among parts', [first(10, 1), Buffer.from([4])]],
    ['a goodbye with bytes behind it', [Buffer.from([4, 0])]],
  ];

  it.each(hostile)('are a protocol violation: %s', (_, frames) => {
    const { error, frames: arrived, goodbyes } = joined(frames);
    expect(isTroupeError(error, 'TROUPE_PROTOCOL_VIOLATION')).toBe(true);
    expect([arrived, goodbyes]).toEqual([[], 0]);
  });

  it('never yield more than was sent, nor any other error, whatever they are', () => {
    const laneFrame = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .tuple(fc.integer({ min: 0, max: 5 }), fc.uint8Array({ maxLength: 40 }))
        .map(([kind, bytes]) => Uint8Array.from([kind, ...bytes])),
      fc
        .tuple(fc.integer({ min: 0, max: 60 }), fc.uint8Array({ maxLength: 30 }))
        .map(([total, bytes]) => first(total, ...bytes)),
    );
    fc.assert(
      fc.property(fc.array(laneFrame, { maxLength: 20 }), (frames) => {
        const sent = frames.map((frame) => Buffer.from(frame));
        const { frames: arrived, error } = joined(sent);
        const sentBytes = sent.reduce((sum, frame) => sum + frame.length, 0);
        const arrivedBytes = arrived.reduce((sum, frame) => sum + frame.length, 0);
        expect(arrivedBytes).toBeLessThanOrEqual(sentBytes);
        expect(error === undefined || isTroupeError(error, 'TROUPE_PROTOCOL_VIOLATION')).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('cost memory in proportion to what came, not to what was announced', () => {
    const before = process.memoryUsage().arrayBuffers;
    const joiners = Array.from({ length: 50 }, () => new FrameJoiner('a test lane', () => {}));
    for (const joiner of joiners) joiner.accept(first(MAX_FRAME_BYTES, 1), 0, 6);
    const grownBytes = process.memoryUsage().arrayBuffers - before;
    expect(grownBytes).toBeLessThan(50 * 128 * 1024);
    for (const joiner of joiners) joiner.reset();
  });
});
