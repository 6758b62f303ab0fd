// A letter: one message from a program that is no node, as JSON in UTF-8, such as
//
//   {"to":"counter","type":"add","payload":3}
//
// Anybody of this user may have written it, in any language and with any mistake; what is no letter is named, never thrown.
import { isUtf8 } from 'node:buffer';
import { MAX_TYPE_BYTES } from '../wire/envelope.ts';

/** A message to whoever holds the name `to`. */
export interface Letter {
  readonly to: string;
  readonly type: string;
  readonly payload: unknown;
}

const FIELDS = ['to', 'type', 'payload'];

/** The letter in `memory` from `start` to `end`; a string when it is none: why not. */
export function readLetter(memory: Buffer, start: number, end: number): Letter | string {
  const bytes = memory.subarray(start, end);
  if (!isUtf8(bytes)) return 'it is not in UTF-8';
  let value: unknown;
  try {
    value = parse(bytes.toString('utf8'));
  } catch (error) {
    return `it is no JSON: ${(error as Error).message}`;
  }
  if (typeof value !== 'object' || value === null) return 'it is no object';
  const unknown = Object.keys(value).find((key) => !FIELDS.includes(key));
  if (unknown !== undefined)
    return `it has a field ${JSON.stringify(unknown.slice(0, 40))}; a letter has to, type and payload`;
  const { to, type, payload } = value as Partial<Letter>;
  if (typeof to !== 'string' || to === '') return 'it does not say to whom';
  if (typeof type !== 'string' || type === '') return 'it does not say what type of message it is';
  if (Buffer.byteLength(type) > MAX_TYPE_BYTES) return 'its type is too long';
  return { to, type, payload };
}

function parse(text: string): unknown {
  // Such a key is the prototype of whatever it is copied into.
  if (!text.includes('__proto__') && !text.includes('\\u')) return JSON.parse(text);
  return JSON.parse(text, (key, value: unknown) => {
    if (key === '__proto__') throw new SyntaxError('a key is __proto__');
    return value;
  });
}
