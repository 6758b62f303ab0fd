// Functions made for one shape each: the engine then sees objects of one kind in them, and neither reading a property nor
// making the object takes a look-up. Where code may not be made from strings, and as long as a shape is rare, loops do the
// same. Keys are a peer's choice and become string literals, nothing else.
import { ADDRESS } from '../address.ts';
import type { Shape, WriteObject } from './shape-book.ts';

/** What writing an object takes, whatever its shape. */
export interface ObjectWriting {
  /** The head of an object of shape `id` with `count` values. */
  readonly begin: (id: number, count: number, at: number) => number;
  readonly write: (value: unknown, at: number) => number;
  readonly end: (at: number) => number;
  /** Writes an object that has the keys of a shape and is none: of a class, or a ref. */
  readonly writeOther: (object: object, at: number) => number;
}

/** Makes an object, its values by `read`, in the order of the keys. */
export type ReadObject = () => object;

// Making a function takes as long as some hundred objects save.
const USES_BEFORE_COMPILING = 64;

export function makeWriter(shape: Shape, writing: ObjectWriting): WriteObject {
  const { begin, write, end, writeOther } = writing;
  const { id, keys } = shape;
  let uses = 0;
  return (object, at) => {
    uses += 1;
    if (uses === USES_BEFORE_COMPILING) shape.write = compileWriter(shape, writing) ?? shape.write;
    if (!isPlainObject(object)) return writeOther(object, at);
    let next = begin(id, keys.length, at);
    for (const key of keys) next = write((object as Record<string, unknown>)[key], next);
    return end(next);
  };
}

/** `use` is called with a better reader once one is worth it. */
export function makeReader(
  keys: readonly string[],
  read: () => unknown,
  use: (reader: ReadObject) => void,
): ReadObject {
  let uses = 0;
  return () => {
    uses += 1;
    if (uses === USES_BEFORE_COMPILING) use(compileReader(keys, read) ?? loop);
    return loop();
  };
  function loop(): object {
    const object: Record<string, unknown> = {};
    for (const key of keys) object[key] = read();
    return object;
  }
}

/** Whether only its own enumerable properties make up `object`. */
export function isPlainObject(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  // Without a prototype and with a tag it is the namespace of a module.
  if (prototype !== Object.prototype && (prototype !== null || Symbol.toStringTag in object)) return false;
  return (object as { [ADDRESS]?: unknown })[ADDRESS] === undefined;
}

function compileWriter(shape: Shape, writing: ObjectWriting): WriteObject | undefined {
  const { id, keys } = shape;
  const reads = keys.map((key, index) => `const value${String(index)} = object[${JSON.stringify(key)}];`);
  const writes = keys.map((_, index) => `at = write(value${String(index)}, at);`);
  // The properties come first: from them the engine knows what the object is, and need not look for its prototype.
  const make = compile(
    'begin, write, end, writeOther, isPlainObject, ADDRESS',
    `const plain = Object.prototype;
    const prototypeOf = Object.getPrototypeOf;
    return function writeShape(object, at) {
      ${reads.join('\n')}
      if (prototypeOf(object) !== plain ? !isPlainObject(object) : object[ADDRESS] !== undefined)
        return writeOther(object, at);
      at = begin(${String(id)}, ${String(keys.length)}, at);
      ${writes.join('\n')}
      return end(at);
    };`,
  );
  const { begin, write, end, writeOther } = writing;
  return make?.(begin, write, end, writeOther, isPlainObject, ADDRESS) as WriteObject | undefined;
}

function compileReader(keys: readonly string[], read: () => unknown): ReadObject | undefined {
  const properties = keys.map((key) => `${JSON.stringify(key)}: read()`);
  const make = compile('read', `return function readShape() { return { ${properties.join(', ')} }; };`);
  return make?.(read) as ReadObject | undefined;
}

let mayCompile = true;

function compile(parameters: string, body: string): ((...values: readonly unknown[]) => unknown) | undefined {
  if (!mayCompile) return undefined;
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    return new Function(parameters, `'use strict';${body}`) as (...values: readonly unknown[]) => unknown;
  } catch {
    // The process was started with --disallow-code-generation-from-strings.
    mayCompile = false;
    return undefined;
  }
}
