// The reading end of shaped frames: bytes to a value in one pass, and the shapes that a lane has defined. It believes nothing.
//
// A frame is read where it lies, in memory that the other process may change meanwhile: every byte is looked at once, and a
// length is compared with what is left before it is used. Text is made by functions of V8 that read a range once; wide text,
// for which they look twice, and bytes are copied first.
import type { Address } from '../address.ts';
import { MAX_DEPTH, MAX_VALUES } from './limits.ts';
import { protocolViolation } from './refusal.ts';
import { mayBeShape } from './shape-book.ts';
import { makeReader, type ReadObject } from './shape-code.ts';
import * as format from './shaped-format.ts';
import { doubleAt, integer16At, integer32At } from './shaped-numbers.ts';
import { asciiAt, wideAt } from './shaped-text.ts';
import { bytesAt, typedArrayAt } from './shaped-views.ts';
import { isName } from './special.ts';

const nothing = Buffer.alloc(0);

// Of the frame that is read; the memory of a lane is let go of at its end.
let memory: Buffer = nothing;
let position = 0;
let end = 0;
let depth = 0;
let values = 0;
let known: Known;

/** One for each lane. Every frame of the lane must be decoded, in order. */
export class ShapedDecoder {
  readonly #known: Known;

  constructor(reviveRef: (address: Address) => unknown, beforeLarge: () => void) {
    this.#known = { reviveRef, beforeLarge, shapes: [] };
  }

  /** The value of the frame that fills `source` from `from` to `to`; keeps nothing of that memory. */
  decode(source: Buffer, from: number, to: number): unknown {
    // Reviving a ref, or a setter that somebody added to Object.prototype, may decode in the middle of it.
    const outerMemory = memory;
    const outerPosition = position;
    const outerEnd = end;
    const outerDepth = depth;
    const outerValues = values;
    const outerKnown = known;
    memory = source;
    position = from + 1;
    end = Math.min(to, source.length);
    depth = 0;
    values = 0;
    known = this.#known;
    try {
      const value = readValue();
      if (position !== end) throw protocolViolation(`${String(end - position)} bytes follow its value`);
      return value;
    } finally {
      memory = outerMemory;
      position = outerPosition;
      end = outerEnd;
      depth = outerDepth;
      values = outerValues;
      known = outerKnown;
    }
  }
}

/** What the reader of a lane has learned, and what it was told. */
interface Known {
  readonly reviveRef: (address: Address) => unknown;
  readonly beforeLarge: () => void;
  readonly shapes: KnownShape[];
}

interface KnownShape {
  readonly count: number;
  read: ReadObject;
}

function readValue(): unknown {
  const token = memory[take(1)] as number;
  if (token < format.TEXT) return token;
  if (token < format.NULL) return readAscii(token & format.LONGEST_TEXT);
  switch (token) {
    case format.SHAPE:
      return readShaped(shapeOf(memory[take(1)] as number));
    case format.DEFINE:
      return readShaped(readDefinition());
    case format.ASCII_8:
      return readAscii(memory[take(1)] as number);
    case format.ASCII_32:
      return readAscii(unsigned32());
    case format.INTEGER_16:
      return integer16At(memory, take(2));
    case format.INTEGER_32:
      return integer32At(memory, take(4));
    case format.DOUBLE:
      return readDouble();
    case format.NULL:
      return null;
    case format.UNDEFINED:
      return undefined;
    case format.FALSE:
      return false;
    case format.TRUE:
      return true;
    case format.BYTES_8:
      return readBytes(memory[take(1)] as number);
    case format.BYTES_32:
      return readBytes(unsigned32());
    case format.ARRAY_8:
      return readArray(memory[take(1)] as number);
    case format.ARRAY_32:
      return readArray(unsigned32());
    case format.WIDE_8:
      return readWide(memory[take(1)] as number);
    case format.WIDE_32:
      return readWide(unsigned32());
    case format.OBJECT:
      return readStranger();
    case format.DATE:
      return new Date(readDouble());
    case format.BIG_INTEGER:
      return readBigInteger();
    case format.MAP:
      return readMap();
    case format.SET:
      return new Set(readArray(unsigned32()));
    case format.TYPED_ARRAY:
      return readTypedArray();
    case format.REF:
      return readRef();
    default:
      throw protocolViolation(
        `byte ${String(position - 1)} is 0x${token.toString(16)}, which begins no value`,
      );
  }
}

/** Where the next `bytes` bytes begin, which are all there. */
function take(bytes: number): number {
  const at = position;
  position = at + bytes;
  if (position > end) throw protocolViolation(`it ends at byte ${String(end)} in the middle of a value`);
  return at;
}

function begin(count: number): void {
  depth++;
  values += count;
  if (depth > MAX_DEPTH) throw protocolViolation(`it is deeper than ${String(MAX_DEPTH)} levels`);
  if (values > MAX_VALUES) throw protocolViolation(`it has more than ${String(MAX_VALUES)} values`);
  // Each takes a byte at least.
  if (count > end - position)
    throw protocolViolation(`it ends at byte ${String(end)} in the middle of a value`);
}

function unsigned32(): number {
  return integer32At(memory, take(4)) >>> 0;
}

function readDouble(): number {
  return doubleAt(memory, take(8));
}

function readBigInteger(): bigint {
  const at = take(8);
  return memory.readBigInt64LE(at);
}

function readAscii(length: number): string {
  return asciiAt(memory, take(length), length);
}

function readWide(units: number): string {
  return wideAt(memory, take(units * 2), units);
}

function readBytes(length: number): Buffer {
  return bytesAt(memory, take(length), length, known.beforeLarge);
}

function readTypedArray(): unknown {
  const length = unsigned32();
  const kind = memory[take(1)] as number;
  return typedArrayAt(memory, take(length), length, kind, known.beforeLarge);
}

function readArray(count: number): unknown[] {
  begin(count);
  const array: unknown[] = [];
  for (let index = 0; index < count; index++) array.push(readValue());
  depth--;
  return array;
}

function readMap(): Map<unknown, unknown> {
  const count = unsigned32();
  begin(count * 2);
  const map = new Map<unknown, unknown>();
  for (let index = 0; index < count; index++) map.set(readValue(), readValue());
  depth--;
  return map;
}

function readShaped(shape: KnownShape): object {
  begin(shape.count);
  const object = shape.read();
  depth--;
  return object;
}

function shapeOf(id: number): KnownShape {
  const shape = known.shapes[id];
  if (shape === undefined)
    throw protocolViolation(`it has an object of shape ${String(id)}, which was not defined`);
  return shape;
}

function readDefinition(): KnownShape {
  const { shapes } = known;
  const id = memory[take(1)] as number;
  const count = memory[take(1)] as number;
  const keys: string[] = [];
  for (let index = 0; index < count; index++) keys.push(readText());
  const isNext = id === shapes.length && id < format.MAX_SHAPES;
  if (!isNext || !mayBeShape(keys) || new Set(keys).size !== count)
    throw protocolViolation(`shape ${String(id)} of ${String(count)} keys cannot be defined`);
  const shape: KnownShape = { count, read: makeReader(keys, readValue, (read) => (shape.read = read)) };
  shapes.push(shape);
  return shape;
}

function readStranger(): object {
  const low = memory[take(1)] as number;
  const count = low | ((memory[take(1)] as number) << 8);
  begin(count * 2);
  values -= count;
  const object: Record<string, unknown> = {};
  for (let index = 0; index < count; index++) {
    const key = readText();
    if (!isName(key)) throw protocolViolation('a key may be an index or __proto__');
    object[key] = readValue();
  }
  depth--;
  return object;
}

/** Nothing but text, so that keys do not lie within keys. */
function readText(): string {
  const token = memory[take(1)] as number;
  if (token >= format.TEXT && token < format.NULL) return readAscii(token & format.LONGEST_TEXT);
  switch (token) {
    case format.ASCII_8:
      return readAscii(memory[take(1)] as number);
    case format.ASCII_32:
      return readAscii(unsigned32());
    case format.WIDE_8:
      return readWide(memory[take(1)] as number);
    case format.WIDE_32:
      return readWide(unsigned32());
    default:
      throw protocolViolation('text was expected');
  }
}

function readRef(): unknown {
  begin(0);
  const node = readText();
  const actor = readValue();
  depth--;
  if (typeof actor !== 'number' || !Number.isSafeInteger(actor) || actor < 0)
    throw protocolViolation('a ref has no number of an actor');
  return known.reviveRef({ node, actor, label: readText() });
}
