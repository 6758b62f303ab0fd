// Frames that can be made again from two numbers, and a short text by which to recognise one.
import { createHash } from 'node:crypto';

export interface FrameRecipe {
  readonly bytes: number;
  readonly seed: number;
}

// A prime, so that the pattern falls differently into every block a transport might cut.
const PATTERN_BYTES = 251;

export function makeFrame({ bytes, seed }: FrameRecipe): Buffer {
  const pattern = Buffer.alloc(PATTERN_BYTES);
  for (let index = 0; index < PATTERN_BYTES; index += 1) pattern[index] = (index * 7 + seed * 31) & 0xff;
  const frame = Buffer.alloc(bytes, pattern);
  if (bytes >= 4) frame.writeUInt32LE(seed >>> 0, 0);
  return frame;
}

/** Length and hash: equal texts are equal frames. */
export function digest(frame: Uint8Array): string {
  return `${frame.length}:${createHash('sha1').update(frame).digest('base64')}`;
}

export function digestOf(recipe: FrameRecipe): string {
  return digest(makeFrame(recipe));
}

/** `count` frames of `bytes` bytes, each different from its neighbours. */
export function recipes(count: number, bytes: number): FrameRecipe[] {
  return Array.from({ length: count }, (_, seed) => ({ bytes, seed }));
}
