// Who is told of whose end, and who is linked to whom, wherever the two are: between actors of this process, and over the
// connection to the node that answers for the other. What one actor makes of it is `Bonds`.
import { ADDRESS, type Address, type NodeId } from '../address.ts';
import type { AnyRef } from '../actor/actor-ref.ts';
import type { Down } from '../actor/behavior.ts';
import type { End } from '../actor/end-reason.ts';
import type { Addresses } from './addresses.ts';
import type { LocalActors } from './local-actors.ts';
import type { Neighbours } from './neighbours.ts';

export interface BondsAcrossOptions {
  readonly id: NodeId;
  readonly addresses: Addresses;
  readonly locals: LocalActors;
  readonly neighbours: Neighbours;
}

export class BondsAcross {
  readonly #options: BondsAcrossOptions;

  constructor(options: BondsAcrossOptions) {
    this.#options = options;
  }

  /** `notify` is called once when the actor ends. `watcher` is a number of this node; watching twice is once. */
  watch(ref: AnyRef, watcher: number, notify: (down: Down) => void): void {
    const { addresses, neighbours } = this.#options;
    const address = ref[ADDRESS];
    const local = addresses.localNumber(address);
    const told = ({ reason, lost }: End): void => notify({ ref, reason, lost });
    if (local === undefined) neighbours.actor(address).watch(watcher, told);
    else this.watchLocal(local, `/${String(watcher)}`, told);
  }

  unwatch(ref: AnyRef, watcher: number): void {
    const { addresses, locals, neighbours } = this.#options;
    const address = ref[ADDRESS];
    const local = addresses.localNumber(address);
    if (local === undefined) neighbours.actor(address).unwatch(watcher);
    else locals.watch.unwatch(local, `/${String(watcher)}`);
  }

  /** `notify` is called once when an actor of this node ends; soon if it has. `watcher` is a name, once an actor. */
  watchLocal(actor: number, watcher: string, notify: (end: End) => void): void {
    const { locals } = this.#options;
    if (locals.get(actor) !== undefined) locals.watch.watch(actor, watcher, notify);
    else {
      const end = locals.watch.endOf(actor);
      queueMicrotask(() => notify(end));
    }
  }

  /** The actor `from` of `node` has ended, which `watcher` of this node watches. */
  async down(node: NodeId, from: number, watcher: number, end: End): Promise<void> {
    const { neighbours } = this.#options;
    // What the actor's own process sent here directly comes before the news of its end, which its parent sent.
    if (end.process !== undefined && neighbours.isConnected(end.process)) await neighbours.gone(end.process);
    neighbours.knownActor(node, from)?.ended(watcher, end.reason);
  }

  /** `actor` of this process has linked itself to `ref`, or has ended that: the other side is told. */
  link(actor: Address, ref: AnyRef, isLinked: boolean): void {
    const { addresses, locals, neighbours } = this.#options;
    this.linkOver(actor, ref, isLinked);
    const local = addresses.localNumber(ref[ADDRESS]);
    if (local === undefined) neighbours.actor(ref[ADDRESS]).linkedBy(actor, isLinked);
    else locals.get(local)?.linkedBy(addresses.refTo(actor), isLinked);
  }

  /** What an actor that has its place in another process is linked to is remembered there, for its next process. */
  linkOver(actor: Address, ref: AnyRef, isLinked = false): void {
    const { id, neighbours } = this.#options;
    if (actor.node !== id) neighbours.tell(actor.node, { type: 'linked', other: ref[ADDRESS], isLinked });
  }
}
