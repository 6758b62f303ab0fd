// What was thrown, and what an actor that has ended answers: the errors of the actor layer in one place.
import { types } from 'node:util';
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

/** The error of a spawn whose actor did not come to run. */
export function startFailed(address: Address, reason: EndReason): TroupeError {
  return new TroupeError(
    'TROUPE_START_FAILED',
    `spawn: ${formatAddress(address)} did not start: ${describeReason(reason)}`,
    { cause: reason.kind === 'error' ? reason.error : undefined, details: { reason } },
  );
}

/** What was thrown, as an Error: anything can be thrown. */
export function asError(thrown: unknown): Error {
  return types.isNativeError(thrown)
    ? thrown
    : new Error(`a value that is no Error was thrown: ${String(thrown)}`);
}
