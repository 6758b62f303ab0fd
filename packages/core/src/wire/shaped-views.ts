// Buffers and typed arrays of shaped frames, to bytes and back: one copy each way.
import { types } from 'node:util';
import { isDetached } from './measure.ts';
import { noForm, noRoom, protocolViolation } from './refusal.ts';
import { BYTES_8, TYPED_ARRAY } from './shaped-format.ts';
import { writeSize, writeSize32 } from './shaped-numbers.ts';
import { TYPED_ARRAYS } from './special.ts';

const TypedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const kindOf = getter(TypedArray, Symbol.toStringTag) as (view: unknown) => Kind;
const byteLengthOf = getter(TypedArray, 'byteLength') as (view: unknown) => number;
const byteOffsetOf = getter(TypedArray, 'byteOffset') as (view: unknown) => number;
const memoryOf = getter(TypedArray, 'buffer') as (view: unknown) => ArrayBufferLike;

type Kind = (typeof TYPED_ARRAYS)[number];

// Not by name: who made a view may have given it properties of these names.
function getter(object: object, key: PropertyKey): (view: unknown) => unknown {
  const property = Object.getOwnPropertyDescriptor(object, key);
  return (view) => property?.get?.call(view) as unknown;
}

/** Writes a Buffer or a typed array at `at`; returns where it ends. */
export function writeView(view: ArrayBufferView, at: number, memory: Buffer, limit: number): number {
  const kind = TYPED_ARRAYS.indexOf(kindOf(view));
  if (kind < 0) throw noForm;
  const content = memoryOf(view);
  const length = byteLengthOf(view);
  // Memory that may have another length when it is copied, or has been transferred away.
  if (types.isSharedArrayBuffer(content) || isResizable(content) || (length === 0 && isDetached(content)))
    throw noForm;
  if (at + 1 + length > limit) throw noRoom;
  let start: number;
  if (Object.getPrototypeOf(view) === Buffer.prototype && kind === UNSIGNED_BYTES) {
    start = writeSize(BYTES_8, length, at, memory);
  } else {
    start = writeSize32(TYPED_ARRAY, length, at, memory);
    memory[start++] = kind;
  }
  memory.set(
    kind === UNSIGNED_BYTES ? (view as Uint8Array) : new Uint8Array(content, byteOffsetOf(view), length),
    start,
  );
  return start + length;
}

const UNSIGNED_BYTES = TYPED_ARRAYS.indexOf('Uint8Array');

function isResizable(content: ArrayBufferLike): boolean {
  return (content as { resizable?: boolean }).resizable === true;
}

// From this size on the pages of fresh memory cost more than the copy.
const LARGE_BYTES = 128 * 1024;
// Smaller ones lie in the heap of the engine, which is cheaper.
const SMALL_BYTES = 4096;

/** A Buffer of its own; `beforeLarge` is called before memory is taken for a large one. */
export function bytesAt(memory: Buffer, at: number, length: number, beforeLarge: () => void): Buffer {
  if (length >= LARGE_BYTES) beforeLarge();
  const bytes = Buffer.allocUnsafe(length);
  memory.copy(bytes, 0, at, at + length);
  return bytes;
}

type TypedArrayClass = new (memory: ArrayBuffer) => unknown;

/** A typed array of the kind that has this number, in memory of its own; `beforeLarge` as with `bytesAt`. */
export function typedArrayAt(
  memory: Buffer,
  at: number,
  length: number,
  kind: number,
  beforeLarge: () => void,
): unknown {
  const name = TYPED_ARRAYS[kind];
  const Class =
    name === undefined ? undefined : (globalThis as Partial<Record<typeof name, TypedArrayClass>>)[name];
  if (Class === undefined) throw protocolViolation('there is no such typed array here');
  if (length >= LARGE_BYTES) beforeLarge();
  const content = length < SMALL_BYTES ? new Uint8Array(length) : Buffer.allocUnsafeSlow(length);
  memory.copy(content, 0, at, at + length);
  return new Class(content.buffer);
}
