// The bonds of one actor of this event loop, told of what happens in the whole system. Made when the actor first has one.
import type { Address } from '../address.ts';
import type { ActorCell } from '../actor/actor-cell.ts';
import { Bonds } from '../actor/bonds.ts';
import type { BondsAcross } from './bonds-across.ts';

/** `number` is by which this node knows the actor. */
export function bondsOf(cell: ActorCell, address: Address, number: number, across: BondsAcross): Bonds {
  return new Bonds({
    watch: (ref, ended) => across.watch(ref, number, ended),
    unwatch: (ref) => across.unwatch(ref, number),
    trapsExit: cell.trapsExit,
    notify: (down) => cell.notifyDown(down),
    fail: (reason) => cell.fail(reason),
    linkOver: (ref) => across.linkOver(address, ref),
  });
}
