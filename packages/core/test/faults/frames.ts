// Frames that can be told apart and checked byte for byte by whoever receives them, in the test and in its processes alike.

const LARGE_EVERY = 50;
const LARGE_BYTES = 150_000;
const SMALLEST_BYTES = 20;
const SPREAD_BYTES = 3000;

/** How many letters a letterbox gets: frames that fit into a message, behind a byte. */
export const LETTERS = 20;

/** The frame with the number `seq`, from 0. */
export function makeFrame(seq: number): Buffer {
  const frame = Buffer.alloc(sizeOf(seq), seq % 251);
  frame.writeUInt32LE(seq);
  return frame;
}

/** What is wrong with a frame that came where the one with the number `seq` was to come; undefined when nothing is. */
export function faultOf(frame: Buffer, seq: number): string | undefined {
  if (frame.equals(makeFrame(seq))) return undefined;
  const found = frame.length < 4 ? 'no number' : String(frame.readUInt32LE());
  return `frame ${seq} came as ${frame.length} bytes numbered ${found}`;
}

/** Whether a frame goes out in parts on every transport. */
export function isLarge(seq: number): boolean {
  return seq % LARGE_EVERY === LARGE_EVERY - 1;
}

function sizeOf(seq: number): number {
  // Multiples of a prime: no two neighbours end at the same place of a ring.
  return isLarge(seq) ? LARGE_BYTES : SMALLEST_BYTES + ((seq * 397) % SPREAD_BYTES);
}
