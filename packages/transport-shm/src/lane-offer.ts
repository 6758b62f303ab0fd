// What a receiver tells its sender: where to ask for the memory, how large it is, and a number by which both recognise it.
import { TroupeError } from '@troupe/core/transport';
import type { LaneOffer } from '@troupe/core/transport';
import { isLaneCapacity } from './lane-options.ts';
import { pageSize } from './page-size.ts';
import type { RingIdentity } from './ring-header.ts';

export interface ShmOffer {
  /** Of the socket that hands out the memory. */
  readonly path: string;
  readonly capacityBytes: number;
  /** Random, new for every lane: 32 hexadecimal digits. */
  readonly incarnation: string;
}

export function readOffer(offer: LaneOffer, transport: string): ShmOffer {
  const { path, capacityBytes, incarnation } = offer;
  if (
    offer.transport === transport &&
    typeof path === 'string' &&
    typeof capacityBytes === 'number' &&
    isLaneCapacity(capacityBytes) &&
    typeof incarnation === 'string' &&
    /^[0-9a-f]{32}$/.test(incarnation)
  ) {
    return { path, capacityBytes, incarnation };
  }
  throw new TroupeError(
    'TROUPE_PROTOCOL_VIOLATION',
    `Cannot open a lane for sending: the offer is not one of the transport '${transport}'. Both nodes must use the same one.`,
    { details: { offer } },
  );
}

/** What stands in the header of the ring. An end knows its peer's node but not its own, so the lane's number stands for both. */
export function ringIdentity({ capacityBytes, incarnation }: Omit<ShmOffer, 'path'>): RingIdentity {
  return { capacityBytes, pageSize: pageSize(), writer: incarnation, reader: incarnation };
}
