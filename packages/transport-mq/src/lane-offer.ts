// What a receiver tells its sender: where to connect, which queue to put messages into, and the number that marks them as this
// lane's. The queue's own part is checked by its kind.
import { TroupeError } from '@troupe/core/transport';
import type { LaneOffer } from '@troupe/core/transport';
import { LARGEST_LANE } from './queue-message.ts';

export interface MqOffer {
  /** Of the socket where the receiver waits. */
  readonly path: string;
  /** Number of the lane in its queue. */
  readonly lane: number;
}

export function readOffer(offer: LaneOffer, transport: string): MqOffer {
  const { path, lane } = offer;
  const isLane = typeof lane === 'number' && Number.isInteger(lane) && lane > 0 && lane <= LARGEST_LANE;
  if (offer.transport === transport && typeof path === 'string' && isLane) return { path, lane };
  throw wrongOffer(offer, transport);
}

export function wrongOffer(offer: LaneOffer, transport: string): TroupeError {
  return new TroupeError(
    'TROUPE_PROTOCOL_VIOLATION',
    `Cannot open a lane for sending: the offer is not one of the transport '${transport}'. Both nodes must use the same one.`,
    { details: { offer } },
  );
}
