// Why an actor does not run in the process that was started for it, of all that is known by then. What is done about it is the
// matter of `Incarnation`.
import type { Address } from '../address.ts';
import { startFailed } from '../actor/failure.ts';
import type { EndReason } from '../actor/end-reason.ts';
import { isTroupeError, type TroupeError } from '../errors.ts';
import { leadsToNext } from './transport-fallback.ts';

/** Its process says that it did not start, with `error`. */
export function startRefused(actor: Address, error: Error): TroupeError {
  if (isTroupeError(error, 'TROUPE_MODULE_NOT_LOADED')) return error;
  return startFailed(actor, { kind: 'error', error });
}

/** Starting it ended in `error`; `lost` is how its link broke and `end` how its process ended, if there was one. */
export function whyNotStarted(
  actor: Address,
  error: unknown,
  lost: Error | undefined,
  end: EndReason | undefined,
): TroupeError {
  // Where no lane could be had, that is the reason; the process had nothing else to do than to end.
  if (leadsToNext(lost)) return lost;
  // That its link broke says less than how the process ended.
  if (end !== undefined && isTroupeError(error, 'TROUPE_PEER_LOST')) return startFailed(actor, end);
  return isTroupeError(error) ? error : startFailed(actor, { kind: 'error', error: error as Error });
}
