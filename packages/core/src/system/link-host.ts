// What comes in from one peer, and which part of the node it is for.
import type { Address, NodeId } from '../address.ts';
import type { DeadLetterReason } from '../actor/cell-host.ts';
import type { EndReason } from '../actor/end-reason.ts';
import type { Message } from '../actor/message.ts';
import type { Addresses } from './addresses.ts';
import type { BondsAcross } from './bonds-across.ts';
import type { LocalActors } from './local-actors.ts';
import type { Neighbours } from './neighbours.ts';
import type { LinkHost, PeerLink } from './peer-link.ts';
import type { Transports } from './transports.ts';
import type { World } from './world.ts';

/** The parts of a node that what comes in may be for. */
export interface LinkedNode {
  readonly id: NodeId;
  readonly world: World;
  readonly settings: { readonly startTimeoutMs: number };
  readonly addresses: Addresses;
  readonly bonds: BondsAcross;
  readonly locals: LocalActors;
  readonly neighbours: Neighbours;
  readonly transports: Transports;
  deadLetter(message: Message, to: Address, reason: DeadLetterReason, ended?: EndReason): void;
}

/** What the link to `peer` needs of `node`, but for its end; `lanes` is where its lanes may put what needs a name. */
export function linkHostOf(
  node: LinkedNode,
  peer: NodeId,
  lanes: string,
  link: () => PeerLink,
): Omit<LinkHost, 'ended'> {
  const { addresses, bonds, locals, neighbours, settings, transports, world } = node;
  return {
    directory: lanes,
    openTimeoutMs: settings.startTimeoutMs,
    transports,
    clock: world.clock,
    deliver: world.arrivals((to, message) => deliver(node, to, message)),
    down: (from, watcher, end) => void bonds.down(peer, from, watcher, end),
    watch: (actor, watcher) =>
      bonds.watchLocal(actor, `${peer}/${String(watcher)}`, (end) =>
        link().exchange.sendDown(actor, watcher, end),
      ),
    unwatch: (actor, watcher) => locals.watch.unwatch(actor, `${peer}/${String(watcher)}`),
    link: (actor, other, isLinked) => locals.get(actor)?.linkedBy(addresses.refTo(other), isLinked),
    overflow: (actor) => locals.get(actor)?.overflow(),
    overflowed: (actor) => link().send({ type: 'overflow', actor }),
    stopActor: (actor, watcher, timeoutMs, drain) => {
      void locals
        .get(actor)
        ?.stop(timeoutMs, drain)
        .then(() => {
          // Its supervisor starts it again: no news of an end will come.
          if (watcher > 0 && locals.get(actor) !== undefined)
            link().send({ type: 'stopped', actor, watcher });
        });
    },
    stopped: (actor, watcher) => neighbours.knownActor(peer, actor)?.stopped(watcher),
  };
}

function deliver(node: LinkedNode, to: number, message: Message): void {
  const actor = node.locals.get(to);
  if (actor !== undefined) actor.deliver(message);
  else {
    const address = { node: node.id, actor: to, label: `actor-${String(to)}` };
    node.deadLetter(message, address, 'stopped', node.locals.watch.endOf(to).reason);
  }
}
