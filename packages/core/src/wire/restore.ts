// Makes the values again that `dismantle` spelled out. Trusts nothing: whatever is not as `special.ts` says is a violation.
import type { Address } from '../address.ts';
import { restoreError } from './error-parts.ts';
import { MAX_REG_EXP_COST, regExpCost } from './limits.ts';
import { protocolViolation } from './refusal.ts';
import * as special from './special.ts';

/** Restores in place what was unpacked from a structured frame, and returns it. */
export function restore(value: unknown, reviveRef: (address: Address) => unknown): unknown {
  return new Restoring(reviveRef).value(value);
}

class Restoring {
  readonly #reviveRef: (address: Address) => unknown;
  #regExpCost = 0;

  constructor(reviveRef: (address: Address) => unknown) {
    this.#reviveRef = reviveRef;
  }

  value(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
    if (!Array.isArray(value)) return this.#properties(value as Record<string, unknown>);
    return value.length > 0 && value[0] === null ? this.#special(value) : this.#items(value, 0);
  }

  #properties(object: Record<string, unknown>): unknown {
    for (const key of Object.keys(object)) object[key] = this.value(object[key]);
    return object;
  }

  #items(array: unknown[], from: number): unknown[] {
    for (let index = from; index < array.length; index++) array[index] = this.value(array[index]);
    return from === 0 ? array : array.slice(from);
  }

  #special(parts: unknown[]): unknown {
    switch (parts[1]) {
      case special.ARRAY:
        return this.#items(parts, 2);
      case special.OBJECT:
        return objectOf(this.#pairs(parts));
      case special.MINUS_ZERO:
        return -0;
      case special.TEXT:
        return bytes(parts[2]).toString('utf16le');
      case special.BIG_INTEGER:
        return bigInteger(text(parts[2]));
      case special.DATE:
        return new Date(number(parts[2]));
      case special.REG_EXP:
        return this.#regExp(text(this.value(parts[2])), text(parts[3]));
      case special.MAP:
        return new Map(this.#pairs(parts));
      case special.SET:
        return new Set(this.#items(parts, 2));
      case special.ARRAY_BUFFER:
        return memoryOf(bytes(parts[2]));
      case special.DATA_VIEW:
        return new DataView(memoryOf(bytes(parts[2])));
      case special.TYPED_ARRAY:
        return typedArray(parts[2], bytes(parts[3]));
      case special.BOXED:
        return boxed(this.value(parts[2]));
      case special.ERROR:
        return restoreError(this.#items(parts, 2));
      case special.REF:
        return this.#ref(text(this.value(parts[2])), number(parts[3]), text(this.value(parts[4])));
      default:
        throw protocolViolation(`there is no kind of value ${String(parts[1])}`);
    }
  }

  #pairs(parts: unknown[]): [unknown, unknown][] {
    if (parts.length % 2 !== 0) throw protocolViolation('a key lacks its value');
    const pairs: [unknown, unknown][] = [];
    for (let index = 2; index < parts.length; index += 2) {
      pairs.push([this.value(parts[index]), this.value(parts[index + 1])]);
    }
    return pairs;
  }

  #regExp(source: string, flags: string): RegExp {
    this.#regExpCost += regExpCost(source, flags);
    if (this.#regExpCost > MAX_REG_EXP_COST)
      throw protocolViolation('it has more regular expressions than one may');
    return new RegExp(source, flags);
  }

  #ref(node: string, actor: number, label: string): unknown {
    if (!Number.isSafeInteger(actor) || actor < 0) throw protocolViolation('a ref has no number of an actor');
    return this.#reviveRef({ node, actor, label });
  }
}

// More than twice as many slots as keys: kept as a dictionary, where else an array with room for every index is made.
const SPARSE = 2;
const LARGEST_INDEX = 0xffff_fffe;

function objectOf(pairs: readonly [unknown, unknown][]): unknown {
  const object: Record<string, unknown> = {};
  let highest = 0;
  for (const [key] of pairs) {
    const index = typeof key === 'string' ? Number(key) : 0;
    if (index > highest && index < LARGEST_INDEX) highest = index;
  }
  if (highest > pairs.length * SPARSE) {
    object[LARGEST_INDEX] = undefined;
    Reflect.deleteProperty(object, LARGEST_INDEX);
  }
  for (const [key, value] of pairs) {
    if (key === '__proto__')
      Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
    else object[text(key)] = value;
  }
  return object;
}

const HEXADECIMAL = /^-?[0-9a-f]+$/;

function bigInteger(digits: string): bigint {
  if (!HEXADECIMAL.test(digits)) throw protocolViolation('an integer is not written in hexadecimal');
  return digits.startsWith('-') ? -BigInt(`0x${digits.slice(1)}`) : BigInt(`0x${digits}`);
}

function boxed(primitive: unknown): unknown {
  if (typeof primitive === 'object' || primitive === undefined)
    throw protocolViolation('a boxed value is no primitive');
  return Object(primitive) as unknown;
}

type TypedArrayClass = new (memory: ArrayBuffer) => unknown;

function typedArray(index: unknown, content: Buffer): unknown {
  const name = special.TYPED_ARRAYS[number(index)];
  const Class =
    name === undefined ? undefined : (globalThis as Partial<Record<typeof name, TypedArrayClass>>)[name];
  if (Class === undefined) throw protocolViolation(`there is no typed array ${String(name ?? index)} here`);
  return new Class(memoryOf(content));
}

/** The memory of `content` and nothing else of the frame it came from. */
function memoryOf(content: Buffer): ArrayBuffer {
  const memory = content.buffer as ArrayBuffer;
  if (memory.byteLength === content.length) return memory;
  return memory.slice(content.byteOffset, content.byteOffset + content.length);
}

function bytes(value: unknown): Buffer {
  if (!Buffer.isBuffer(value)) throw protocolViolation('bytes were expected');
  return value;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw protocolViolation('text was expected');
  return value;
}

function number(value: unknown): number {
  if (typeof value !== 'number') throw protocolViolation('a number was expected');
  return value;
}
