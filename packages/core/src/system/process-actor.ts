// An actor with a process of its own, seen from the process that started it. Its address stays here across restarts: what is
// told to it waits here until a process can take it, and everybody who watches it is told from here.
import { ADDRESS, addressKey, type Address, type NodeId } from '../address.ts';
import type { AnyRef } from '../actor/actor-ref.ts';
import type { End, EndReason } from '../actor/end-reason.ts';
import { EndWaiters } from '../actor/end-waiters.ts';
import type { Message } from '../actor/message.ts';
import { RESTART_COST } from '../supervision/restart-budget.ts';
import type { Place } from '../supervision/place.ts';
import type { Ward } from '../supervision/ward.ts';
import type { Exchange } from './exchange.ts';
import { tellFamily, type FamilyListener, type FamilyMessage } from './family.ts';
import { FarActor } from './far-actor.ts';
import type { ProcessHandle } from './process-handle.ts';
import type { IncarnationHost, IncarnationOwner, IncarnationPlan } from './incarnation-host.ts';
import { Incarnation, ROOT_ACTOR } from './incarnation.ts';
import type { Outgoing } from './outgoing.ts';

export interface ProcessActorHost extends IncarnationHost {
  /** The actor has ended for good: its names are to be released and its watchers told. */
  ended(actor: ProcessActor, end: End): void;
  readonly family: FamilyListener;
}

export class ProcessActor extends FarActor implements IncarnationOwner, Ward {
  onRunning: (() => void) | undefined;
  readonly #plan: IncarnationPlan;
  readonly #host: ProcessActorHost;
  readonly #place: Place;
  // Whom it is linked to, for its next process: the actor is the same.
  readonly #links = new Map<string, Address>();
  readonly #endWaiters = new EndWaiters();
  #incarnation: Incarnation | undefined;
  #status: 'starting' | 'running' | 'resting' | 'waiting' | 'stopping' | 'ended' = 'starting';
  #lastNode: NodeId | undefined;

  constructor(
    address: Address,
    plan: IncarnationPlan,
    host: ProcessActorHost,
    outgoing: Outgoing,
    place: Place,
  ) {
    super(address, plan.limits, outgoing, plan.urgent);
    this.#plan = plan;
    this.#host = host;
    this.#place = place;
  }

  /** The node of its process, while it has one. */
  get node(): NodeId | undefined {
    return this.#incarnation?.node;
  }

  /** Process id while it has a process. */
  get pid(): number | undefined {
    return this.#incarnation?.process?.pid;
  }

  /** Its process, while it has one. */
  get process(): ProcessHandle | undefined {
    return this.#incarnation?.process;
  }

  get restarts(): number {
    return this.#place.restarts;
  }

  /** What another start would cost now. */
  get restartCost(): number {
    const isInPlace = this.#incarnation?.isRunning === true && !this.#plan.restartsAnew;
    return isInPlace ? RESTART_COST.inLoop : RESTART_COST.newProcess;
  }

  get state(): string {
    return this.#status;
  }

  /** Starts the process and the actor in it. Rejects with why that did not work; the actor has then ended. */
  async start(): Promise<void> {
    const failure = await this.#startIncarnation();
    if (failure === undefined) return;
    this.#end({ kind: 'error', error: failure });
    throw failure;
  }

  async restart(): Promise<void> {
    await this.#leaveProcess();
    if (this.#status !== 'waiting') return;
    this.#status = 'starting';
    if (this.#incarnation?.isRunning === true) {
      // When the process ends meanwhile, `processEnded` has seen to it.
      try {
        await this.#incarnation.restart();
      } catch (error) {
        this.#becomes('waiting');
        throw error;
      }
      return;
    }
    const failure = await this.#startIncarnation();
    if (failure === undefined) return;
    if (this.#isStopping) this.#finish({ kind: 'normal' });
    this.#becomes('waiting');
    throw failure;
  }

  resume(): void {
    if (this.#status !== 'waiting') return;
    this.#status = 'running';
    this.#incarnation?.resume();
    this.onRunning?.();
  }

  async rest(timeoutMs = this.#plan.stopTimeoutMs): Promise<void> {
    if (this.#status === 'stopping') return this.#endWaiters.wait();
    if (this.#status !== 'running') return;
    this.#status = 'resting';
    await this.#incarnation?.rest(timeoutMs);
    if (this.#status === 'resting') this.#status = 'waiting';
    await this.#leaveProcess();
  }

  /** The supervisor gives up: it is at rest and will not run again. */
  end(reason: EndReason): void {
    if (this.#status === 'ended') return;
    if (this.#incarnation?.isRunning === true) {
      // The process lives, only its actor failed: let it end in order; `processEnded` ends the rest.
      this.#close(reason);
      this.#incarnation.end(reason);
      this.#incarnation.killUnlessEnded();
    } else this.#end(reason);
  }

  /** A message from another process, to be passed on. */
  deliver(message: Message): void {
    this.mailbox.deliver(message);
  }

  stop(timeoutMs = this.#plan.stopTimeoutMs, drain: boolean): Promise<void> {
    if (this.#status === 'ended') return Promise.resolve();
    const ended = this.#endWaiters.wait();
    const incarnation = this.#incarnation;
    const wasAtRest = this.#status === 'waiting';
    // Asked again, and there is no time left.
    const isLate = this.#status === 'stopping' && timeoutMs === 0;
    this.#close({ kind: 'normal' });
    if (isLate) incarnation?.kill();
    else if (incarnation === undefined) this.#finish({ kind: 'normal' });
    else if (!incarnation.isConnected || (wasAtRest && !incarnation.isRunning)) {
      if (!incarnation.kill()) this.#finish({ kind: 'normal' });
    } else {
      if (wasAtRest) incarnation.end({ kind: 'normal' });
      else if (drain) this.mailbox.afterWaiting(() => incarnation.stop(timeoutMs, true));
      else incarnation.stop(timeoutMs, false);
      incarnation.killUnlessEnded(timeoutMs, { kind: 'hung', afterMs: timeoutMs });
    }
    return ended;
  }

  overflow(): void {
    this.mailbox.overflow();
  }

  /** `other` has linked itself to the actor, or has ended that. */
  linkedBy({ [ADDRESS]: other }: AnyRef, isLinked: boolean): void {
    if (this.#status === 'ended') return;
    this.linked(other, isLinked);
    this.#incarnation?.linkedBy(other, isLinked);
  }

  linked(other: Address, isLinked: boolean): void {
    if (isLinked) this.#links.set(addressKey(other), other);
    else this.#links.delete(addressKey(other));
  }

  actorStarted(exchange: Exchange): void {
    for (const other of this.#links.values()) this.#incarnation?.linkedBy(other, true);
    this.#becomes('running');
    this.mailbox.attach(exchange, ROOT_ACTOR);
    this.onRunning?.();
  }

  actorRestarted(): void {
    this.#becomes('running');
    this.onRunning?.();
  }

  actorFailed(reason: EndReason, canResume: boolean): void {
    if (this.#status !== 'running') return;
    this.#status = 'waiting';
    this.#place.failed(reason, canResume);
    void this.#leaveProcess();
  }

  actorEnded(): void {
    // It only leaves its process.
    if (this.#status === 'waiting') return;
    this.#close({ kind: 'normal' });
  }

  heard(message: FamilyMessage): void {
    tellFamily(this.#host.family, this.#lastNode, message);
  }

  processEnded(exit: EndReason, said: EndReason | undefined): void {
    this.mailbox.detach();
    this.#incarnation = undefined;
    switch (this.#status) {
      case 'stopping':
        // A process that was asked to stop and exited in order has nothing else to say.
        this.#finish(said ?? (exit.kind === 'exit' && exit.code === 0 ? { kind: 'normal' } : exit));
        break;
      case 'running':
        this.#status = 'waiting';
        this.#place.failed(said ?? exit, false);
        break;
      default:
        this.#status = 'waiting';
    }
  }

  /** Resolves when an actor at rest that does not run in its process again has none. */
  async #leaveProcess(): Promise<void> {
    if (!this.#plan.restartsAnew || this.#status !== 'waiting') return;
    this.mailbox.pause();
    await this.#incarnation?.leave();
  }

  get #isStopping(): boolean {
    return this.#status === 'stopping';
  }

  /** It was stopped, and its process is gone: it ends, unless its supervisor wants it to run again. */
  #finish(reason: EndReason): void {
    this.#status = 'waiting';
    this.mailbox.reopen();
    if (!this.#endWaiters.settle(() => this.#place.finished(reason))) this.#end(reason);
  }

  #end(reason: EndReason): void {
    if (this.#status === 'ended') return;
    this.#status = 'ended';
    this.#place.ended();
    this.mailbox.bury(reason);
    const process = this.#lastNode;
    this.#host.ended(this, {
      reason,
      lost: this.mailbox.lost,
      ...(process === undefined ? {} : { process }),
    });
    this.#endWaiters.wake();
  }

  /** The start that was under way has succeeded or failed; one that was stopped meanwhile goes its way. */
  #becomes(status: 'running' | 'waiting'): void {
    if (this.#status === 'starting') this.#status = status;
  }

  #close(reason: EndReason): void {
    this.#status = 'stopping';
    this.process?.becomes('draining');
    this.mailbox.close(reason);
  }

  async #startIncarnation(): Promise<Error | undefined> {
    const incarnation = new Incarnation(this.#plan, this.#host, this, this.outgoing.clock);
    this.#incarnation = incarnation;
    this.#lastNode = incarnation.node;
    const failure = await incarnation.start();
    if (failure !== undefined) this.#incarnation = undefined;
    return failure;
  }
}
