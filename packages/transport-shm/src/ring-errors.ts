// What the ends of a ring say when the other side, or the memory itself, cannot be trusted.
import { TroupeError } from '@troupe/core/transport';
import type { ErrorCode } from '@troupe/core/transport';

/** The peer stored what no peer stores: this end stops, and never looks at the memory again. */
export function ringViolation(operation: 'reading' | 'writing', lane: string, what: string): TroupeError {
  return new TroupeError(
    'TROUPE_PROTOCOL_VIOLATION',
    `Stopped ${operation} ${lane}: ${what}. The peer runs another version, or something else writes there.`,
  );
}

/** The memory is not the ring that was offered. `expected` and `found` are written as the field is usually read. */
export function headerMismatch(
  code: ErrorCode,
  lane: string,
  field: string,
  expected: string,
  found: string,
): TroupeError {
  const wayOut =
    code === 'TROUPE_VERSION_MISMATCH'
      ? 'Run the same version of Troupe in every process of a system, on one machine.'
      : 'It is not the ring that was offered, or something else writes there; ask for a new offer.';
  return new TroupeError(
    code,
    `Cannot attach to ${lane}: its ${field} is ${found}, expected ${expected}. ${wayOut}`,
    { details: { field, expected, found } },
  );
}

/** A programming mistake, like all arguments out of bounds. */
export function capacityOutOfBounds(capacityBytes: number, min: number, max: number): RangeError {
  return new RangeError(
    `A ring of ${capacityBytes} bytes cannot be made: its capacity is a power of two from ${min} to ${max}.`,
  );
}
