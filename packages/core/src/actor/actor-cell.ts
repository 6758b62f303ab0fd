// The life of one actor of this event loop: starting, running, at rest, stopping, ended. Its messages are called by a
// `MessageLoop`; it decides nothing about restarts, and knows no other process.
import type { Address } from '../address.ts';
import type { Timer } from '../clock.ts';
import { ActorContext, type ContextServices } from './actor-context.ts';
import type { AnyRef, Destination } from './actor-ref.ts';
import type { Behavior, Context, Down } from './behavior.ts';
import type { CellHost, CellKeeper } from './cell-host.ts';
import type { EndReason } from './end-reason.ts';
import { asError, stopped, thrown } from './failure.ts';
import { Mailbox, type MailboxLimits } from './mailbox.ts';
import { MessageLoop, type LoopOwner } from './message-loop.ts';
import type { Message } from './message.ts';
import { PendingAsk } from './pending-ask.ts';
import { SelfMessages } from './self-messages.ts';

type Status = 'starting' | 'running' | 'resting' | 'at-rest' | 'stopping' | 'ended';

// As long as its children may take, and no clock need count so far.
const UNHURRIED_MS = 24 * 60 * 60 * 1000;

/** How long an actor of that kind may take to stop when nobody says otherwise. */
export function stopTimeoutOf(behavior: Behavior, defaultMs: number): number {
  return behavior.isSupervisor === true ? UNHURRIED_MS : defaultMs;
}

/** What ends with the actor that has it: a child, or several under one supervisor. */
export interface Dependent {
  stop(timeoutMs: number | undefined, drain: boolean): Promise<void>;
}

export class ActorCell implements Destination, LoopOwner {
  readonly address: Address;
  readonly context: Context;
  readonly #host: CellHost;
  readonly #keeper: CellKeeper;
  readonly #behavior: Behavior;
  readonly #args: unknown;
  readonly #mailbox: Mailbox;
  readonly #services: ContextServices;
  readonly #dependents = new Set<Dependent>();
  readonly #endWaiters: (() => void)[] = [];
  onRunning: (() => void) | undefined;
  #loop: MessageLoop;
  #selfMessages: SelfMessages | undefined;
  #status: Status = 'starting';
  #stopTimer: Timer | undefined;
  #endReason: EndReason | undefined;
  // Why it is to fail once the callback at hand has returned.
  #failure: EndReason | undefined;
  #ending: Promise<void> | undefined;
  #resting = Promise.resolve();
  #failedAtRest = false;
  #stopAtMs = Infinity;
  #isFinishing = false;

  constructor(
    address: Address,
    behavior: Behavior,
    args: unknown,
    limits: MailboxLimits,
    host: CellHost,
    keeper: CellKeeper,
    services: (cell: ActorCell) => ContextServices,
  ) {
    this.address = address;
    this.#behavior = behavior;
    this.#args = args;
    this.#host = host;
    this.#keeper = keeper;
    this.#mailbox = new Mailbox(limits);
    this.#loop = new MessageLoop(this, behavior, this.#mailbox, host);
    this.#services = services(this);
    this.context = new ActorContext(this.#services, {
      currentSignal: () => this.#loop.currentSignal(),
      selfMessages: () => this.#ownMessages(),
      become: (mode) => this.#loop.become(mode),
      stash: () => this.#loop.stash(),
      unstash: () => this.#loop.unstash(),
      stop: () => this.stop(undefined, true),
    });
  }

  /** One word for people. */
  get state(): Status {
    return this.#status;
  }

  /** Whether the end of a link is a notice to it rather than a failure. */
  get trapsExit(): boolean {
    return this.#behavior.trapExit === true;
  }

  /** Messages that wait. */
  get depth(): number {
    return this.#mailbox.gauge.messages;
  }

  get hasRoom(): boolean {
    return !this.#isClosing && !this.#mailbox.gauge.pastHighWater;
  }

  get mayRun(): boolean {
    return this.#status === 'running' || this.#status === 'stopping';
  }

  /** Calls `init`. Rejects with what it threw: the actor has then ended. */
  async start(): Promise<void> {
    try {
      await this.#initialise();
    } catch (error) {
      await this.#endAndWait({ kind: 'error', error: asError(error) });
      throw error;
    }
  }

  tell(type: string, payload: unknown): boolean {
    return this.#offer(this.#host.send(type, payload, undefined)) && !this.#mailbox.gauge.pastHighWater;
  }

  ask(
    type: string,
    payload: unknown,
    timeoutMs = this.#host.askTimeoutMs,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const ask = new PendingAsk(this.#host.deadlines, this.address, type, timeoutMs, signal);
    this.#offer(this.#host.send(type, payload, ask));
    return ask.promise;
  }

  async ready(): Promise<void> {
    await this.#mailbox.gauge.ready();
    if (this.#isClosing) throw stopped('ready', this.address, this.#endReason);
  }

  /** A message from another process, whose bound was checked where it was sent. */
  deliver(message: Message): void {
    if (this.#refuses(message)) return;
    if (this.#mailbox.isEmpty && this.#loop.handleNow(message)) return;
    this.#mailbox.accept(message);
    this.#loop.wake();
  }

  notifyDown(down: Down): void {
    if (this.#isClosing) return;
    this.#mailbox.notify({ down });
    this.#loop.wake();
  }

  /** Another actor has linked itself to this one, or ended that. */
  linkedBy(ref: AnyRef, isLinked: boolean): void {
    if (this.#status !== 'ended') this.#services.linkedBy(ref, isLinked);
  }

  /** Ends the actor, unless its keeper wants it to stay; never rejects. Of several deadlines the soonest counts. */
  stop(timeoutMs = this.#stopTimeoutMs, drain: boolean): Promise<void> {
    if (this.#status === 'ended') return this.#ending ?? Promise.resolve();
    if (this.#status === 'resting' && timeoutMs > 0)
      return this.#resting.then(() => this.stop(timeoutMs, drain));
    const ended = new Promise<void>((resolve) => this.#endWaiters.push(resolve));
    const wasAtRest = this.#status === 'at-rest';
    this.#status = 'stopping';
    this.#mailbox.gauge.release();
    this.#stopWithin(timeoutMs);
    if (drain) this.#selfMessages?.silence();
    else {
      this.#selfMessages?.close();
      this.#discardMailbox();
    }
    if (wasAtRest) this.#finish({ kind: 'normal' });
    else this.#loop.wake();
    return ended;
  }

  /**
   * Brings the actor to rest: the message at hand is finished, what it started is stopped, `onStop` is called; what waits stays.
   * What does not return within `timeoutMs` is not heard any more.
   */
  rest(timeoutMs = this.#stopTimeoutMs): Promise<void> {
    // One that is stopping comes to rest or ends.
    if (this.#status === 'stopping') return new Promise((resolve) => this.#endWaiters.push(resolve));
    if (this.#status !== 'running') return this.#resting;
    void this.#comeToRest(timeoutMs, async () => {
      await this.#loop.idle();
      if (this.#status !== 'resting') return;
      await this.#stopDependents();
      // After a failure the state is not to be trusted with an orderly end.
      if (!this.#failedAtRest) await this.#loop.finish();
    });
    return this.#resting;
  }

  /** Fails for a reason from outside, once the callback at hand has returned; or without it after the system's `stopTimeout`. */
  fail(reason: EndReason): void {
    if (this.#status === 'starting') this.#failure ??= reason;
    else if (this.#status === 'stopping') this.#finish(reason);
    else if (this.#status === 'running')
      void this.#comeToRest(this.#host.stopTimeoutMs, () => this.#loop.idle()).then((isInTime) => {
        if (this.#status === 'at-rest') this.#keeper.failed(reason, isInTime);
      });
  }

  /** Fresh state from `init`; what is in the mailbox stays. Only at rest. Rejects with what `init` threw: it is at rest again. */
  async restart(): Promise<void> {
    if (this.#status !== 'at-rest') return;
    this.#status = 'starting';
    this.#selfMessages?.renew();
    this.#mailbox.unstash();
    try {
      await this.#initialise(() => this.#stopDependents());
    } catch (error) {
      this.#startFailed(error);
      throw error;
    }
  }

  /** Goes on with the next message and the state as it is. Only at rest, after a failure that left a state. */
  resume(): void {
    if (this.#status !== 'at-rest') return;
    this.#status = 'running';
    this.#loop.wake();
    this.onRunning?.();
  }

  /** Ends at once, without `onStop`: what waits becomes dead letters. */
  end(reason: EndReason): void {
    void this.#endAndWait(reason);
  }

  /** Something was started that ends with this actor. False when this one has ended meanwhile, and nobody would stop it. */
  addDependent(dependent: Dependent): boolean {
    if (this.#status === 'ended') return false;
    this.#dependents.add(dependent);
    return true;
  }

  removeDependent(dependent: Dependent): void {
    this.#dependents.delete(dependent);
  }

  callbackFailed(error: unknown): void {
    if (this.#status === 'ended') return;
    const reason: EndReason = { kind: 'error', error: asError(error) };
    if (this.#status === 'stopping') this.#finish(reason);
    else if (this.#status === 'resting') this.#failedAtRest = true;
    else {
      this.#status = 'at-rest';
      this.#keeper.failed(reason, true);
    }
  }

  ranDry(): void {
    if (this.#status !== 'stopping' || this.#isFinishing) return;
    this.#isFinishing = true;
    void this.#stopDependents()
      .then(() => this.#loop.finish())
      .then(
        () => this.#finish({ kind: 'normal' }),
        (error: unknown) => this.#finish({ kind: 'error', error: asError(error) }),
      );
  }

  get #stopTimeoutMs(): number {
    return stopTimeoutOf(this.#behavior, this.#host.stopTimeoutMs);
  }

  get #isClosing(): boolean {
    return this.#status === 'stopping' || this.#status === 'ended';
  }

  #offer(message: Message): boolean {
    if (this.#refuses(message)) return false;
    if (!this.#mailbox.offer(message)) {
      this.#host.deadLetter(message, this.address, 'mailbox-full');
      return false;
    }
    this.#loop.wake();
    return true;
  }

  #refuses(message: Message): boolean {
    if (!this.#isClosing) return false;
    this.#host.deadLetter(message, this.address, 'stopped', this.#endReason);
    return true;
  }

  async #initialise(before?: () => Promise<void>): Promise<void> {
    await this.#loop.initialise(this.#args, before);
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw thrown(failure);
    // It may have been stopped, or ended, while `init` ran.
    if (this.#status === 'starting') this.#status = 'running';
    this.#loop.wake();
    this.onRunning?.();
  }

  #startFailed(error: unknown): void {
    if (this.#status === 'stopping') this.#finish({ kind: 'error', error: asError(error) });
    else if (this.#status === 'starting') this.#status = 'at-rest';
  }

  #stopWithin(timeoutMs: number): void {
    const atMs = this.#host.clock.now() + timeoutMs;
    if (atMs >= this.#stopAtMs) return;
    this.#stopAtMs = atMs;
    this.#stopTimer?.cancel();
    this.#stopTimer = this.#host.clock.after(timeoutMs, () => {
      this.#finish({ kind: 'hung', afterMs: timeoutMs });
    });
  }

  /** It was stopped and is at rest, or its time is up. */
  #finish(reason: EndReason): void {
    if (this.#status !== 'stopping') return;
    // The keeper may start it again at once.
    this.#status = 'at-rest';
    this.#stopTimer?.cancel();
    this.#stopAtMs = Infinity;
    this.#isFinishing = false;
    if (reason.kind === 'hung') this.#abandonLoop(reason);
    const waiters = this.#endWaiters.splice(0);
    if (this.#keeper.finished(reason)) for (const wake of waiters) wake();
    else {
      this.#endWaiters.push(...waiters);
      this.end(reason);
    }
  }

  /** True when `work` was done in time. */
  #comeToRest(timeoutMs: number, work: () => Promise<void>): Promise<boolean> {
    this.#status = 'resting';
    this.#failedAtRest = false;
    const coming = this.#inTime(timeoutMs, work()).then((isInTime) => {
      if (this.#status !== 'resting') return isInTime;
      if (!isInTime) this.#abandonLoop({ kind: 'hung', afterMs: timeoutMs });
      this.#status = 'at-rest';
      return isInTime && !this.#failedAtRest;
    });
    this.#resting = coming.then(() => undefined);
    return coming;
  }

  async #inTime(timeoutMs: number, work: Promise<void>): Promise<boolean> {
    let timer: Timer | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = this.#host.clock.after(timeoutMs, () => resolve(false));
    });
    // What `onStop` throws changes nothing: it is at rest.
    const done = work.then(
      () => true,
      () => true,
    );
    const isInTime = await Promise.race([done, late]);
    timer?.cancel();
    return isInTime;
  }

  /** A callback does not return: nobody waits for it any more, and another may run beside it. */
  #abandonLoop(reason: EndReason): void {
    this.#loop.current?.asker?.reject(stopped('ask', this.address, reason));
    this.#loop.close();
    this.#loop = new MessageLoop(this, this.#behavior, this.#mailbox, this.#host);
  }

  #endAndWait(reason: EndReason): Promise<void> {
    if (this.#status === 'ended') return this.#ending ?? Promise.resolve();
    this.#status = 'ended';
    this.#endReason = reason;
    this.#stopTimer?.cancel();
    // The asker need not wait for a handler that may never return.
    this.#loop.current?.asker?.reject(stopped('ask', this.address, reason));
    this.#loop.close();
    this.#selfMessages?.close();
    this.#discardMailbox();
    this.#mailbox.gauge.release();
    this.#ending = this.#stopDependents(reason.kind === 'hung').then(() => {
      this.#services.close();
      this.#keeper.ended(reason);
      for (const wake of this.#endWaiters) wake();
    });
    return this.#ending;
  }

  async #stopDependents(isLate = false): Promise<void> {
    const lastFirst = [...this.#dependents].reverse();
    // Its own time is up, and theirs with it.
    if (isLate) await Promise.all(lastFirst.map((dependent) => dependent.stop(0, false)));
    // A later one may lean on an earlier one.
    else for (const dependent of lastFirst) await dependent.stop(undefined, true);
    this.#dependents.clear();
  }

  #discardMailbox(): void {
    this.#mailbox.unstash();
    for (let entry = this.#mailbox.take(); entry !== undefined; entry = this.#mailbox.take()) {
      if (!('type' in entry)) continue;
      const reason = entry.asker?.abandoned === true ? 'abandoned' : 'stopped';
      this.#host.deadLetter(entry, this.address, reason, this.#endReason);
    }
  }

  #ownMessages(): SelfMessages {
    return (this.#selfMessages ??= new SelfMessages(this, this.#behavior, this.#host, this.#isClosing));
  }
}
