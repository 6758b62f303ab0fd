// Where a ref to an actor of this node leads after the actor has ended: nowhere, and it says so.
import type { Address } from '../address.ts';
import { stopped } from '../actor/failure.ts';
import type { Destination } from '../actor/actor-ref.ts';
import type { Patience } from '../actor/askable.ts';
import type { Asker } from '../actor/asker.ts';
import type { EndReason } from '../actor/end-reason.ts';
import type { Outgoing } from './outgoing.ts';

export class EndedActor implements Destination {
  readonly address: Address;
  readonly #outgoing: Outgoing;
  readonly #reason: () => EndReason;

  constructor(address: Address, outgoing: Outgoing, reason: () => EndReason) {
    this.address = address;
    this.#outgoing = outgoing;
    this.#reason = reason;
  }

  get patience(): Patience {
    return this.#outgoing;
  }

  tell(type: string, payload: unknown): boolean {
    return this.#outgoing.refuse(this.address, type, payload, undefined, this.#reason());
  }

  send(type: string, payload: unknown, asker: Asker | undefined): boolean {
    return this.#outgoing.refuse(this.address, type, payload, asker, this.#reason());
  }

  ready(): Promise<void> {
    return Promise.reject(stopped('ready', this.address, this.#reason()));
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}
