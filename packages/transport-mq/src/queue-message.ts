// How bytes of a lane stand in a message of a queue that many lanes share: a header that says which lane, and in which place,
// and as many bytes of the lane's stream as fit. The stream itself is lane-stream.ts's matter.
//
//   0             4             8                   14       16
//   +-------------+-------------+-------------------+--------+---------
//   | 01 T R P    | place       | lane              | kind   | bytes
//   +-------------+-------------+-------------------+--------+---------
//     u8 x 4        u32           u48                 u16
//
// Little endian. `place` counts the messages of a lane, those of each kind by themselves, modulo 2^32: one that is missing was
// taken by somebody else. A message that begins with `{` is no lane's but one from a program that is no node.

export const HEADER_BYTES = 16;

/** Bytes of the lane's stream, in order. */
export const IN_LINE = 0;
/** Whole records that may overtake the stream. */
export const AHEAD = 1;

/** Number of a lane in its queue: random, from 1 to 2^48 - 1. */
export const LARGEST_LANE = 2 ** 48 - 1;

const MAGIC = 0x50525401;
const PLACE_OFFSET = 4;
const LANE_OFFSET = 8;
const LANE_BYTES = 6;
const KIND_OFFSET = 14;
const LETTER = 0x7b;

/** A header that was read; one object is reused for all messages of a queue. */
export interface Header {
  lane: number;
  place: number;
  kind: number;
}

export function writeHeader(memory: Buffer, offset: number, lane: number, place: number, kind: number): void {
  memory.writeUInt32LE(MAGIC, offset);
  memory.writeUInt32LE(place, offset + PLACE_OFFSET);
  memory.writeUIntLE(lane, offset + LANE_OFFSET, LANE_BYTES);
  memory.writeUInt16LE(kind, offset + KIND_OFFSET);
}

/** Reads the header of the message from `start` to `end`; false when it has none. */
export function readHeader(memory: Buffer, start: number, end: number, header: Header): boolean {
  if (end - start < HEADER_BYTES || memory.readUInt32LE(start) !== MAGIC) return false;
  header.place = memory.readUInt32LE(start + PLACE_OFFSET);
  header.lane = memory.readUIntLE(start + LANE_OFFSET, LANE_BYTES);
  header.kind = memory.readUInt16LE(start + KIND_OFFSET);
  return header.kind <= AHEAD;
}

/** Whether a message is one from a program that is no node. */
export function isLetter(memory: Buffer, start: number, end: number): boolean {
  return end > start && memory[start] === LETTER;
}
