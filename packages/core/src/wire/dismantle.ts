// The second look at a value that is not plain: makes a copy of which MessagePack brings over every part, with the others
// spelled out as `special.ts` says, or refuses the first part that cannot leave its process and names the path to it.
import { types } from 'node:util';
import { addressOf, type Address } from '../address.ts';
import { dismantleError, isError } from './error-parts.ts';
import { MAX_DEPTH, MAX_REG_EXP_COST, MAX_VALUES, regExpCost } from './limits.ts';
import { isDetached, MAX_PROPERTIES } from './measure.ts';
import { formatPath, notSerializable, type Step } from './refusal.ts';
import * as special from './special.ts';

/** The copy. Throws TROUPE_NOT_SERIALIZABLE with the path of the culprit. */
export function dismantle(value: unknown): unknown {
  const walk = new Dismantling();
  try {
    return walk.value(value);
  } catch (error) {
    throw walk.refused(error);
  }
}

/** A reason to refuse the part that is looked at; becomes an error with its path. */
class Culprit extends Error {}

class Dismantling {
  readonly #path: Step[] = [];
  readonly #ancestors: object[] = [];
  #values = 0;
  #regExpCost = 0;

  value(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
        return special.isPlainText(value) ? value : [null, special.TEXT, Buffer.from(value, 'utf16le')];
      case 'number':
        return value === 0 && 1 / value < 0 ? [null, special.MINUS_ZERO] : value;
      case 'bigint':
        if (BigInt.asIntN(64, value) === value || BigInt.asUintN(64, value) === value) return value;
        return [null, special.BIG_INTEGER, value.toString(16)];
      case 'object':
        return value === null ? null : this.#object(value);
      case 'function':
        throw new Culprit('is a function; only data and refs travel');
      case 'symbol':
        throw new Culprit('is a symbol, which means nothing elsewhere; send a string');
      default:
        return value;
    }
  }

  refused(error: unknown): unknown {
    if (error instanceof Culprit) return notSerializable(this.#path, error.message);
    return notSerializable(this.#path, 'could not be read; reading it threw the cause', error);
  }

  /** What `step` leads to; `part` is below the object that is looked at. */
  #part(step: Step, part: unknown): unknown {
    this.#path.push(step);
    const copy = this.value(part);
    this.#path.pop();
    return copy;
  }

  #object(object: object): unknown {
    const address = addressOf(object);
    if (address !== undefined) return this.#ref(address);
    if (Object.getPrototypeOf(object) === Object.prototype || Array.isArray(object))
      return this.#within(object);
    if (ArrayBuffer.isView(object)) return view(object);
    if (types.isDate(object)) return [null, special.DATE, Date.prototype.getTime.call(object)];
    if (types.isBoxedPrimitive(object)) return [null, special.BOXED, this.value(unboxed(object))];
    if (types.isRegExp(object)) return this.#regExp(object);
    if (types.isAnyArrayBuffer(object))
      return [null, special.ARRAY_BUFFER, bytes(object, 0, object.byteLength)];

    return this.#within(object);
  }

  #within(object: object): unknown {
    const ancestor = this.#ancestors.indexOf(object);
    if (ancestor >= 0) {
      // Each ancestor lies one step further down.
      const where = formatPath(this.#path.slice(0, ancestor));
      throw new Culprit(`refers back to ${where}, and cycles do not travel; send an id or a ref`);
    }
    if (this.#ancestors.length === MAX_DEPTH) {
      throw new Culprit(`lies deeper than ${String(MAX_DEPTH)} levels; send it in parts`);
    }
    this.#ancestors.push(object);
    const copy = this.#container(object);
    this.#ancestors.pop();
    return copy;
  }

  #container(object: object): unknown {
    if (Array.isArray(object)) return this.#array(object);
    if (Object.getPrototypeOf(object) === Object.prototype) return this.#properties(object);
    if (types.isMap(object)) return this.#map(object);
    if (types.isSet(object)) return this.#set(object);
    if (isError(object)) {
      this.#count(Object.keys(object).length);
      return dismantleError(object, (key, part) => this.#part(key, part));
    }
    refuseForeign(object);
    return this.#properties(object);
  }

  #array(array: readonly unknown[]): unknown {
    const parts: unknown[] = array[0] === null ? [null, special.ARRAY] : [];
    this.#count(array.length);
    for (let index = 0; index < array.length; index++) {
      const item = array[index];
      if (item === undefined && !(index in array)) {
        this.#path.push(index);
        throw new Culprit('is a hole in an array; fill it, with undefined if need be');
      }
      parts.push(this.#part(index, item));
    }
    const keys = Object.keys(array);
    if (keys.length === array.length) return parts;
    this.#path.push(keys[array.length] ?? '');
    throw new Culprit('is a property of an array, and only its items travel; send an object');
  }

  #map(map: ReadonlyMap<unknown, unknown>): unknown {
    const parts: unknown[] = [null, special.MAP];
    this.#count(map.size * 2);
    for (const [key, value] of Map.prototype.entries.call(map) as MapIterator<[unknown, unknown]>) {
      parts.push(this.#part({ of: 'key', at: parts.length / 2 - 1 }, key));
      parts.push(this.#part({ of: 'entry', at: key }, value));
    }
    return parts;
  }

  #set(set: ReadonlySet<unknown>): unknown {
    const parts: unknown[] = [null, special.SET];
    this.#count(set.size);
    for (const member of Set.prototype.values.call(set) as SetIterator<unknown>) {
      parts.push(this.#part({ of: 'member', at: parts.length - 2 }, member));
    }
    return parts;
  }

  #properties(object: object): unknown {
    const keys = Object.keys(object);
    if (keys.length > MAX_PROPERTIES || !keys.every(special.isPlainKey)) return this.#entries(object, keys);
    const copy: Record<string, unknown> = {};
    for (const key of keys) copy[key] = this.#property(object, key);
    return copy;
  }

  #entries(object: object, keys: readonly string[]): unknown {
    const parts: unknown[] = [null, special.OBJECT];
    for (const key of keys) {
      parts.push(this.value(key), this.#property(object, key));
    }
    return parts;
  }

  #property(object: object, key: string): unknown {
    this.#count(1);
    // Before the property is read: a getter may throw.
    this.#path.push(key);
    const copy = this.value((object as Record<string, unknown>)[key]);
    this.#path.pop();
    return copy;
  }

  #regExp(regExp: RegExp): unknown {
    const { source, flags } = regExp;
    this.#regExpCost += regExpCost(source, flags);
    if (this.#regExpCost > MAX_REG_EXP_COST)
      throw new Culprit('makes for more regular expression than a message may have');
    return [null, special.REG_EXP, this.value(source), flags];
  }

  #ref(address: Address): unknown {
    return [null, special.REF, this.value(address.node), address.actor, this.value(address.label)];
  }

  #count(values: number): void {
    this.#values += values;
    if (this.#values > MAX_VALUES)
      throw new Culprit(`makes for more than ${String(MAX_VALUES)} values in one message`);
  }
}

// Tells the kind of any typed array, also one that calls itself something else.
const typedArrayTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
);

function view(object: ArrayBufferView): unknown {
  const content = bytes(object.buffer, object.byteOffset, object.byteLength);
  if (Buffer.isBuffer(object)) return content;
  if (types.isDataView(object)) return [null, special.DATA_VIEW, content];
  const index = special.TYPED_ARRAYS.indexOf(
    typedArrayTag?.get?.call(object) as (typeof special.TYPED_ARRAYS)[number],
  );
  if (index < 0) throw new Culprit('is a view of memory of a kind that is not known here');
  return [null, special.TYPED_ARRAY, index, content];
}

function bytes(memory: ArrayBufferLike, offset: number, length: number): Buffer {
  if (types.isSharedArrayBuffer(memory))
    throw new Culprit('is shared memory, which a message cannot share; send a copy');
  if (isDetached(memory)) throw new Culprit('is memory that was transferred away');
  if ((memory as { resizable?: boolean }).resizable === true)
    throw new Culprit('is memory that can be resized; send a copy');
  return Buffer.from(memory, offset, length);
}

function unboxed(object: object): unknown {
  if (types.isNumberObject(object)) return Number.prototype.valueOf.call(object);
  if (types.isStringObject(object)) return String.prototype.valueOf.call(object);
  if (types.isBooleanObject(object)) return Boolean.prototype.valueOf.call(object);
  if (types.isBigIntObject(object)) return BigInt.prototype.valueOf.call(object);
  throw new Culprit('is a symbol object, which means nothing elsewhere; send a string');
}

// Node marks by it the objects that it clones natively: keys, certificates, file handles, ports.
const NATIVE = Object.getOwnPropertySymbols(Blob.prototype).find(
  (key) => key.description === 'messaging_clone_symbol',
);

/** Turns down what is more than its own properties: a promise, a URL or a key would arrive as an empty object. */
function refuseForeign(object: object): void {
  const tag = Object.prototype.toString.call(object).slice('[object '.length, -1);
  if (tag !== 'Object' && tag !== 'Arguments')
    throw new Culprit(`is ${withArticle(tag)}; send the data it stands for`);
  if (NATIVE !== undefined && NATIVE in object) {
    throw new Culprit(`is ${withArticle(object.constructor.name)}; send the data it stands for`);
  }
  if (types.isProxy(object)) {
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype !== null && prototype !== Object.prototype)
      throw new Culprit('is a Proxy; send the data it stands for');
  }
}

function withArticle(noun: string): string {
  return `${/^[AEIO]/i.test(noun) ? 'an' : 'a'} ${noun}`;
}
