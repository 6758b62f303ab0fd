// What a test has left behind in a node, said in sentences: messages that nobody has handled, whether or not somebody still will.
import { formatAddress } from '../address.ts';
import type { DeadLetter } from '../system/account.ts';
import type { Node } from '../system/node.ts';
import { ProcessActor } from '../system/process-actor.ts';

/** The messages that wait for actors of `node`; what its own processes have been given is theirs to say when `knowsAll`. */
export function waitingIn(node: Node, knowsAll: boolean): readonly string[] {
  const actors = node.locals.all.filter(
    (actor) => !(knowsAll && actor instanceof ProcessActor && actor.pid !== undefined),
  );
  return actors.flatMap(({ address, depth, state }) =>
    depth === 0 ? [] : [`${messages(depth)} for ${formatAddress(address)}, which is ${state}`],
  );
}

export function describeDeadLetter({ type, to, reason }: DeadLetter): string {
  return `'${type}' to ${formatAddress(to)} was not handled: ${reason}`;
}

function messages(count: number): string {
  return count === 1 ? 'one message waits' : `${String(count)} messages wait`;
}
