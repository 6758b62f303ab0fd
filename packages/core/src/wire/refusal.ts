// What the codec says when it cannot: the sentences for values that cannot leave their process and for bytes that are no
// frame, and the path that leads to the culprit.
import { TroupeError } from '../errors.ts';

/** One step from a value to a part of it: a property or an index, or what only a map or a set has. */
export type Step = string | number | { readonly of: 'entry' | 'key' | 'member'; readonly at: unknown };

/** `message.options.onDone`, `message.rows[3]`, `message.cache.get("a")` */
export function formatPath(path: readonly Step[]): string {
  return `message${path.map(formatStep).join('')}`;
}

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
const LONGEST_NAME = 60;

function formatStep(step: Step): string {
  if (typeof step === 'number') return `[${String(step)}]`;
  if (typeof step === 'string') return IDENTIFIER.test(step) ? `.${shorten(step)}` : `[${quote(step)}]`;
  switch (step.of) {
    case 'entry':
      return `.get(${formatKey(step.at)})`;
    case 'key':
      return `.keys()[${String(step.at)}]`;
    case 'member':
      return `.values()[${String(step.at)}]`;
  }
}

function formatKey(key: unknown): string {
  if (typeof key === 'string') return quote(key);
  return typeof key === 'number' || typeof key === 'boolean' || typeof key === 'bigint' ? String(key) : '...';
}

function quote(text: string): string {
  return JSON.stringify(shorten(text));
}

function shorten(text: string): string {
  return text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME)}...` : text;
}

/** `what` goes on after the path: `is a function; ...`. */
export function notSerializable(path: readonly Step[], what: string, cause?: unknown): TroupeError {
  const where = formatPath(path);
  return new TroupeError('TROUPE_NOT_SERIALIZABLE', `cannot send: ${where} ${what}`, {
    cause,
    details: { path: where },
  });
}

/** Bytes that no codec of this version wrote; `what` says where and why. */
export function protocolViolation(what: string, cause?: unknown): TroupeError {
  return new TroupeError('TROUPE_PROTOCOL_VIOLATION', `cannot decode a frame: ${what}`, { cause });
}

// Thrown to leave the writing of a shaped frame from any depth. Made once: they say nothing, and to trace the stack takes longer
// than the frame.
export const noRoom = new Error('no room');
/** The value is not for shaped frames. */
export const noForm = new Error('no form');
