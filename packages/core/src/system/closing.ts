// The part of one node in a shutdown, from the moment it is told of it: what becomes of its messages, which of its actors hang,
// and what the processes it has started say of theirs.
import type { NodeId } from '../address.ts';
import type { Account, AccountSnapshot } from './account.ts';
import type { LocalActor, LocalActors } from './local-actors.ts';
import type { Neighbours } from './neighbours.ts';
import { ProcessActor } from './process-actor.ts';
import { NOTHING, ownReport, sumOf, type FamilyReport, type Hung } from './shutdown-report.ts';
import type { World } from './world.ts';

/** What it needs of its node. */
export interface ClosingNode {
  readonly world: World;
  readonly account: Account;
  readonly locals: LocalActors;
  readonly neighbours: Neighbours;
}

export class Closing {
  readonly #node: ClosingNode;
  // Processes that were told, and have not yet told their part.
  readonly #open = new Set<NodeId>();
  readonly #hung = new Map<string, Hung>();
  #before: AccountSnapshot | undefined;
  #family = NOTHING;

  constructor(node: ClosingNode) {
    this.#node = node;
  }

  /** From now on everything counts. The processes with an actor that were started from here are told. */
  begin(): void {
    if (this.#before !== undefined) return;
    const { account, locals, neighbours } = this.#node;
    this.#before = account.snapshot();
    for (const [number, actor] of locals.entries) {
      // When its end is told the actor has no process any more.
      const pid = pidOf(actor);
      if (actor instanceof ProcessActor && actor.node !== undefined) {
        this.#open.add(actor.node);
        neighbours.tell(actor.node, { type: 'closing' });
      }
      locals.watch.watch(number, 'closing', ({ reason }) => {
        if (reason.kind === 'hung') this.#add(actor.address.label, pid);
      });
    }
  }

  /** The process of `child` has told its part. */
  told(child: NodeId, report: FamilyReport): void {
    // One that ended of its own, before, is no part of it.
    if (!this.#open.delete(child)) return;
    const { reported, silent } = report.processes;
    this.#family = sumOf(this.#family, { ...report, processes: { reported: reported + 1, silent } });
  }

  /** The actor did not come to an end by itself. */
  hung(actor: LocalActor): void {
    this.#add(actor.address.label, pidOf(actor));
  }

  /** The part of this node and of those below it, as it stands. */
  report(): FamilyReport {
    const { account } = this.#node;
    const now = account.snapshot();
    const silent = this.#open.size;
    const own = { ...ownReport(this.#before ?? now, now), processes: { reported: 0, silent } };
    return sumOf({ ...own, hung: [...this.#hung.values()] }, this.#family);
  }

  #add(name: string, pid = this.#node.world.pid): void {
    if (!this.#hung.has(name)) this.#hung.set(name, { kind: 'actor', name, pid });
  }
}

/** Undefined for an actor of this process. */
function pidOf(actor: LocalActor): number | undefined {
  return actor instanceof ProcessActor ? actor.pid : undefined;
}
