// What a receiver tells its sender: where to ask for the memory, how large it is, and a number by which both recognise it.
import { offeredPath, wrongOffer } from '@troupe/core/transport';
import type { LaneOffer } from '@troupe/core/transport';
import { isLaneCapacity } from './lane-options.ts';
import { pageSize } from './page-size.ts';
import type { RingIdentity } from './ring-header.ts';
import { isSegmentKind } from './ring-segment.ts';
import type { SegmentKind } from './ring-segment.ts';
import { isWakeUp } from './wake-up/contract.ts';
import type { WakeUp } from './wake-up/contract.ts';

export interface ShmOffer {
  /** Of the socket that hands out the memory. */
  readonly path: string;
  readonly capacityBytes: number;
  /** Random, new for every lane: 32 hexadecimal digits. */
  readonly incarnation: string;
  /** What the ring lies in, and how its reader is woken: the sender follows, whatever its own options are. */
  readonly segment: SegmentKind;
  readonly wakeUp: WakeUp;
}

export function readOffer(offer: LaneOffer, transport: string): ShmOffer {
  const path = offeredPath(offer, transport);
  const { capacityBytes, incarnation, segment, wakeUp } = offer;
  if (
    typeof capacityBytes === 'number' &&
    isLaneCapacity(capacityBytes) &&
    typeof incarnation === 'string' &&
    /^[0-9a-f]{32}$/.test(incarnation) &&
    isSegmentKind(segment) &&
    isWakeUp(wakeUp)
  ) {
    return { path, capacityBytes, incarnation, segment, wakeUp };
  }
  throw wrongOffer(offer, transport);
}

/** What stands in the header of the ring. An end knows its peer's node but not its own, so the lane's number stands for both. */
export function ringIdentity({
  capacityBytes,
  incarnation,
}: Pick<ShmOffer, 'capacityBytes' | 'incarnation'>): RingIdentity {
  return { capacityBytes, pageSize: pageSize(), writer: incarnation, reader: incarnation };
}
