// Finds the process of an actor for whoever wants to control it: only the process that started it may, for it alone hears of its
// end before the number can be given to another.
import { ADDRESS, formatAddress } from '../address.ts';
import type { AnyRef } from '../actor/actor-ref.ts';
import { TroupeError } from '../errors.ts';
import type { ActorProcess } from './actor-process.ts';
import type { Node } from './node.ts';
import { ProcessActor } from './process-actor.ts';

/** Throws TROUPE_NO_PROCESS when the actor has no process that was started from here. */
export function processOf(node: Node, ref: AnyRef): ActorProcess {
  const address = ref[ADDRESS];
  const number = node.addresses.localNumber(address);
  const actor = number === undefined ? undefined : node.locals.get(number);
  const process = actor instanceof ProcessActor ? actor.process : undefined;
  if (process !== undefined) {
    process.observe();
    return process;
  }
  throw new TroupeError('TROUPE_NO_PROCESS', `processOf: ${formatAddress(address)} ${why(number, actor)}`);
}

function why(number: number | undefined, actor: unknown): string {
  if (actor instanceof ProcessActor) return 'has no process now; it is between two, or being started';
  if (actor !== undefined)
    return 'runs in this process, or is a pool; ask for a member, or for an actor with a process of its own';
  if (number !== undefined) return 'has ended, and its process with it';
  return 'was not spawned here; only the process that spawned an actor can control the process it has';
}
