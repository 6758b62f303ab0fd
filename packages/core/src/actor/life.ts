// The states of an actor's life, and the ways between them:
//
//   starting -> running -> resting -> at-rest -> starting, running or ended
//                       -> stopping -> at-rest -> starting or ended
//
// At rest nothing runs, and the keeper says what follows. What waits in the mailbox is the cell's matter.
import type { Address } from '../address.ts';
import { isDoneWithin } from '../within.ts';
import type { Behavior, Context } from './behavior.ts';
import type { CellHost, CellKeeper } from './cell-host.ts';
import { Dependents } from './dependents.ts';
import type { EndReason } from './end-reason.ts';
import { EndWaiters } from './end-waiters.ts';
import { asError, stopped, thrown } from './failure.ts';
import { startTimeoutOf } from './initialisation.ts';
import type { LifeCompanion } from './life-companion.ts';
import type { Mailbox } from './mailbox.ts';
import { MessageLoop, type LoopOwner } from './message-loop.ts';
import { StopDeadline, stopTimeoutOf } from './stop-deadline.ts';

/** One word for people. */
export type LifeState = 'starting' | 'running' | 'resting' | 'at-rest' | 'stopping' | 'ended';

const AT_ONCE = Promise.resolve();

export class Life implements LoopOwner {
  readonly address: Address;
  readonly context: Context;
  readonly loop: MessageLoop;
  readonly dependents = new Dependents();
  readonly #companion: LifeCompanion;
  readonly #behavior: Behavior;
  readonly #args: unknown;
  readonly #host: CellHost;
  readonly #keeper: CellKeeper;
  readonly #endWaiters = new EndWaiters();
  #state: LifeState = 'starting';
  #endReason: EndReason | undefined;
  // Why it is to fail once the callback at hand has returned.
  #failure: EndReason | undefined;
  #ending: Promise<void> | undefined;
  #resting = AT_ONCE;
  #failedAtRest = false;
  #stopDeadline: StopDeadline | undefined;
  #isFinishing = false;
  #hasRun = false;

  constructor(
    companion: LifeCompanion,
    behavior: Behavior,
    args: unknown,
    mailbox: Mailbox,
    host: CellHost,
    keeper: CellKeeper,
  ) {
    this.address = companion.address;
    this.context = companion.context;
    this.#companion = companion;
    this.#behavior = behavior;
    this.#args = args;
    this.#host = host;
    this.#keeper = keeper;
    this.loop = new MessageLoop(this, behavior, mailbox, host);
  }

  get state(): LifeState {
    return this.#state;
  }

  get mayRun(): boolean {
    return this.#state === 'running' || this.#state === 'stopping';
  }

  /** It takes no new message. */
  get isClosing(): boolean {
    return this.#state === 'stopping' || this.#state === 'ended';
  }

  /** Why it ended. */
  get endReason(): EndReason | undefined {
    return this.#endReason;
  }

  async start(): Promise<void> {
    try {
      await this.#initialise();
    } catch (error) {
      await this.#endAndWait({ kind: 'error', error: asError(error) });
      throw error;
    }
  }

  stop(timeoutMs = this.#stopTimeoutMs, drain: boolean): Promise<void> {
    if (this.#state === 'ended') return this.#ending ?? AT_ONCE;
    if (this.#state === 'resting' && timeoutMs > 0)
      return this.#resting.then(() => this.stop(timeoutMs, drain));
    const ended = this.#endWaiters.wait();
    const wasAtRest = this.#state === 'at-rest';
    this.#state = 'stopping';
    this.#stopDeadline ??= new StopDeadline(this.#host.clock, (afterMs) =>
      this.#finish({ kind: 'hung', afterMs }),
    );
    this.#stopDeadline.set(timeoutMs);
    this.#companion.stopping(drain);
    if (wasAtRest) this.#finish({ kind: 'normal' });
    else this.loop.wake();
    return ended;
  }

  rest(timeoutMs = this.#stopTimeoutMs): Promise<void> {
    // One that is stopping comes to rest or ends.
    if (this.#state === 'stopping') return this.#endWaiters.wait();
    if (this.#state !== 'running') return this.#resting;
    void this.#comeToRest(timeoutMs, async () => {
      await this.loop.idle();
      if (this.#state !== 'resting') return;
      await this.dependents.stop();
      // After a failure the state is not to be trusted with an orderly end.
      if (!this.#failedAtRest) await this.loop.finish();
    });
    return this.#resting;
  }

  fail(reason: EndReason): void {
    if (this.#state === 'starting') this.#failure ??= reason;
    else if (this.#state === 'stopping') this.#finish(reason);
    else if (this.#state === 'running')
      void this.#comeToRest(this.#host.stopTimeoutMs, () => this.loop.idle()).then((isOrderly) => {
        if (this.#state !== 'at-rest') return;
        this.loop.cutStreams('it failed');
        // The children of a supervisor that gave up are stopped: there is nothing to go on with.
        this.#keeper.failed(reason, isOrderly && this.#behavior.isSupervisor !== true);
      });
  }

  async restart(): Promise<void> {
    if (this.#state !== 'at-rest') return;
    this.#state = 'starting';
    this.#companion.renewing();
    try {
      await this.#initialise(() => this.dependents.stop());
    } catch (error) {
      this.#startFailed(error);
      throw error;
    }
  }

  resume(): void {
    if (this.#state !== 'at-rest') return;
    this.#state = 'running';
    this.loop.wake();
    this.#companion.running();
  }

  end(reason: EndReason): void {
    void this.#endAndWait(reason);
  }

  callbackFailed(error: unknown): void {
    if (this.#state === 'ended') return;
    const reason: EndReason = { kind: 'error', error: asError(error) };
    if (this.#state === 'stopping') this.#finish(reason);
    else if (this.#state === 'resting') this.#failedAtRest = true;
    else {
      this.#state = 'at-rest';
      this.#keeper.failed(reason, true);
    }
  }

  ranDry(): void {
    if (this.#state !== 'stopping' || this.#isFinishing) return;
    this.#isFinishing = true;
    void this.dependents
      .stop()
      // Its time may be up meanwhile.
      .then(() => (this.#isFinishing ? this.loop.finish() : undefined))
      .then(
        () => this.#finish({ kind: 'normal' }),
        (error: unknown) => this.#finish({ kind: 'error', error: asError(error) }),
      );
  }

  get #stopTimeoutMs(): number {
    return stopTimeoutOf(this.#behavior, this.#host.stopTimeoutMs);
  }

  async #initialise(before?: () => Promise<void>): Promise<void> {
    // What an earlier `init` left behind, which failed by itself, is no failure of this one.
    this.#failure = undefined;
    const timeoutMs = startTimeoutOf(this.#behavior, this.#keeper.startTimeoutMs);
    await this.loop.initialise(this.#args, timeoutMs, before);
    const failure = this.#failure;
    if (failure !== undefined) throw thrown(failure);
    this.#hasRun = true;
    // It may have been stopped, or ended, while `init` ran.
    if (this.#state === 'starting') this.#state = 'running';
    this.loop.wake();
    this.#companion.running();
  }

  #startFailed(error: unknown): void {
    if (this.#state === 'stopping') this.#finish({ kind: 'error', error: asError(error) });
    else if (this.#state === 'starting') this.#state = 'at-rest';
  }

  /** It was stopped and is at rest, or its time is up. */
  #finish(reason: EndReason): void {
    if (this.#state !== 'stopping') return;
    // The keeper may start it again at once.
    this.#state = 'at-rest';
    this.#stopDeadline?.cancel();
    this.#isFinishing = false;
    if (reason.kind === 'hung') this.#abandonLoop(reason);
    // One that never ran cannot run again: whoever started it may start another.
    if (!this.#hasRun || !this.#endWaiters.settle(() => this.#keeper.finished(reason))) this.end(reason);
  }

  /** True when `work` was done in time, and nothing failed meanwhile. */
  #comeToRest(timeoutMs: number, work: () => Promise<void>): Promise<boolean> {
    this.#state = 'resting';
    this.#failedAtRest = false;
    const coming = isDoneWithin(this.#host.clock, timeoutMs, ended(work())).then((inTime) => {
      if (this.#state !== 'resting') return inTime;
      if (!inTime) this.#abandonLoop({ kind: 'hung', afterMs: timeoutMs });
      this.#state = 'at-rest';
      return inTime && !this.#failedAtRest;
    });
    this.#resting = coming.then(() => undefined);
    return coming;
  }

  #abandonLoop(reason: EndReason): void {
    this.loop.abandon(stopped('ask', this.address, reason));
  }

  #endAndWait(reason: EndReason): Promise<void> {
    if (this.#state === 'ended') return this.#ending ?? AT_ONCE;
    this.#state = 'ended';
    this.#endReason = reason;
    this.#stopDeadline?.cancel();
    this.loop.close(stopped('ask', this.address, reason));
    this.#companion.ending();
    const gone = reason.kind === 'hung' ? this.dependents.end() : this.dependents.stop();
    this.#ending = gone.then(() => {
      this.#companion.ended();
      this.#keeper.ended(reason);
      this.#endWaiters.wake();
    });
    return this.#ending;
  }
}

/** Resolves when `work` has ended, be it with an error. */
function ended(work: Promise<void>): Promise<void> {
  return work.catch(() => undefined);
}
