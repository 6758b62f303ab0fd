// What transports have alike in their offers: where the name of a lane stands, and what is no offer of theirs.
import { join } from 'node:path';
import { TroupeError } from '../errors.ts';
import type { LaneOffer, ReceiveOptions } from './contract.ts';

/** Path of a lane's name in the own node's directory; `ending` says what stands there: '.sock', '.fifo'. */
export function lanePath({ directory, lane }: ReceiveOptions, ending: string): string {
  return join(directory, lane + ending);
}

/** The path in an offer of the transport of that name. Throws TROUPE_PROTOCOL_VIOLATION for any other offer. */
export function offeredPath(offer: LaneOffer, transport: string): string {
  const { path } = offer;
  if (offer.transport === transport && typeof path === 'string') return path;
  throw wrongOffer(offer, transport);
}

/** TROUPE_PROTOCOL_VIOLATION: what was offered cannot be opened by the transport of that name. */
export function wrongOffer(offer: LaneOffer, transport: string): TroupeError {
  return new TroupeError(
    'TROUPE_PROTOCOL_VIOLATION',
    `Cannot open a lane for sending: the offer is not one of the transport '${transport}'. Both nodes must use the same one.`,
    { details: { offer } },
  );
}
