// An actor with a process of its own, seen from the process that started it. Its address stays here across restarts: what is
// told to it waits here until a process can take it, and everybody who watches it is told from here.
import { randomBytes } from 'node:crypto';
import { formatAddress, type Address, type NodeId } from '../address.ts';
import type { Destination } from '../actor/actor-ref.ts';
import { startFailed, stopped } from '../actor/failure.ts';
import type { End, EndReason } from '../actor/end-reason.ts';
import type { MailboxLimits } from '../actor/mailbox.ts';
import type { Message } from '../actor/message.ts';
import { PendingAsk } from '../actor/pending-ask.ts';
import type { Timer } from '../clock.ts';
import type { ControlMessage } from '../control/control-message.ts';
import { isTroupeError, TroupeError } from '../errors.ts';
import type { HostedProcess } from '../host/process-host.ts';
import type { Supervisor } from '../supervision/supervisor.ts';
import { Outbox } from './outbox.ts';
import type { Outgoing } from './outgoing.ts';
import type { PeerLink } from './peer-link.ts';
import { leadsToNext } from './transport-fallback.ts';

/** What the process is to run. */
export interface ProcessActorPlan {
  readonly module: string;
  readonly index: number;
  readonly args: unknown;
  readonly limits: MailboxLimits;
  readonly startTimeoutMs: number;
}

export interface ProcessActorHost {
  /** Starts a process that will join as `node`. */
  startProcess(node: NodeId, title: string): Promise<HostedProcess>;
  /** Resolves with the link once `node` has connected and its lanes are open. */
  expectLink(node: NodeId): Promise<PeerLink>;
  /** Resolves when the link to `node` has ended, all it committed was delivered, and its leavings are removed. */
  linkEnded(node: NodeId): Promise<void>;
  /** The actor has ended for good: its names are to be released and its watchers told. */
  ended(actor: ProcessActor, end: End): void;
}

/** One process of the actor; a restart makes another. */
interface Incarnation {
  readonly node: NodeId;
  process?: HostedProcess;
  link?: PeerLink;
  /** What the child itself said about its end, or about a failure that ends its process. */
  reason?: EndReason;
  isRunning: boolean;
}

// How long a child may take to exit after its actor has ended, before it is ended by a signal.
const EXIT_GRACE_MS = 2000;
// The actor of a hosted process has this number there.
export const ROOT_ACTOR = 1;

export class ProcessActor implements Destination {
  readonly address: Address;
  onRunning: (() => void) | undefined;
  readonly #plan: ProcessActorPlan;
  readonly #host: ProcessActorHost;
  readonly #outgoing: Outgoing;
  readonly #outbox: Outbox;
  readonly #supervisor: Supervisor;
  readonly #endWaiters: (() => void)[] = [];
  #incarnation: Incarnation | undefined;
  #status: 'starting' | 'running' | 'waiting' | 'stopping' | 'ended' = 'starting';
  #endReason: EndReason | undefined;
  #lost = 0;
  #lastNode: NodeId | undefined;
  #stopTimer: Timer | undefined;

  constructor(
    address: Address,
    plan: ProcessActorPlan,
    host: ProcessActorHost,
    outgoing: Outgoing,
    supervisor: (actor: ProcessActor) => Supervisor,
  ) {
    this.address = address;
    this.#plan = plan;
    this.#host = host;
    this.#outgoing = outgoing;
    this.#outbox = new Outbox(plan.limits, this);
    this.#supervisor = supervisor(this);
  }

  get endReason(): EndReason | undefined {
    return this.#endReason;
  }

  /** Process id while it has a process. */
  get pid(): number | undefined {
    return this.#incarnation?.process?.pid;
  }

  get restarts(): number {
    return this.#supervisor.restarts;
  }

  /** Messages that wait here or are under way. */
  get depth(): number {
    return this.#outbox.gauge.messages;
  }

  get hasRoom(): boolean {
    return !this.#isClosed && !this.#outbox.gauge.pastHighWater;
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
    const { link, isRunning } = this.#incarnation ?? {};
    if (link !== undefined && isRunning === true) {
      link.send({ type: 'restart' });
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
    const incarnation = this.#incarnation;
    if (incarnation?.isRunning === true && incarnation.link !== undefined) {
      // The process lives, only its actor failed: let it end in order; `#processEnded` brings us back here.
      incarnation.reason = reason;
      this.#status = 'stopping';
      incarnation.link.send({ type: 'end', reason });
      this.#killAfter(incarnation, EXIT_GRACE_MS);
      return;
    }
    this.#status = 'ended';
    this.#endReason = reason;
    this.#stopTimer?.cancel();
    this.#supervisor.close();
    this.#outgoing.bury(this.#outbox, this.address, 'stopped', reason);
    const process = this.#lastNode;
    this.#host.ended(this, { reason, lost: this.#lost, ...(process === undefined ? {} : { process }) });
    for (const wake of this.#endWaiters) wake();
  }

  tell(type: string, payload: unknown): boolean {
    if (this.#isClosed)
      return this.#outgoing.refuse(this.address, type, payload, undefined, this.#closedReason);
    return (
      this.#outgoing.send(this.#outbox, this.address, type, payload, undefined) &&
      !this.#outbox.gauge.pastHighWater
    );
  }

  ask(
    type: string,
    payload: unknown,
    timeoutMs = this.#outgoing.askTimeoutMs,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const ask = new PendingAsk(this.#outgoing.deadlines, this.address, type, timeoutMs, signal);
    if (this.#isClosed) this.#outgoing.refuse(this.address, type, payload, ask, this.#closedReason);
    else this.#outgoing.ask(this.#outbox, this.address, type, payload, ask, timeoutMs);
    return ask.promise;
  }

  async ready(): Promise<void> {
    if (!this.#isClosed) await this.#outbox.gauge.ready();
    if (this.#isClosed) throw stopped('ready', this.address, this.#endReason);
  }

  /** A message from another process, to be passed on. */
  deliver(message: Message): void {
    if (this.#isClosed) this.#outgoing.refuseRelayed(this.address, message, this.#closedReason);
    else this.#outgoing.relay(this.#outbox, this.address, message);
  }

  stop(timeoutMs = this.#outgoing.stopTimeoutMs, drain: boolean): Promise<void> {
    if (this.#status === 'ended') return Promise.resolve();
    const ended = new Promise<void>((resolve) => this.#endWaiters.push(resolve));
    this.#supervisor.close();
    const incarnation = this.#incarnation;
    const wasWaiting = this.#status === 'waiting';
    this.#status = 'stopping';
    this.#outbox.gauge.release();
    if (incarnation?.link === undefined || (wasWaiting && !incarnation.isRunning)) {
      incarnation?.process?.kill();
      if (incarnation?.process === undefined) this.finish({ kind: 'normal' });
      return ended;
    }
    if (wasWaiting) incarnation.link.send({ type: 'end', reason: { kind: 'normal' } });
    else if (drain)
      this.#outbox.afterWaiting(() => incarnation.link?.exchange.sendStop(ROOT_ACTOR, timeoutMs));
    else incarnation.link.send({ type: 'stop', actor: ROOT_ACTOR, timeoutMs });
    this.#killAfter(incarnation, timeoutMs + EXIT_GRACE_MS, { kind: 'hung', afterMs: timeoutMs });
    return ended;
  }

  get #isClosed(): boolean {
    return this.#status === 'ended' || this.#status === 'stopping';
  }

  get #closedReason(): EndReason {
    return this.#endReason ?? { kind: 'normal' };
  }

  /** Undefined when the actor runs; else why it does not. No process is left then. */
  async #startIncarnation(): Promise<TroupeError | undefined> {
    const incarnation: Incarnation = { node: randomBytes(16).toString('hex'), isRunning: false };
    this.#incarnation = incarnation;
    this.#lastNode = incarnation.node;
    const { startTimeoutMs } = this.#plan;
    try {
      const process = await this.#host.startProcess(incarnation.node, this.address.label);
      incarnation.process = process;
      const started = this.#runIn(incarnation);
      const ended = process.exited.then((reason) =>
        Promise.reject(this.#startFailed(incarnation.reason ?? reason)),
      );
      ended.catch(() => undefined);
      started.catch(() => undefined);
      await this.#within(startTimeoutMs, Promise.race([started, ended]));
    } catch (error) {
      incarnation.process?.kill();
      const exit = await incarnation.process?.exited;
      await this.#host.linkEnded(incarnation.node);
      this.#incarnation = undefined;
      // Where no lane could be had, that is the reason; the process had nothing else to do than to end.
      const laneless = incarnation.link?.error;
      if (leadsToNext(laneless)) return laneless;
      // That its link broke says less than how the process ended.
      if (exit !== undefined && isTroupeError(error, 'TROUPE_PEER_LOST'))
        return this.#startFailed(incarnation.reason ?? exit);
      return isTroupeError(error) ? error : this.#startFailed({ kind: 'error', error: error as Error });
    }
    incarnation.isRunning = true;
    void incarnation.process.exited.then((exit) => this.#processEnded(incarnation, exit));
    if (this.#status === 'starting') this.#status = 'running';
    incarnation.link?.exchange.attach(this.#outbox, ROOT_ACTOR);
    this.onRunning?.();
    return undefined;
  }

  async #runIn(incarnation: Incarnation): Promise<void> {
    const link = await this.#host.expectLink(incarnation.node);
    incarnation.link = link;
    const { module, index, args, limits } = this.#plan;
    const { actor, label } = this.address;
    const running = new Promise<void>((resolve, reject) => {
      link.onLifecycle((message) => {
        if (message.type === 'spawned') resolve();
        else if (message.type === 'failed' && message.during === 'start')
          reject(this.#notStarted(message.error));
        else this.#receive(incarnation, message);
      });
    });
    link.send({
      type: 'spawn',
      module,
      index,
      args,
      actor,
      label,
      capacity: limits.capacity,
      maxBytes: limits.maxBytes,
    });
    await running;
  }

  #receive(incarnation: Incarnation, message: ControlMessage): void {
    if (message.type === 'failed' && message.during === 'run') {
      if (this.#status !== 'running') return;
      this.#status = 'waiting';
      this.#supervisor.failed({ kind: 'error', error: message.error });
    } else if (message.type === 'failed') {
      incarnation.reason = { kind: 'error', error: message.error };
    } else if (message.type === 'ended') {
      incarnation.reason ??= message.reason as EndReason;
      // It ended by itself, in order: its process follows, and is not started again.
      this.#status = 'stopping';
      this.#supervisor.close();
      this.#killAfter(incarnation, EXIT_GRACE_MS);
    }
  }

  async #processEnded(incarnation: Incarnation, exit: EndReason): Promise<void> {
    incarnation.isRunning = false;
    await this.#host.linkEnded(incarnation.node);
    this.#lost += this.#outbox.detach();
    this.#incarnation = undefined;
    const error = incarnation.link?.error;
    if (error !== undefined) incarnation.reason ??= { kind: 'error', error };
    const reason: EndReason = incarnation.reason ?? exit;
    if (this.#status === 'stopping') {
      // A process that was asked to stop and exited in order has nothing else to say.
      this.finish(
        incarnation.reason ?? (exit.kind === 'exit' && exit.code === 0 ? { kind: 'normal' } : exit),
      );
      return;
    }
    this.#status = 'waiting';
    this.#supervisor.failed(reason);
  }

  #killAfter(incarnation: Incarnation, afterMs: number, reason?: EndReason): void {
    this.#stopTimer ??= this.#outgoing.clock.after(afterMs, () => {
      if (reason !== undefined) incarnation.reason = reason;
      incarnation.process?.kill();
    });
  }

  async #within(timeoutMs: number, work: Promise<void>): Promise<void> {
    let timer: Timer | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = this.#outgoing.clock.after(timeoutMs, () =>
        reject(
          new TroupeError(
            'TROUPE_START_TIMEOUT',
            `spawn: ${formatAddress(this.address)} did not start within ${String(timeoutMs)} ms and was ended; its module or its init may wait for something, or raise startTimeout`,
          ),
        ),
      );
    });
    try {
      await Promise.race([work, late]);
    } finally {
      timer?.cancel();
    }
  }

  #notStarted(error: Error): TroupeError {
    if (isTroupeError(error, 'TROUPE_MODULE_NOT_LOADED')) return error;
    return this.#startFailed({ kind: 'error', error });
  }

  #startFailed(reason: EndReason): TroupeError {
    return startFailed(this.address, reason);
  }
}
