// Text of shaped frames, to bytes and back: one byte a unit where all are ASCII, else UTF-16 as it is. The memory that
// is read may be shared with a process that changes it meanwhile: a range is read once, by a function of V8 that looks
// at it once, or copied first.
import * as format from './shaped-format.ts';
import { noRoom } from './refusal.ts';
import { writeSize } from './shaped-numbers.ts';

// Up to here a loop is faster than the call of a native function.
const SHORT_TEXT_UNITS = 18;
const LAST_ASCII = 0x7f;

/** Writes at `at`, up to `limit` and the slack behind it; returns where the text ends. */
export function writeText(text: string, at: number, memory: Buffer, limit: number): number {
  const { length } = text;
  if (length > SHORT_TEXT_UNITS) return writeLongText(text, length, at, memory, limit);
  if (at + length > limit) throw noRoom;
  memory[at] = format.TEXT | length;
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > LAST_ASCII) return writeWideText(text, length, at, memory, limit);
    memory[at + 1 + index] = unit;
  }
  return at + 1 + length;
}

function writeLongText(text: string, length: number, at: number, memory: Buffer, limit: number): number {
  if (at + length > limit) throw noRoom;
  if (text.charCodeAt(0) > LAST_ASCII) return writeWideText(text, length, at, memory, limit);
  let start = at + 1;
  if (length <= format.LONGEST_TEXT) memory[at] = format.TEXT | length;
  else start = writeSize(format.ASCII_8, length, at, memory);
  // As many bytes as units: all were ASCII. Where there is room for every unit at its longest, V8 need not count.
  const room = Math.min(length * 3, limit + format.SLACK_BYTES - start);
  const written = (memory as NativeMemory).utf8Write(text, start, room);
  return written === length ? start + length : writeWideText(text, length, at, memory, limit);
}

function writeWideText(text: string, length: number, at: number, memory: Buffer, limit: number): number {
  const bytes = length * 2;
  if (at + bytes > limit) throw noRoom;
  const start = writeSize(format.WIDE_8, length, at, memory);
  (memory as NativeMemory).ucs2Write(text, start, bytes);
  return start + bytes;
}

// Words come again and again. A slot is taken over by the last one that fell on it.
const SLOTS = 1024;
const LONGEST_WORD = 20;
const words = Array.from({ length: SLOTS }, () => '');

/** Text of `length` units that are bytes, from `at`. */
export function asciiAt(memory: Buffer, at: number, length: number): string {
  if (length > LONGEST_WORD) return (memory as NativeMemory).latin1Slice(at, at + length);
  if (length === 0) return '';
  const first = memory[at] as number;
  const middle = memory[at + (length >> 1)] as number;
  const last = memory[at + length - 1] as number;
  const slot = (((first * 31 + middle) * 31 + last) * 31 + length) % SLOTS;
  const word = words[slot] as string;
  if (word.length === length) {
    let index = 0;
    while (index < length && memory[at + index] === word.charCodeAt(index)) index++;
    if (index === length) return word;
  }
  return (words[slot] = (memory as NativeMemory).latin1Slice(at, at + length));
}

const SMALL_TEXT_BYTES = 4096;
const smallText = Buffer.allocUnsafeSlow(SMALL_TEXT_BYTES);

/** Text of `units` units of UTF-16, from `at`. */
export function wideAt(memory: Buffer, at: number, units: number): string {
  const bytes = units * 2;
  const text = bytes > SMALL_TEXT_BYTES ? Buffer.allocUnsafeSlow(bytes) : smallText;
  memory.copy(text, 0, at, at + bytes);
  return (text as NativeMemory).ucs2Slice(0, bytes);
}

// What `Buffer.write` and `Buffer.toString` call after looking at their arguments, which takes a third as long again.
interface NativeMemory extends Buffer {
  utf8Write(text: string, offset: number, length: number): number;
  ucs2Write(text: string, offset: number, length: number): number;
  latin1Slice(start: number, end: number): string;
  ucs2Slice(start: number, end: number): string;
}
