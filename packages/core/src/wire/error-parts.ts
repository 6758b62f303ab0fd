// Errors as data and back: class, name, message, stack, cause and own properties. An error arrives as the built-in class it
// is or extends; a class of the application's own stays behind, its name does not.
import { types } from 'node:util';
import { isTroupeError, TroupeError, type ErrorCode } from '../errors.ts';
import { protocolViolation } from './refusal.ts';
import { ERROR } from './special.ts';

type ErrorClass = new (message?: string) => Error;

const TROUPE = 'TroupeError';
const AGGREGATE = 'AggregateError';

/** The last two take more than a message. */
const CLASSES: ReadonlyMap<string, ErrorClass> = new Map<string, ErrorClass>([
  ['Error', Error],
  ['EvalError', EvalError],
  ['RangeError', RangeError],
  ['ReferenceError', ReferenceError],
  ['SyntaxError', SyntaxError],
  ['TypeError', TypeError],
  ['URIError', URIError],
  [TROUPE, Error],
  [AGGREGATE, Error],
]);

/** Travel in places of their own; `name` is one of them whether or not it is an own property. */
const FIXED: ReadonlySet<string> = new Set(['name', 'message', 'stack']);

/** Errors of every realm, and those that the platform throws, which are no native errors. */
export function isError(value: object): value is Error {
  if (types.isNativeError(value) || value instanceof Error) return true;
  return Object.prototype.toString.call(value) === '[object DOMException]';
}

/** `property` makes the copy of a property's value. */
export function dismantleError(error: Error, property: (key: string, value: unknown) => unknown): unknown[] {
  const base = baseOf(error);
  const { message, stack } = error as { message: unknown; stack?: unknown };
  const parts: unknown[] = [null, ERROR, base, property('name', nameOf(error, base))];
  parts.push(property('message', text(message) ?? ''), property('stack', text(stack) ?? null));
  for (const key of keysOf(error, base)) {
    parts.push(property('key', key), property(key, (error as unknown as Record<string, unknown>)[key]));
  }
  return parts;
}

/** `restored` are the parts after the kind, already restored themselves. */
export function restoreError(restored: readonly unknown[]): Error {
  const [base, name, message, stack] = restored;
  if (
    typeof base !== 'string' ||
    !CLASSES.has(base) ||
    typeof name !== 'string' ||
    typeof message !== 'string' ||
    restored.length % 2 !== 0
  ) {
    throw protocolViolation('an error lacks its class, name or message');
  }
  const properties = new Map<string, unknown>();
  for (let index = 4; index < restored.length; index += 2) {
    const key = restored[index];
    if (typeof key !== 'string' || FIXED.has(key))
      throw protocolViolation('an error has a property that is none');
    properties.set(key, restored[index + 1]);
  }
  const error = withoutStack(() => construct(base, message, properties));
  if (error.name !== name) define(error, 'name', name, false);
  // Of its own or none: never that of the decoder.
  define(error, 'stack', typeof stack === 'string' ? stack : undefined, false);
  for (const [key, value] of properties) define(error, key, value, !isHidden(key, base));
  return error;
}

/** Name of the built-in class that `error` is or extends, whatever realm or build of this package it came from. */
function baseOf(error: Error): string {
  if (isTroupeError(error)) return TROUPE;
  for (let link: unknown = error; link !== null; link = Object.getPrototypeOf(link)) {
    const name: unknown = Object.getOwnPropertyDescriptor(link, 'name')?.value;
    if (link !== error && typeof name === 'string' && CLASSES.has(name)) return name;
  }
  return 'Error';
}

function nameOf(error: Error, base: string): string {
  const name: unknown = error.name;
  if (typeof name === 'string' && name !== base) return name;
  // A class that gave itself no name has that of its base. Node's own internal class is better called by its base.
  const className = (error as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof className === 'string' && className !== '' && className !== 'NodeError' ? className : base;
}

function keysOf(error: Error, base: string): readonly string[] {
  const keys = Object.keys(error).filter((key) => !FIXED.has(key) && !isHidden(key, base));
  const { code } = error as { code?: unknown };
  // Where a class computes the code it is no own property.
  if (!Object.hasOwn(error, 'code') && (typeof code === 'string' || typeof code === 'number'))
    keys.push('code');
  for (const key of ['cause', 'errors']) {
    if (isHidden(key, base) && Object.hasOwn(error, key)) keys.push(key);
  }
  return keys;
}

/** Own, but not enumerable, in errors as the language makes them. */
function isHidden(key: string, base: string): boolean {
  return key === 'cause' || (key === 'errors' && base === AGGREGATE);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function construct(base: string, message: string, properties: ReadonlyMap<string, unknown>): Error {
  const code = properties.get('code');
  if (base === TROUPE && typeof code === 'string') return new TroupeError(code as ErrorCode, message);
  if (base === AGGREGATE) return new AggregateError([], message);
  return new (CLASSES.get(base) ?? Error)(message);
}

/** Errors made here get the stack of where they were thrown; to capture another first would cost 5 us each. */
function withoutStack(make: () => Error): Error {
  const limit = Error.stackTraceLimit;
  try {
    Error.stackTraceLimit = 0;
  } catch {
    return make();
  }
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function define(error: Error, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true });
}
