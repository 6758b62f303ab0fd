// Makes a pool: its members, the way they get their messages, and what becomes of those that a member leaves behind.
import type { PoolOptions } from '../../actor/spawning.ts';
import type { EndReason } from '../../actor/end-reason.ts';
import type { MailboxLimits } from '../../actor/mailbox-limits.ts';
import type { Address } from '../../address.ts';
import { drops } from '../../overflow-policy.ts';
import { EndedActor } from '../ended-actor.ts';
import type { LocalActor } from '../local-actors.ts';
import type { Node } from '../node.ts';
import type { Dispatch, Member } from './dispatch.ts';
import { ToAll, ToOne } from './dispatch.ts';
import { Pool } from './pool.ts';
import { Pull } from './pull.ts';
import { createChoice } from './router.ts';

export interface PoolPlan {
  readonly node: Node;
  readonly address: Address;
  readonly count: number;
  readonly options: PoolOptions<unknown>;
  /** Bounds of what may wait: for a member, or in the pool when members take from there. */
  readonly limits: MailboxLimits;
  /** Types of messages that go before others. */
  readonly urgent: ReadonlySet<string> | undefined;
  /** Starts one more member. */
  readonly startMember: (slot: number) => Promise<LocalActor>;
  /** The pool has ended, or never began. */
  readonly release: () => void;
}

/** Resolves once all members run; when one cannot start, none is left. */
export async function startPool(plan: PoolPlan): Promise<Pool> {
  const { node, address, count, options, release } = plan;
  const { locals } = node;
  const startMember = async (slot: number): Promise<LocalActor> => {
    const actor = await plan.startMember(slot);
    const number = actor.address.actor;
    node.bonds.watchLocal(number, 'pool', (end) => {
      locals.heirs.delete(number);
      pool.remove(actor, end.reason);
    });
    // Everybody has had a broadcast: what one leaves of it is no loss to the others.
    if (options.orphans !== 'dead-letter' && options.router !== 'broadcast')
      locals.heirs.set(number, (message) => pool.inherit(message));
    return actor;
  };
  const ended = (reason: EndReason): void => {
    release();
    locals.ended(address.actor, { reason, lost: 0 });
  };
  const pool: Pool = new Pool(
    address,
    { startMember, ended, outgoing: node.outgoing, log: node.log },
    (members) => createDispatch(plan, members),
  );
  try {
    await pool.resize(count);
  } catch (error) {
    release();
    throw error;
  }
  locals.add(pool);
  return pool;
}

function createDispatch(plan: PoolPlan, members: () => readonly Member[]): Dispatch {
  const { node, address, options, limits, urgent } = plan;
  const { outgoing } = node;
  const { router = 'round-robin', key } = options;
  if (router === 'pull')
    return new Pull({ address, members, limits, urgent, outgoing, copies: !('actors' in options.in) });
  const nowhere = new EndedActor(address, outgoing, () => ({ kind: 'normal' }));
  if (router === 'broadcast') return new ToAll(members, node.clock, nowhere);
  return new ToOne({
    members,
    choice: createChoice(router, node.world.chance, key),
    isFixed: router === 'consistent-hash',
    drops: drops(limits.overflow),
    nowhere,
  });
}
