// Where an address leads, seen from this node: to an actor of this process, to one that has ended, or to another node. An
// actor of this process may have its address elsewhere: in the process that this one was started from.
import { addressKey, type Address, type NodeId } from '../address.ts';
import { createRef, type ActorRef, type Destination } from '../actor/actor-ref.ts';
import type { Protocol } from '../actor/protocol.ts';
import { EndedActor } from './ended-actor.ts';
import type { LocalActors } from './local-actors.ts';
import type { Neighbours } from './neighbours.ts';
import type { Outgoing } from './outgoing.ts';

export interface AddressesOptions {
  readonly id: NodeId;
  readonly locals: LocalActors;
  readonly outgoing: Outgoing;
  readonly neighbours: Neighbours;
}

export class Addresses {
  readonly #options: AddressesOptions;
  // Addresses by which actors of this process are known elsewhere, as key, and their numbers here.
  readonly #aliases = new Map<string, number>();

  constructor(options: AddressesOptions) {
    this.#options = options;
  }

  /** The ref to an address, wherever it leads. */
  refTo<P extends Protocol>(address: Address): ActorRef<P> {
    return createRef<P>(this.destination(address));
  }

  /** Where messages to `address` go. */
  destination(address: Address): Destination {
    return this.#localActor(address) ?? this.#options.neighbours.actor(address);
  }

  /** An actor of this process is known elsewhere by `address`: that of its place in the process that started this one. */
  addAlias(address: Address, actor: number): void {
    this.#aliases.set(addressKey(address), actor);
  }

  /** The number here of the actor with `address`, if it is, or was, of this process. */
  localNumber(address: Address): number | undefined {
    return address.node === this.#options.id ? address.actor : this.#aliases.get(addressKey(address));
  }

  #localActor(address: Address): Destination | undefined {
    const number = this.localNumber(address);
    if (number === undefined) return undefined;
    const { locals, outgoing } = this.#options;
    return locals.get(number) ?? new EndedActor(address, outgoing, () => locals.watch.endOf(number).reason);
  }
}
