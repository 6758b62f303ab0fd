// Records found in a stream that comes in pieces of any size, and what is no stream.
import { describe, expect, it } from '@jest/globals';
import { RECORD_LENGTH_BYTES } from '@troupe/core/transport';
import fc from 'fast-check';
import { LaneStream } from '../src/lane-stream.ts';

const MAX_FRAME_BYTES = 10_000;

function streamInto(frames: string[], close?: (stream: LaneStream) => void): LaneStream {
  const stream: LaneStream = new LaneStream({
    lane: 'a lane',
    maxFrameBytes: MAX_FRAME_BYTES,
    onFrame: (memory, start, end) => {
      frames.push(memory.toString('latin1', start, end));
      close?.(stream);
    },
  });
  return stream;
}

function records(frames: readonly string[]): Buffer {
  return Buffer.concat(
    frames.map((frame) => {
      const record = Buffer.alloc(RECORD_LENGTH_BYTES + frame.length);
      record.writeUInt32LE(frame.length, 0);
      record.write(frame, RECORD_LENGTH_BYTES, 'latin1');
      return record;
    }),
  );
}

describe('the stream of a lane', () => {
  it('yields its records, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary-ascii', maxLength: 6000 }), { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1 }),
        (sent, cuts) => {
          const bytes = records(sent);
          const received: string[] = [];
          const stream = streamInto(received);
          let position = 0;
          for (let cut = 0; position < bytes.length; cut += 1) {
            const end = Math.min(bytes.length, position + (cuts[cut % cuts.length] ?? 1));
            // Into other memory each time, as from a queue.
            const piece = Buffer.concat([Buffer.alloc(3), bytes.subarray(position, end)]);
            stream.take(piece, 3, piece.length);
            piece.fill(0xff);
            position = end;
          }
          expect(received).toEqual(sent);
        },
      ),
    );
  });

  it('refuses a record that is longer than any can be, in one piece and in several', () => {
    const announced = Buffer.alloc(RECORD_LENGTH_BYTES);
    announced.writeUInt32LE(MAX_FRAME_BYTES + 1);
    const refusal = expect.objectContaining({ code: 'TROUPE_PROTOCOL_VIOLATION' });
    expect(() => streamInto([]).take(announced, 0, announced.length)).toThrow(refusal);
    const stream = streamInto([]);
    stream.take(announced, 0, 1);
    expect(() => stream.take(announced, 1, announced.length)).toThrow(refusal);
  });

  it('hands out nothing more once it is closed, from within a frame too', () => {
    const frames: string[] = [];
    const stream = streamInto(frames, (self) => self.close());
    const bytes = records(['one', 'two']);
    stream.take(bytes, 0, bytes.length);
    expect(frames).toEqual(['one']);
  });

  it('takes whole records ahead while one of its own is cut, and refuses what is cut itself', () => {
    const frames: string[] = [];
    const stream = streamInto(frames);
    const cut = records(['in line']);
    const ahead = records(['ahead', '']);
    stream.take(cut, 0, 6);
    stream.takeAhead(ahead, 0, ahead.length);
    stream.take(cut, 6, cut.length);
    expect(frames).toEqual(['ahead', '', 'in line']);
    for (const end of [1, 6, ahead.length - 1]) {
      expect(() => streamInto([]).takeAhead(ahead, 0, end)).toThrow(
        expect.objectContaining({ code: 'TROUPE_PROTOCOL_VIOLATION' }),
      );
    }
  });
});
