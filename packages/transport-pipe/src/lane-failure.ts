// What the kernel refused to the three transports of this package, in Troupe's words.
import { laneFailures } from '@troupe/core/transport';
import { isSystemError } from '@troupe/posix';

// ENXIO: a FIFO that nobody reads.
export const { receiving: receiveFailure, sending: sendFailure } = laneFailures({ gone: ['ENXIO'] });

/** Whether opening failed because whoever received there is gone, its name left behind. */
export function isAbandoned(error: unknown): boolean {
  return isSystemError(error, 'ENXIO') || isSystemError(error, 'ECONNREFUSED');
}
