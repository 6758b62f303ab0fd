// One process of an actor that has processes of its own: how it is started with the actor in it, what it says about the actor,
// and how it ends. That another one may follow is `ProcessActor`'s matter.
import type { Address, NodeId } from '../address.ts';
import { startFailed, startTimeout } from '../actor/failure.ts';
import type { EndReason } from '../actor/end-reason.ts';
import type { Clock, Timer } from '../clock.ts';
import type { ControlMessage } from '../control/control-message.ts';
import type { TroupeError } from '../errors.ts';
import type { HostedProcess } from '../host/process-host.ts';
import { isDoneWithin } from '../within.ts';
import { ActorRequest } from './actor-request.ts';
import { ProcessHandle } from './process-handle.ts';
import {
  spawnOrder,
  type IncarnationHost,
  type IncarnationOwner,
  type IncarnationPlan,
} from './incarnation-host.ts';
import type { PeerLink } from './peer-link.ts';
import type { CrashOrigin, ProcessCrash } from './process-crash.ts';
import { startRefused, whyNotStarted } from './start-failure.ts';

// How long a child may take to exit after its actor has ended, before it is ended by a signal.
const EXIT_GRACE_MS = 2000;
// The actor of a hosted process has this number there.
export const ROOT_ACTOR = 1;

export class Incarnation {
  readonly node: NodeId;
  readonly #plan: IncarnationPlan;
  readonly #host: IncarnationHost;
  readonly #owner: IncarnationOwner;
  readonly #clock: Clock;
  readonly #request: ActorRequest;
  #process: HostedProcess | undefined;
  #view: ProcessHandle | undefined;
  #link: PeerLink | undefined;
  // What the child itself said about its end, or about a failure that ends its process.
  #reason: EndReason | undefined;
  #isRunning = false;
  #isUnwanted = false;
  #killTimer: Timer | undefined;
  #killAtMs = Infinity;
  // Resolves when its process has ended and the owner knows.
  readonly #gone: Promise<void>;
  #isGone: () => void = () => undefined;

  constructor(plan: IncarnationPlan, host: IncarnationHost, owner: IncarnationOwner, clock: Clock) {
    this.node = host.reserveNode();
    this.#plan = plan;
    this.#host = host;
    this.#owner = owner;
    this.#clock = clock;
    this.#request = new ActorRequest(clock);
    this.#gone = new Promise((resolve) => (this.#isGone = resolve));
  }

  /** The process as others may see and control it, once there is one. */
  get process(): ProcessHandle | undefined {
    return this.#view;
  }

  /** Whether the actor was started in it and the process lives. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Whether it can be spoken to. */
  get isConnected(): boolean {
    return this.#link !== undefined;
  }

  /** Undefined when the actor runs; else why it does not. No process is left then. */
  async start(): Promise<TroupeError | undefined> {
    try {
      const process = await this.#host.startProcess(this.node, this.#owner.address.label);
      this.#process = process;
      this.#view = new ProcessHandle({
        pid: process.pid,
        control: process.control,
        clock: this.#clock,
        lag: this.#plan.lag,
        ask: () => this.#link?.send({ type: 'beat' }),
      });
      if (this.#isUnwanted) process.kill();
      const started = this.#runActor();
      const ended = process.exited.then((reason) =>
        Promise.reject(this.#startFailed(this.#reason ?? reason)),
      );
      ended.catch(() => undefined);
      started.catch(() => undefined);
      await this.#inTime(Promise.race([started, ended]));
      void process.exited.then((exit) => this.#ended(exit)).then(this.#isGone);
      return undefined;
    } catch (error) {
      const failure = await this.#abandon(error);
      this.#isGone();
      return failure;
    }
  }

  /** Lets the actor, which is at rest, run again with a fresh state. Rejects with why it does not. */
  restart(): Promise<void> {
    const { startTimeoutMs } = this.#plan;
    return this.#ask({ type: 'restart' }, startTimeoutMs, { kind: 'hung', afterMs: startTimeoutMs });
  }

  /**
   * Ends the process of an actor at rest, once it has handed over what was sent. Resolves when the
   * owner was told that it is gone.
   */
  async leave(): Promise<void> {
    this.end({ kind: 'normal' });
    this.killUnlessEnded();
    await this.#gone;
  }

  /** Lets the actor, which has failed, go on with the state it has. */
  resume(): void {
    this.#link?.send({ type: 'resume' });
  }

  /** Tells the actor that `other` has linked itself to it, or has ended that. */
  linkedBy(other: Address, isLinked: boolean): void {
    this.#link?.send({ type: 'link', actor: ROOT_ACTOR, other, isLinked });
  }

  /** Resolves when the actor is at rest, or its process is gone, which is ended if need be. */
  rest(timeoutMs: number): Promise<void> {
    return this.#ask({ type: 'rest', timeoutMs }, timeoutMs + EXIT_GRACE_MS).catch(() => undefined);
  }

  /** Ends the actor, which is at rest, and the process after it. */
  end(reason: EndReason): void {
    this.#reason = reason;
    this.#link?.send({ type: 'end', reason });
  }

  /** Ends the actor after the message at hand, or once it has handled what came before with `drain`. */
  stop(timeoutMs: number, drain: boolean): void {
    if (drain) this.#link?.exchange.sendStop(ROOT_ACTOR, 0, timeoutMs);
    else this.#link?.send({ type: 'stop', actor: ROOT_ACTOR, watcher: 0, timeoutMs });
  }

  /** Ends the process soon, unless it ends by itself; of several plans the soonest stays. */
  killUnlessEnded(afterMs = 0, reason?: EndReason): void {
    const atMs = this.#clock.now() + afterMs;
    if (atMs >= this.#killAtMs) return;
    this.#killAtMs = atMs;
    this.#killTimer?.cancel();
    this.#killTimer = this.#clock.after(afterMs + EXIT_GRACE_MS, () => {
      if (reason !== undefined) this.#reason = reason;
      this.kill();
    });
  }

  /** Ends the process now, or as soon as there is one; false when there is none yet. */
  kill(): boolean {
    this.#isUnwanted = true;
    this.#process?.kill();
    return this.#process !== undefined;
  }

  /** Asks something of the actor. One that does not answer in time is ended, with its process. */
  #ask(message: ControlMessage, timeoutMs: number, late?: EndReason): Promise<void> {
    return this.#request.ask(
      () => this.#link?.send(message),
      timeoutMs,
      () => {
        if (late !== undefined) this.#reason ??= late;
        this.kill();
      },
    );
  }

  async #runActor(): Promise<void> {
    const link = await this.#host.expectLink(this.node);
    this.#link = link;
    const running = new Promise<void>((resolve, reject) => {
      link.onLifecycle((message) => {
        if (message.type === 'spawned') {
          // At once: the next message may say that the actor failed.
          this.#isRunning = true;
          this.#view?.becomes('ready');
          this.#owner.actorStarted(link.exchange);
          resolve();
        } else if (message.type === 'failed' && message.during === 'start')
          reject(startRefused(this.#owner.address, message.error));
        else this.#receive(message);
      });
    });
    link.send(spawnOrder(this.#plan, this.#owner.address));
    await running;
  }

  #receive(message: ControlMessage): void {
    switch (message.type) {
      case 'fault':
        this.#owner.actorFailed(message.reason as EndReason, message.canResume);
        break;
      case 'beaten':
        this.#view?.answered();
        break;
      case 'restarted':
        // At once: the next message may say that the actor failed.
        this.#owner.actorRestarted();
        this.#request.succeeded();
        break;
      case 'rested':
        this.#request.succeeded();
        break;
      case 'failed':
        if (message.during === 'restart') this.#request.failed(message.error);
        else if (message.during !== 'start') this.#crashed(message.during, message.error);
        break;
      case 'ended':
        this.#reason ??= message.reason as EndReason;
        this.#owner.actorEnded();
        this.killUnlessEnded();
        break;
      case 'linked':
        this.#owner.linked(message.other, message.isLinked);
        break;
      case 'decided':
      case 'crashed':
      case 'closed':
        this.#owner.heard(message);
    }
  }

  #crashed(origin: CrashOrigin, error: Error): void {
    this.#reason = { kind: 'error', error };
    const crash: ProcessCrash = { actor: this.#owner.address, pid: this.#process?.pid ?? 0, origin, error };
    this.#owner.heard({ type: 'crashed', crash });
  }

  async #ended(exit: EndReason): Promise<void> {
    this.#isRunning = false;
    this.#killTimer?.cancel();
    await this.#host.linkEnded(this.node);
    const error = this.#link?.error;
    if (error !== undefined) this.#reason ??= { kind: 'error', error };
    this.#view?.ended(this.#reason ?? exit);
    this.#owner.processEnded(exit, this.#reason);
    this.#request.failed(this.#startFailed(this.#reason ?? exit));
  }

  async #abandon(error: unknown): Promise<TroupeError> {
    this.kill();
    const exit = await this.#process?.exited;
    if (exit !== undefined) this.#view?.ended(this.#reason ?? exit);
    this.#isRunning = false;
    this.#killTimer?.cancel();
    await this.#host.linkEnded(this.node);
    const end = exit === undefined ? undefined : (this.#reason ?? exit);
    return whyNotStarted(this.#owner.address, error, this.#link?.error, end);
  }

  async #inTime(work: Promise<void>): Promise<void> {
    const timeoutMs = this.#plan.startTimeoutMs;
    if (!(await isDoneWithin(this.#clock, timeoutMs, work)))
      throw startTimeout(this.#owner.address, timeoutMs);
  }

  #startFailed(reason: EndReason): TroupeError {
    return startFailed(this.#owner.address, reason);
  }
}
