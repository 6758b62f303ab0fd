// What was thrown, and what an actor that has ended answers: the errors of the actor layer in one place.
import { inspect, types } from 'node:util';
import { formatAddress, type Address } from '../address.ts';
import { TroupeError } from '../errors.ts';
import { describeReason, type EndReason } from './end-reason.ts';

/** The error of an operation on an actor that takes no messages any more; `reason` is unknown while it is stopping. */
export function stopped(operation: string, address: Address, reason: EndReason | undefined): TroupeError {
  const why = reason === undefined ? 'it is stopping' : describeReason(reason);
  return new TroupeError(
    'TROUPE_ACTOR_STOPPED',
    `${operation}: ${formatAddress(address)} takes no messages any more: ${why}`,
    { cause: reason?.kind === 'error' ? reason.error : undefined },
  );
}

/** The error that ends a stream whose actor does not go on with it. */
export function streamCut(address: Address, why: string): TroupeError {
  return new TroupeError(
    'TROUPE_ACTOR_STOPPED',
    `stream: ${formatAddress(address)} has not come to the end of it: ${why}; ask for the rest again`,
  );
}

/** The error of a stream whose next item did not come in time. */
export function streamLate(type: string, address: Address, timeoutMs: number): TroupeError {
  return new TroupeError(
    'TROUPE_ASK_TIMEOUT',
    `stream '${type}' of ${formatAddress(address)} had no item within ${String(timeoutMs)} ms; the actor may be busy or waiting: raise the timeout, or send it less`,
    { details: { timeoutMs } },
  );
}

/** The error of a stream that was aborted by whoever asked for it. */
export function streamAborted(type: string, address: Address, cause: unknown): TroupeError {
  return new TroupeError(
    'TROUPE_ASK_ABORTED',
    `stream '${type}' of ${formatAddress(address)} was aborted by its signal`,
    { cause },
  );
}

/** The mistake of asking for one answer where there is a stream, or the other way round. */
export function wrongAnswer(type: string, address: Address, isStream: boolean): TypeError {
  const who = formatAddress(address);
  if (isStream)
    return new TypeError(`ask '${type}': ${who} answers with a stream; read it with stream('${type}')`);
  return new TypeError(`stream '${type}': ${who} answers with one value; get it with ask('${type}')`);
}

/** The error of an actor that puts more aside than its mailbox may hold. */
export function stashFull(address: Address, type: string, count: number): TroupeError {
  return new TroupeError(
    'TROUPE_MAILBOX_FULL',
    `stash '${type}': ${formatAddress(address)} has put ${String(count)} messages aside, and no more fit the bounds of its mailbox; call unstash() sooner, or give the mailbox more capacity`,
    { details: { count } },
  );
}

/** What an actor fails with whose mailbox has overflowed. */
export function mailboxOverflow(
  to: Address,
  { capacity, maxBytes }: { readonly capacity: number; readonly maxBytes: number },
): TroupeError {
  return new TroupeError(
    'TROUPE_MAILBOX_OVERFLOW',
    `the mailbox of ${formatAddress(to)} overflowed: more than ${String(capacity)} messages or ${String(maxBytes)} bytes wait; it is sent more than it handles: wait for ready() after tell returned false, give it more capacity, or make a pool of it`,
    { details: { capacity, maxBytes } },
  );
}

/** The error of a spawn whose actor did not come to run. */
export function startFailed(address: Address, reason: EndReason): TroupeError {
  const hint = reason.kind === 'exit' ? '; what it printed to standard error may say why' : '';
  return new TroupeError(
    'TROUPE_START_FAILED',
    `spawn: ${formatAddress(address)} did not start: ${describeReason(reason)}${hint}`,
    { cause: reason.kind === 'error' ? reason.error : undefined, details: { reason } },
  );
}

/** The error of a spawn whose actor did not come to run in time. */
export function startTimeout(address: Address, timeoutMs: number): TroupeError {
  return new TroupeError(
    'TROUPE_START_TIMEOUT',
    `spawn: ${formatAddress(address)} did not start within ${String(timeoutMs)} ms and was ended; its module or its init may wait for something, or raise startTimeout`,
    { details: { actor: formatAddress(address) } },
  );
}

/** The error by which a superior fails that was to decide about one below it. */
export function escalated(superior: Address, child: string, reason: EndReason, why: string): TroupeError {
  return new TroupeError(
    'TROUPE_ESCALATED',
    `${formatAddress(superior)} cannot keep ${child} running: ${describeReason(reason)}; ${why}`,
    { cause: reason.kind === 'error' ? reason.error : undefined, details: { child, reason: reason.kind } },
  );
}

/** The reason, as an error to be thrown. */
export function thrown(reason: EndReason): Error {
  return reason.kind === 'error' ? reason.error : new Error(describeReason(reason));
}

/** What was thrown, as an Error: anything can be thrown. */
export function asError(thrown: unknown): Error {
  if (isError(thrown)) return thrown;
  return new Error(`a value that is no Error was thrown: ${show(thrown)}`);
}

// Causes may form a cycle.
const MAX_CAUSES = 8;

/** What is left of an error when a part of it cannot travel: name, message, stack, code, and so on for its causes. */
export function bareError(error: Error, causes = MAX_CAUSES): Error {
  const { cause, code } = error as { readonly cause?: unknown; readonly code?: unknown };
  const hasCause = causes > 0 && isError(cause);
  const bare = new Error(error.message, hasCause ? { cause: bareError(cause, causes - 1) } : undefined);
  Object.defineProperty(bare, 'name', { value: error.name, configurable: true, writable: true });
  if (error.stack !== undefined) bare.stack = error.stack;
  return typeof code === 'string' || typeof code === 'number' ? Object.assign(bare, { code }) : bare;
}

/** The same reason with an error that can travel. */
export function bareReason(reason: EndReason): EndReason {
  return reason.kind === 'error' ? { kind: 'error', error: bareError(reason.error) } : reason;
}

// A DOMException is none to the engine; an error of another realm is none to `instanceof`.
function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}

// Even to be shown can be refused: an object without a prototype has no toString, and another's may throw.
function show(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return inspect(thrown, { depth: 0, customInspect: false });
  }
}
