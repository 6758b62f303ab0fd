// What one process of an actor is to run, whom it needs for that, and who is told what becomes of it: the contract of
// `Incarnation`.
import type { Address, NodeId } from '../address.ts';
import type { EndReason } from '../actor/end-reason.ts';
import type { MailboxLimits } from '../actor/mailbox-limits.ts';
import type { ControlMessage } from '../control/control-message.ts';
import type { HostedProcess } from '../host/process-host.ts';
import type { LagSettings } from './actor-process.ts';
import type { Exchange } from './exchange.ts';
import type { FamilyMessage } from './family.ts';
import type { PeerLink } from './peer-link.ts';

/** What the process is to run. */
export interface IncarnationPlan {
  readonly module: string;
  readonly index: number;
  readonly args: unknown;
  readonly limits: MailboxLimits;
  /** Types of messages that go before others. */
  readonly urgent: ReadonlySet<string> | undefined;
  readonly startTimeoutMs: number;
  readonly lag: LagSettings;
  /** How long it may take to stop when nobody says otherwise. */
  readonly stopTimeoutMs: number;
  /** Whether a restart takes another process also when only the actor failed. */
  readonly restartsAnew: boolean;
}

/** What a process is told that is to run it. */
export function spawnOrder(plan: IncarnationPlan, { actor, label }: Address): ControlMessage {
  const { module, index, args, limits } = plan;
  return { type: 'spawn', module, index, args, actor, label, mailbox: limits };
}

export interface IncarnationHost {
  /** The node of the process that `startProcess` will give for it: one that is there already, or a new one. */
  reserveNode(): NodeId;
  /** The process of a node that was reserved, which joins as `node` or has joined. */
  startProcess(node: NodeId, title: string): Promise<HostedProcess>;
  /** Resolves with the link once `node` has connected and its lanes are open. */
  expectLink(node: NodeId): Promise<PeerLink>;
  /** Resolves when the link to `node` has ended, all it committed was delivered, and its leavings are removed. */
  linkEnded(node: NodeId): Promise<void>;
}

/** Whom it tells what happens once it runs. */
export interface IncarnationOwner {
  readonly address: Address;
  /** The actor runs: messages for it go over `exchange`. */
  actorStarted(exchange: Exchange): void;
  /** The actor, which was at rest, runs again in the same process. */
  actorRestarted(): void;
  /** The actor failed; its process lives and waits for `restart`, `resume` or `end`. */
  actorFailed(reason: EndReason, canResume: boolean): void;
  /** The actor ended by itself, in order; its process follows. */
  actorEnded(): void;
  /** The actor has linked itself to `other`, or that is over. */
  linked(other: Address, isLinked: boolean): void;
  /** The process told something of itself, or of those below it, that is for those who listen. */
  heard(message: FamilyMessage): void;
  /** The process is gone: `exit` is how, `said` what it told, or was told, about the end. */
  processEnded(exit: EndReason, said: EndReason | undefined): void;
}
