// What the kernel refused to a lane in shared memory, in Troupe's words, and what a peer handed over that was not offered.
import { laneFailures, noListener, TroupeError } from '@troupe/core/transport';
import { isSystemError } from '@troupe/posix';
import { ringLimit } from './ring-limit.ts';

const failures = laneFailures({ limit: ringLimit });

/** The error for a receiving end that could not be made. */
export const receiveFailure = failures.receiving;

/** The error for a sending end that could not be opened. */
export function sendFailure(error: unknown, lane: string, path: string): unknown {
  if (isOfTheGone(error)) return noListener(lane, path, error);
  if (isSystemError(error, 'EINVAL')) return notTheOffered(lane, error.message, error);
  return failures.sending(error, lane, path);
}

/** Whether it says no more than that the peer is gone: its socket, or what it had in the kernel and named by number. */
export function isOfTheGone(error: unknown): boolean {
  if (!isSystemError(error)) return false;
  if (['ECONNRESET', 'EPIPE', 'EIDRM'].includes(error.code)) return true;
  return error.code === 'EINVAL' && (error.syscall === 'shmctl' || error.syscall === 'semctl');
}

/** What was handed over is not what the offer said. */
export function notTheOffered(lane: string, reason: string, cause?: unknown): TroupeError {
  return new TroupeError(
    'TROUPE_PROTOCOL_VIOLATION',
    `Cannot open ${lane} for sending: ${reason}. Run the same version of Troupe in every process of a system.`,
    { cause },
  );
}
