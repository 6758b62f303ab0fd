// What is said and told when a transport is passed over for the next one that was named: which errors lead to the next, and
// the sentences. Who tries them in which order is `transports.ts`.
import { isTroupeError, TroupeError, type ErrorCode } from '../errors.ts';

/** A transport that was passed over for another that was named behind it. */
export interface TransportFallback {
  /** The transport that was passed over. */
  readonly transport: string;
  /** What is used instead. */
  readonly instead: string;
  /** Why, as the error it would have been without another to take. */
  readonly reason: TroupeError;
  /** Process whose messages come another way; undefined: those of every process. */
  readonly pid: number | undefined;
}

/** A transport that does not work, and why. */
export interface Failure {
  readonly transport: string;
  readonly reason: TroupeError;
}

// Neither a mistake in the configuration nor a peer that breaks the rules is hidden by another transport.
const OF_THE_PLACE: readonly ErrorCode[] = [
  'TROUPE_LIMIT',
  'TROUPE_TRANSPORT_REACH',
  'TROUPE_TRANSPORT_UNAVAILABLE',
];

/** Whether `error` says that a lane cannot be had here and now, so that the next transport is to be tried. */
export function leadsToNext(error: unknown): error is TroupeError {
  return isOfThePlace(error, OF_THE_PLACE);
}

/** The failure of a trial in which nobody else took part: whatever the machine refuses, the transport does not work on it. */
export function trialFailure(error: unknown, transport: string): TroupeError {
  if (isOfThePlace(error, [...OF_THE_PLACE, 'TROUPE_PERMISSION'])) return error;
  // What the kernel refuses has a system call; all else is a mistake, of the configuration or of the transport.
  if ((error as { readonly syscall?: unknown } | undefined)?.syscall === undefined) throw error;
  return new TroupeError(
    'TROUPE_TRANSPORT_UNAVAILABLE',
    `The transport '${transport}' does not work on this machine: ${(error as Error).message}`,
    { cause: error },
  );
}

/** The refusal of a transport between actors of one process for anything else. */
export function staysHere(operation: string, transport: string): TroupeError {
  return new TroupeError(
    'TROUPE_TRANSPORT_REACH',
    `${operation}the transport '${transport}' reaches only this process; choose unix, shm, fifo or pipe`,
    { details: { reach: 'process' } },
  );
}

/** The refusal of a transport for parent and child towards another process. */
export function forRelatives(transport: string): TroupeError {
  return new TroupeError(
    'TROUPE_TRANSPORT_REACH',
    `the transport '${transport}' joins parent and child only; choose unix, shm or fifo`,
    { details: { reach: 'family' } },
  );
}

/** The error when none is left; that of the only one as it is. */
export function noneLeft(failures: readonly Failure[]): TroupeError {
  const [first, second] = failures;
  if (first !== undefined && second === undefined) return first.reason;
  const reasons = failures.map(({ transport, reason }) => `${transport}: ${reason.message}`).join(' ');
  return new TroupeError(
    failures.at(-1)?.reason.code ?? 'TROUPE_TRANSPORT_UNAVAILABLE',
    `None of the transports that were named can be used. ${reasons}`,
    { cause: failures.at(-1)?.reason, details: { transports: failures.map(({ transport }) => transport) } },
  );
}

function isOfThePlace(error: unknown, codes: readonly ErrorCode[]): error is TroupeError {
  return isTroupeError(error) && codes.includes(error.code);
}

/** The line for the log. */
export function describeFallback({ transport, instead, reason, pid }: TransportFallback): string {
  const { reach } = reason.details;
  if (reach === 'family')
    return `transport '${transport}' joins parent and child only; other processes of the system are reached over '${instead}'`;
  if (reach === 'process')
    return `transport '${transport}' reaches only this process; others are reached over '${instead}'`;
  const whose = pid === undefined ? '' : ` for what process ${String(pid)} sends here`;
  const why = reason.message.replace(/\.$/, '');
  return `transport '${transport}' cannot be used${whose}, '${instead}' is used instead: ${why}`;
}
