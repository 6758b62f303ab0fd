// The writing end of shaped frames: checks and writes a value in one pass, straight into the lane, and teaches the lane the
// shapes of its objects. What it has no form for, or no room, it leaves to MessagePack. Allocates nothing for messages whose
// shapes are known.
import { types } from 'node:util';
import { addressOf, type Address } from '../address.ts';
import { MAX_DEPTH, MAX_VALUES } from './limits.ts';
import { MAX_PROPERTIES } from './measure.ts';
import { noForm, noRoom } from './refusal.ts';
import { isPlainObject, makeWriter } from './shape-code.ts';
import { ShapeBook, type Shape } from './shape-book.ts';
import * as format from './shaped-format.ts';
import { writeDouble, writeNumber, writeSize, writeSize32, writeToken } from './shaped-numbers.ts';
import { writeText } from './shaped-text.ts';
import { writeView } from './shaped-views.ts';
import { isName } from './special.ts';

/** The value is not for shaped frames, or the room does not suffice for it. */
export const NOT_HERE = -1;

// After so many values in a row that had no form, fewer are tried: others than the last ones of a lane seldom come.
const FAILURES_BEFORE_PAUSE = 4;
const LONGEST_PAUSE = 64;

const nothing = Buffer.alloc(0);

// Of the frame that is written; the memory of a lane is let go of at its end.
let isWriting = false;
let memory: Buffer = nothing;
let limit = 0;
let depth = 0;
let values = 0;
let book: ShapeBook;

/** One for each lane. */
export class ShapedEncoder {
  readonly #book = new ShapeBook((shape) =>
    makeWriter(shape, { begin: beginShape, write: writeValue, end: endContainer, writeOther }),
  );
  #failures = 0;
  #pause = 0;

  /**
   * Writes a frame to `target` from `offset`; where it ends, or NOT_HERE: then it is as if it had not been tried, but what
   * lies in the room is undefined.
   */
  encode(value: unknown, target: Buffer, offset: number, room: number): number {
    // A getter of a value that is being written may itself send.
    if (isWriting) return NOT_HERE;
    this.#book.keep();
    if (this.#pause > 0) {
      this.#pause--;
      return NOT_HERE;
    }
    isWriting = true;
    memory = target;
    limit = Math.min(offset + room, target.length) - format.SLACK_BYTES;
    depth = 0;
    values = 0;
    book = this.#book;
    try {
      if (offset > limit || hasInheritedKeys()) return NOT_HERE;
      memory[offset] = format.SHAPED;
      const end = writeValue(value, offset + 1);
      this.#failures = 0;
      return end;
    } catch (error) {
      // Among the errors are those of getters; whoever tries next will tell which.
      this.takeBack();
      if (error !== noRoom) this.#rest();
      return NOT_HERE;
    } finally {
      isWriting = false;
      memory = nothing;
    }
  }

  /** The last frame will not be sent after all. */
  takeBack(): void {
    this.#book.takeBack();
  }

  #rest(): void {
    this.#failures++;
    const excess = this.#failures - FAILURES_BEFORE_PAUSE;
    if (excess > 0) this.#pause = Math.min(2 ** excess, LONGEST_PAUSE);
  }
}

// Whether somebody added to Object.prototype, which is no part of a message but would show up as keys of every object.
function hasInheritedKeys(): boolean {
  for (const _key in empty) return true;
  return false;
}
const empty = {};

// Every function below writes at a place up to `limit`, or throws, and returns where what it wrote ends.

function writeValue(value: unknown, at: number): number {
  if (at > limit) throw noRoom;
  if (typeof value === 'string') return writeText(value, at, memory, limit);
  if (typeof value === 'number') return writeNumber(value, at, memory);
  if (typeof value === 'object' && value !== null) return writeAnyObject(value, at);
  return writeRest(value, at);
}

function writeRest(value: unknown, at: number): number {
  if (value === null) return writeToken(format.NULL, at, memory);
  if (value === undefined) return writeToken(format.UNDEFINED, at, memory);
  if (typeof value === 'boolean') return writeToken(value ? format.TRUE : format.FALSE, at, memory);
  if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) throw noForm;
  memory[at] = format.BIG_INTEGER;
  return memory.writeBigInt64LE(value, at + 1);
}

function writeAnyObject(object: object, at: number): number {
  if (Array.isArray(object)) return writeArray(object as unknown[], at);
  // To go by its keys would be to go by its bytes.
  if (ArrayBuffer.isView(object)) return writeView(object, at, memory, limit);
  const shape = book.find(object);
  if (shape !== undefined) return shape.write(object, at);
  return isPlainObject(object) ? writeStranger(object as Properties, at) : writeOther(object, at);
}

type Properties = Readonly<Record<string, unknown>>;

function beginShape(id: number, count: number, at: number): number {
  beginContainer(count);
  memory[at] = format.SHAPE;
  memory[at + 1] = id;
  return at + 2;
}

function beginContainer(count: number): void {
  depth++;
  values += count;
  if (depth > MAX_DEPTH || values > MAX_VALUES) throw noForm;
}

function endContainer(at: number): number {
  depth--;
  return at;
}

/** An object whose shape the lane does not know. */
function writeStranger(object: Properties, at: number): number {
  const shape = book.learn(object);
  if (shape !== undefined) return writeDefinition(shape, object, at);
  beginContainer(0);
  let end = at + 3;
  let count = 0;
  for (const key in object) {
    if (!isName(key)) throw noForm;
    end = writeValue(object[key], writeText(key, end, memory, limit));
    count++;
  }
  values += count;
  if (count > MAX_PROPERTIES || values > MAX_VALUES) throw noForm;
  memory[at] = format.OBJECT;
  memory[at + 1] = count;
  memory[at + 2] = count >> 8;
  return endContainer(end);
}

function writeDefinition({ id, keys }: Shape, object: Properties, at: number): number {
  beginContainer(keys.length);
  memory[at] = format.DEFINE;
  memory[at + 1] = id;
  memory[at + 2] = keys.length;
  let end = at + 3;
  for (const key of keys) end = writeText(key, end, memory, limit);
  for (const key of keys) end = writeValue(object[key], end);
  return endContainer(end);
}

function writeArray(array: readonly unknown[], at: number): number {
  const { length } = array;
  if (at + length > limit) throw noRoom;
  if (Object.getPrototypeOf(array) !== Array.prototype) throw noForm;
  beginContainer(length);
  let end = writeSize(format.ARRAY_8, length, at, memory);
  for (let index = 0; index < length; index++) {
    const item = array[index];
    if (item === undefined && !(index in array)) throw noForm;
    end = writeValue(item, end);
  }
  // Where there are no holes, more values than items are properties that would be lost.
  if (length > 0 ? Object.values(array).length !== length : Object.keys(array).length !== 0) throw noForm;
  return endContainer(end);
}

/** What is not made up of its properties. */
function writeOther(object: object, at: number): number {
  const address = addressOf(object);
  if (address !== undefined) return writeRef(address, at);
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype === Date.prototype && types.isDate(object))
    return writeDouble(format.DATE, Date.prototype.getTime.call(object), at, memory);
  if (prototype === Map.prototype && types.isMap(object)) return writeMap(object, at);
  if (prototype === Set.prototype && types.isSet(object)) return writeSet(object, at);
  throw noForm;
}

function writeRef({ node, actor, label }: Address, at: number): number {
  memory[at] = format.REF;
  return writeValue(label, writeValue(actor, writeValue(node, at + 1)));
}

function writeMap(map: ReadonlyMap<unknown, unknown>, at: number): number {
  const { size } = map;
  beginContainer(size * 2);
  let end = writeSize32(format.MAP, size, at, memory);
  let left = size;
  for (const [key, value] of Map.prototype.entries.call(map) as MapIterator<[unknown, unknown]>) {
    end = writeValue(value, writeValue(key, end));
    left--;
  }
  if (left !== 0) throw noForm;
  return endContainer(end);
}

function writeSet(set: ReadonlySet<unknown>, at: number): number {
  const { size } = set;
  beginContainer(size);
  let end = writeSize32(format.SET, size, at, memory);
  let left = size;
  for (const member of Set.prototype.values.call(set) as SetIterator<unknown>) {
    end = writeValue(member, end);
    left--;
  }
  if (left !== 0) throw noForm;
  return endContainer(end);
}
