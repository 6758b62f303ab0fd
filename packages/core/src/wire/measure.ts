// The walk over a value before it is packed: is it of the kinds that MessagePack brings over unchanged, and how many bytes
// can it take at most? It allocates nothing and remembers no path; what it turns down, `dismantle` looks at again.
import { ADDRESS } from '../address.ts';
import { MAX_VALUES } from './limits.ts';
import { isPlainKey, isPlainText } from './special.ts';

/** The value cannot be packed as it is. */
export const NOT_PLAIN = -1;

// Headers of MessagePack at their longest. A UTF-16 unit takes at most 3 bytes of UTF-8.
const SCALAR_BYTES = 9;
const HEADER_BYTES = 5;
const UNIT_BYTES = 3;
/** Objects are packed with a 16-bit count. */
export const MAX_PROPERTIES = 0xffff;

let values = 0;

/** Most bytes that packing `value` can take, or NOT_PLAIN. `depth`: how many containers may lie within each other. */
export function measure(value: unknown, depth: number): number {
  values = 0;
  return measureValue(value, depth);
}

function measureValue(value: unknown, depth: number): number {
  switch (typeof value) {
    case 'string':
      return isPlainText(value) ? HEADER_BYTES + value.length * UNIT_BYTES : NOT_PLAIN;
    case 'number':
      return value === 0 && 1 / value < 0 ? NOT_PLAIN : SCALAR_BYTES;
    case 'boolean':
    case 'undefined':
      return SCALAR_BYTES;
    case 'object':
      if (value === null) return SCALAR_BYTES;
      if (depth === 0) return NOT_PLAIN;
      return Array.isArray(value) ? measureArray(value, depth - 1) : measureObject(value, depth - 1);
    case 'bigint':
      return BigInt.asIntN(64, value) === value || BigInt.asUintN(64, value) === value
        ? SCALAR_BYTES
        : NOT_PLAIN;
    default:
      return NOT_PLAIN;
  }
}

function measureArray(array: readonly unknown[], depth: number): number {
  const length = array.length;
  values += length;
  if (values > MAX_VALUES || Object.getPrototypeOf(array) !== Array.prototype) return NOT_PLAIN;
  let bytes = HEADER_BYTES;
  for (let index = 0; index < length; index++) {
    const item = array[index];
    if (item === undefined && !(index in array)) return NOT_PLAIN;
    const itemBytes = measureValue(item, depth);
    if (itemBytes < 0) return NOT_PLAIN;
    bytes += itemBytes;
  }
  // Last, when it is known that there are no holes: more keys than items are properties that would be lost.
  return Object.keys(array).length === length ? bytes : NOT_PLAIN;
}

function measureObject(object: object, depth: number): number {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype) {
    return prototype === Buffer.prototype ? measureBuffer(object as Buffer) : NOT_PLAIN;
  }
  if ((object as { [ADDRESS]?: unknown })[ADDRESS] !== undefined) return NOT_PLAIN;
  let bytes = HEADER_BYTES;
  let properties = 0;
  for (const key in object) {
    const propertyBytes = isPlainKey(key)
      ? measureValue((object as Record<string, unknown>)[key], depth)
      : NOT_PLAIN;
    if (propertyBytes < 0) {
      // What somebody added to Object.prototype is not part of the message.
      if (Object.hasOwn(object, key)) return NOT_PLAIN;
      continue;
    }
    bytes += propertyBytes + HEADER_BYTES + key.length * UNIT_BYTES;
    properties++;
  }
  values += properties;
  return properties > MAX_PROPERTIES || values > MAX_VALUES ? NOT_PLAIN : bytes;
}

function measureBuffer(buffer: Buffer): number {
  return buffer.length === 0 && isDetached(buffer.buffer) ? NOT_PLAIN : HEADER_BYTES + buffer.length;
}

/** Whether the memory was transferred away: what shows it looks empty, and would arrive as such. */
export function isDetached(memory: ArrayBufferLike): boolean {
  if (memory.byteLength > 0) return false;
  try {
    return new Uint8Array(memory).length > 0;
  } catch {
    return true;
  }
}
