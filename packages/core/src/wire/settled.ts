// The frame by which one node tells another how its messages ended: counts, in doubles behind a header.
import { EMPTY_ENVELOPE, headerBytes, SETTLED, writeHeader } from './envelope.ts';

/** How messages to one actor came to an end since the last report. `bytes` covers all three. */
export interface Settled {
  delivered: number;
  dead: number;
  lost: number;
  bytes: number;
}

const SETTLED_BYTES = 32;

/** A SETTLED frame. Counts travel as doubles: exact to 2^53, and no bigint on the way. */
export function settledFrame(actor: number, settled: Settled): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes('') + SETTLED_BYTES);
  const offset = writeHeader(frame, 0, { ...EMPTY_ENVELOPE, kind: SETTLED, to: actor });
  frame.writeDoubleLE(settled.delivered, offset);
  frame.writeDoubleLE(settled.dead, offset + 8);
  frame.writeDoubleLE(settled.lost, offset + 16);
  frame.writeDoubleLE(settled.bytes, offset + 24);
  return frame;
}

/** The counts of a SETTLED frame; undefined when the bytes are none. */
export function readSettled(memory: Buffer, start: number, end: number): Settled | undefined {
  if (end - start !== SETTLED_BYTES) return undefined;
  return {
    delivered: memory.readDoubleLE(start),
    dead: memory.readDoubleLE(start + 8),
    lost: memory.readDoubleLE(start + 16),
    bytes: memory.readDoubleLE(start + 24),
  };
}
