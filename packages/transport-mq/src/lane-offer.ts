// What a receiver tells its sender: where to connect, which queue to put messages into, and the number that marks them as this
// lane's. The queue's own part is checked by its kind.
import { offeredPath, wrongOffer } from '@troupe/core/transport';
import type { LaneOffer } from '@troupe/core/transport';
import { LARGEST_LANE } from './queue-message.ts';

export interface MqOffer {
  /** Of the socket where the receiver waits. */
  readonly path: string;
  /** Number of the lane in its queue. */
  readonly lane: number;
}

export function readOffer(offer: LaneOffer, transport: string): MqOffer {
  const path = offeredPath(offer, transport);
  const { lane } = offer;
  if (typeof lane === 'number' && Number.isInteger(lane) && lane > 0 && lane <= LARGEST_LANE) {
    return { path, lane };
  }
  throw wrongOffer(offer, transport);
}
