// An actor with a process of its own, seen from the process that started it. Its address stays here across restarts: what is
// told to it waits here until a process can take it, and everybody who watches it is told from here.
import type { Address, NodeId } from '../address.ts';
import type { Destination } from '../actor/actor-ref.ts';
import type { End, EndReason } from '../actor/end-reason.ts';
import type { Message } from '../actor/message.ts';
import type { Supervisor } from '../supervision/supervisor.ts';
import type { Exchange } from './exchange.ts';
import {
  Incarnation,
  ROOT_ACTOR,
  type IncarnationHost,
  type IncarnationOwner,
  type IncarnationPlan,
} from './incarnation.ts';
import type { Outgoing } from './outgoing.ts';
import { RemoteMailbox } from './remote-mailbox.ts';

export interface ProcessActorHost extends IncarnationHost {
  /** The actor has ended for good: its names are to be released and its watchers told. */
  ended(actor: ProcessActor, end: End): void;
}

export class ProcessActor implements Destination, IncarnationOwner {
  readonly address: Address;
  onRunning: (() => void) | undefined;
  readonly #plan: IncarnationPlan;
  readonly #host: ProcessActorHost;
  readonly #outgoing: Outgoing;
  readonly #mailbox: RemoteMailbox;
  readonly #supervisor: Supervisor;
  readonly #endWaiters: (() => void)[] = [];
  #incarnation: Incarnation | undefined;
  #status: 'starting' | 'running' | 'waiting' | 'stopping' | 'ended' = 'starting';
  #endReason: EndReason | undefined;
  #lost = 0;
  #lastNode: NodeId | undefined;

  constructor(
    address: Address,
    plan: IncarnationPlan,
    host: ProcessActorHost,
    outgoing: Outgoing,
    supervisor: (actor: ProcessActor) => Supervisor,
  ) {
    this.address = address;
    this.#plan = plan;
    this.#host = host;
    this.#outgoing = outgoing;
    this.#mailbox = new RemoteMailbox(address, plan.limits, outgoing, this);
    this.#supervisor = supervisor(this);
  }

  get endReason(): EndReason | undefined {
    return this.#endReason;
  }

  /** Process id while it has a process. */
  get pid(): number | undefined {
    return this.#incarnation?.pid;
  }

  get restarts(): number {
    return this.#supervisor.restarts;
  }

  /** Messages that wait here or are under way. */
  get depth(): number {
    return this.#mailbox.depth;
  }

  get hasRoom(): boolean {
    return this.#mailbox.hasRoom;
  }

  get state(): string {
    return this.#status;
  }

  /** Starts the process and the actor in it. Rejects with why that did not work; the actor has then ended. */
  async start(): Promise<void> {
    const failure = await this.#startIncarnation();
    if (failure === undefined) return;
    this.#supervisor.close();
    this.finish({ kind: 'error', error: failure });
    throw failure;
  }

  /** The supervisor wants it to run again, in its process if that lives, else in a new one. */
  restart(): void {
    if (this.#status !== 'waiting') return;
    this.#status = 'starting';
    if (this.#incarnation?.isRunning === true) {
      this.#incarnation.restart();
      this.#status = 'running';
      this.onRunning?.();
      return;
    }
    void this.#startIncarnation().then((failure) => {
      if (failure === undefined || this.#status === 'ended') return;
      if (this.#status === 'stopping') {
        this.finish({ kind: 'normal' });
        return;
      }
      this.#status = 'waiting';
      this.#supervisor.failed({ kind: 'error', error: failure });
    });
  }

  /** The supervisor gives up, or it was stopped: nothing will run any more. */
  finish(reason: EndReason): void {
    if (this.#status === 'ended') return;
    if (this.#incarnation?.isRunning === true) {
      // The process lives, only its actor failed: let it end in order; `processEnded` brings us back here.
      this.#close(reason);
      this.#incarnation.end(reason);
      this.#incarnation.killUnlessEnded();
      return;
    }
    this.#status = 'ended';
    this.#endReason = reason;
    this.#supervisor.close();
    this.#mailbox.bury(reason);
    const process = this.#lastNode;
    this.#host.ended(this, { reason, lost: this.#lost, ...(process === undefined ? {} : { process }) });
    for (const wake of this.#endWaiters) wake();
  }

  tell(type: string, payload: unknown): boolean {
    return this.#mailbox.tell(type, payload);
  }

  ask(
    type: string,
    payload: unknown,
    timeoutMs: number | undefined,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    return this.#mailbox.ask(type, payload, timeoutMs, signal);
  }

  ready(): Promise<void> {
    return this.#mailbox.ready();
  }

  /** A message from another process, to be passed on. */
  deliver(message: Message): void {
    this.#mailbox.deliver(message);
  }

  stop(timeoutMs = this.#outgoing.stopTimeoutMs, drain: boolean): Promise<void> {
    if (this.#status === 'ended') return Promise.resolve();
    const ended = new Promise<void>((resolve) => this.#endWaiters.push(resolve));
    this.#supervisor.close();
    const incarnation = this.#incarnation;
    const wasWaiting = this.#status === 'waiting';
    this.#close({ kind: 'normal' });
    if (incarnation === undefined) this.finish({ kind: 'normal' });
    else if (!incarnation.isConnected || (wasWaiting && !incarnation.isRunning)) {
      if (!incarnation.kill()) this.finish({ kind: 'normal' });
    } else {
      if (wasWaiting) incarnation.end({ kind: 'normal' });
      else if (drain) this.#mailbox.afterWaiting(() => incarnation.stop(timeoutMs, true));
      else incarnation.stop(timeoutMs, false);
      incarnation.killUnlessEnded(timeoutMs, { kind: 'hung', afterMs: timeoutMs });
    }
    return ended;
  }

  actorStarted(exchange: Exchange): void {
    if (this.#status === 'starting') this.#status = 'running';
    this.#mailbox.attach(exchange, ROOT_ACTOR);
    this.onRunning?.();
  }

  actorFailed(error: Error): void {
    if (this.#status !== 'running') return;
    this.#status = 'waiting';
    this.#supervisor.failed({ kind: 'error', error });
  }

  actorEnded(): void {
    // In order: it is not started again.
    this.#close({ kind: 'normal' });
    this.#supervisor.close();
  }

  processEnded(exit: EndReason, said: EndReason | undefined): void {
    this.#lost += this.#mailbox.detach();
    this.#incarnation = undefined;
    if (this.#status === 'stopping') {
      // A process that was asked to stop and exited in order has nothing else to say.
      this.finish(said ?? (exit.kind === 'exit' && exit.code === 0 ? { kind: 'normal' } : exit));
      return;
    }
    this.#status = 'waiting';
    this.#supervisor.failed(said ?? exit);
  }

  #close(reason: EndReason): void {
    this.#status = 'stopping';
    this.#mailbox.close(reason);
  }

  async #startIncarnation(): Promise<Error | undefined> {
    const incarnation = new Incarnation(this.#plan, this.#host, this, this.#outgoing.clock);
    this.#incarnation = incarnation;
    this.#lastNode = incarnation.node;
    const failure = await incarnation.start();
    if (failure !== undefined) this.#incarnation = undefined;
    return failure;
  }
}
