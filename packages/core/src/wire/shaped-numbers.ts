// Numbers of shaped frames, to bytes and back, little endian. A function that writes does so at a place with room for its most,
// SLACK_BYTES, and returns where what it wrote ends; one that reads is given a place where all of it is there.
import { DOUBLE, INTEGER_16, INTEGER_32, TEXT } from './shaped-format.ts';

export function writeToken(token: number, at: number, memory: Buffer): number {
  memory[at] = token;
  return at + 1;
}

export function writeNumber(value: number, at: number, memory: Buffer): number {
  if ((value | 0) !== value || (value === 0 && 1 / value < 0)) return writeDouble(DOUBLE, value, at, memory);
  if (value >= 0 && value < TEXT) {
    memory[at] = value;
    return at + 1;
  }
  memory[at + 1] = value;
  memory[at + 2] = value >> 8;
  if (value >= -0x8000 && value < 0x8000) {
    memory[at] = INTEGER_16;
    return at + 3;
  }
  memory[at] = INTEGER_32;
  memory[at + 3] = value >> 16;
  memory[at + 4] = value >> 24;
  return at + 5;
}

const doubles = new Float64Array(1);
const doubleBytes = new Uint8Array(doubles.buffer);

export function writeDouble(token: number, value: number, at: number, memory: Buffer): number {
  doubles[0] = value;
  memory[at] = token;
  memory[at + 1] = doubleBytes[0] as number;
  memory[at + 2] = doubleBytes[1] as number;
  memory[at + 3] = doubleBytes[2] as number;
  memory[at + 4] = doubleBytes[3] as number;
  memory[at + 5] = doubleBytes[4] as number;
  memory[at + 6] = doubleBytes[5] as number;
  memory[at + 7] = doubleBytes[6] as number;
  memory[at + 8] = doubleBytes[7] as number;
  return at + 9;
}

/** `token` and the size in 8 bits, or the token behind it and the size in 32 bits. */
export function writeSize(token: number, size: number, at: number, memory: Buffer): number {
  if (size > 0xff) return writeSize32(token + 1, size, at, memory);
  memory[at] = token;
  memory[at + 1] = size;
  return at + 2;
}

export function writeSize32(token: number, size: number, at: number, memory: Buffer): number {
  memory[at] = token;
  memory[at + 1] = size;
  memory[at + 2] = size >> 8;
  memory[at + 3] = size >> 16;
  memory[at + 4] = size >>> 24;
  return at + 5;
}

export function integer16At(memory: Buffer, at: number): number {
  return (((memory[at] as number) | ((memory[at + 1] as number) << 8)) << 16) >> 16;
}

export function integer32At(memory: Buffer, at: number): number {
  return (
    (memory[at] as number) |
    ((memory[at + 1] as number) << 8) |
    ((memory[at + 2] as number) << 16) |
    ((memory[at + 3] as number) << 24)
  );
}

export function doubleAt(memory: Buffer, at: number): number {
  for (let index = 0; index < 8; index++) doubleBytes[index] = memory[at + index] as number;
  return doubles[0] as number;
}
