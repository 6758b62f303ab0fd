// Runs one actor of this event loop: takes one message at a time from its mailbox, calls the handler, and reports failure
// and end to its host. It decides nothing about restarts, and knows no other process.
import { types } from 'node:util';
import { formatAddress, type Address } from '../address.ts';
import type { Clock, Timer } from '../clock.ts';
import { TroupeError } from '../errors.ts';
import { ActorContext, type ContextCell, type ContextServices } from './actor-context.ts';
import type { Destination } from './actor-ref.ts';
import type { Behavior, Context, Down } from './behavior.ts';
import type { Deadlines } from './deadlines.ts';
import { describeReason, type EndReason } from './end-reason.ts';
import { Mailbox, type MailboxLimits } from './mailbox.ts';
import type { Asker, MailboxEntry, Message } from './message.ts';
import { PendingAsk } from './pending-ask.ts';
import type { Runnable, RunQueue } from './run-queue.ts';

/** Why a message could not be handled. */
export type DeadLetterReason = 'mailbox-full' | 'stopped' | 'no-handler' | 'abandoned' | 'unreachable';

/** What a cell needs from where it lives. */
export interface CellHost {
  readonly clock: Clock;
  readonly runQueue: RunQueue;
  readonly deadlines: Deadlines;
  /** A message from this process, entered in its account as sent. */
  send(type: string, payload: unknown, asker: Asker | undefined): Message;
  readonly askTimeoutMs: number;
  readonly stopTimeoutMs: number;
  /** Settles a message that nobody handles: the account, the asker and those who listen for dead letters. */
  deadLetter(message: Message, to: Address, reason: DeadLetterReason, ended?: EndReason): void;
}

/** Who decides about a failed cell, and is told of its end. */
export interface CellKeeper {
  /** The actor failed and is at rest; `cell.restart()` or `cell.end()` must follow. */
  failed(error: unknown): void;
  /** Nothing runs any more; called once. */
  ended(reason: EndReason): void;
}

type Status = 'starting' | 'running' | 'failed' | 'stopping' | 'ended';

// Messages an actor handles before the next in line has its turn.
const BATCH = 64;

export class ActorCell implements Destination, Runnable, ContextCell {
  readonly address: Address;
  readonly #host: CellHost;
  readonly #keeper: CellKeeper;
  readonly #behavior: Behavior;
  readonly #args: unknown;
  readonly #mailbox: Mailbox;
  readonly #context: Context;
  readonly #children = new Set<Destination>();
  readonly #endWaiters: (() => void)[] = [];
  #state: unknown;
  #status: Status = 'starting';
  // A callback's promise is pending: nothing else may run.
  #busy = false;
  #inLine = false;
  #current: Message | undefined;
  #abort: AbortController | undefined;
  #stopTimer: Timer | undefined;
  #endReason: EndReason | undefined;

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
    this.#mailbox = new Mailbox(limits);
    this.#host = host;
    this.#keeper = keeper;
    this.#context = new ActorContext(services(this), this);
  }

  /** Why it ended; undefined while it has not. */
  get endReason(): EndReason | undefined {
    return this.#endReason;
  }

  get state(): string {
    return this.#status;
  }

  /** Messages that wait. */
  get depth(): number {
    return this.#mailbox.gauge.messages;
  }

  /** Calls `init`. Rejects with what it threw: the actor has then ended. */
  async start(): Promise<void> {
    try {
      await this.#initialise();
    } catch (error) {
      this.end({ kind: 'error', error: asError(error) });
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
    if (this.#endReason === undefined && this.#status !== 'stopping') return;
    throw stopped('ready', this.address, this.#endReason);
  }

  /** A message from another process, whose bound was checked where it was sent. */
  deliver(message: Message): void {
    if (this.#refuses(message)) return;
    this.#mailbox.accept(message);
    this.#wake();
  }

  notifyDown(down: Down): void {
    if (this.#status === 'stopping' || this.#status === 'ended') return;
    this.#mailbox.notify({ down });
    this.#wake();
  }

  /** Ends the actor: at most one promise per caller, never rejected. */
  stop(timeoutMs = this.#host.stopTimeoutMs, drain: boolean): Promise<void> {
    if (this.#status === 'ended') return Promise.resolve();
    const ended = new Promise<void>((resolve) => this.#endWaiters.push(resolve));
    const wasFailed = this.#status === 'failed';
    this.#status = 'stopping';
    this.#mailbox.gauge.release();
    if (!drain || wasFailed) this.#discardMailbox();
    this.#stopTimer ??= this.#host.clock.after(timeoutMs, () => this.#stopIsOverdue(timeoutMs));
    if (wasFailed) this.end({ kind: 'normal' });
    else if (!this.#busy) this.#wake();
    return ended;
  }

  /** Fresh state from `init`; what is in the mailbox stays. Only after the keeper was told `failed`. */
  restart(): void {
    if (this.#status !== 'failed') return;
    this.#status = 'starting';
    void this.#stopChildren()
      .then(() => this.#initialise())
      .catch((error: unknown) => {
        if (this.#status === 'ended') return;
        this.#status = 'failed';
        this.#keeper.failed(error);
      });
  }

  /** Ends at once, without `onStop`: what waits becomes dead letters. */
  end(reason: EndReason): void {
    if (this.#status === 'ended') return;
    this.#status = 'ended';
    this.#endReason = reason;
    this.#stopTimer?.cancel();
    this.#abort?.abort();
    // Its handler may never return, but the asker need not wait for that.
    this.#current?.asker?.reject(stopped('ask', this.address, reason));
    this.#discardMailbox();
    this.#mailbox.gauge.release();
    this.#state = undefined;
    void this.#stopChildren().then(() => {
      this.#keeper.ended(reason);
      for (const wake of this.#endWaiters) wake();
    });
  }

  addChild(child: Destination): void {
    this.#children.add(child);
  }

  removeChild(child: Destination): void {
    this.#children.delete(child);
  }

  currentSignal(): AbortSignal {
    if (this.#abort === undefined) {
      const controller = (this.#abort = new AbortController());
      const asker = this.#current?.asker;
      if (asker?.abandoned === true) controller.abort();
      else if (asker !== undefined) asker.onAbandon = () => controller.abort();
    }
    return this.#abort.signal;
  }

  run(): boolean {
    this.#inLine = false;
    for (let count = 0; count < BATCH; count += 1) {
      if (this.#busy || (this.#status !== 'running' && this.#status !== 'stopping')) return false;
      const entry = this.#mailbox.take();
      if (entry === undefined) {
        if (this.#status === 'stopping') this.#finish();
        return false;
      }
      this.#handle(entry);
    }
    this.#inLine = !this.#busy;
    return this.#inLine;
  }

  #offer(message: Message): boolean {
    if (this.#refuses(message)) return false;
    if (!this.#mailbox.offer(message)) {
      this.#host.deadLetter(message, this.address, 'mailbox-full');
      return false;
    }
    this.#wake();
    return true;
  }

  #refuses(message: Message): boolean {
    if (this.#status !== 'stopping' && this.#status !== 'ended') return false;
    this.#host.deadLetter(message, this.address, 'stopped', this.#endReason);
    return true;
  }

  #wake(): void {
    if (this.#inLine || this.#busy || (this.#status !== 'running' && this.#status !== 'stopping')) return;
    this.#inLine = true;
    this.#host.runQueue.schedule(this);
  }

  async #initialise(): Promise<void> {
    this.#busy = true;
    try {
      this.#state = await this.#behavior.init?.(this.#context, this.#args);
    } finally {
      this.#busy = false;
    }
    if (this.#status === 'starting') this.#status = 'running';
    this.#wake();
  }

  #handle(entry: MailboxEntry): void {
    if ('down' in entry) {
      this.#call(() => this.#behavior.onDown?.(this.#state, entry.down, this.#context), undefined);
      return;
    }
    if (entry.asker?.abandoned === true) {
      this.#host.deadLetter(entry, this.address, 'abandoned');
      return;
    }
    const handler = this.#behavior.handlers[entry.type];
    if (handler === undefined) {
      this.#host.deadLetter(entry, this.address, 'no-handler');
      return;
    }
    entry.origin.settle('delivered', 1, entry.bytes, entry.prompt);
    this.#current = entry;
    let result: unknown;
    try {
      result = handler(this.#state, entry.payload, this.#context);
    } catch (error) {
      this.#failedHandling(entry, error);
      return;
    }
    this.#whenDone(result, entry);
  }

  #call(callback: () => unknown, message: Message | undefined): void {
    try {
      this.#whenDone(callback(), message);
    } catch (error) {
      this.#failedHandling(message, error);
    }
  }

  #whenDone(result: unknown, message: Message | undefined): void {
    if (!isPromise(result)) {
      message?.asker?.resolve(result);
      this.#forgetCurrent();
      return;
    }
    this.#busy = true;
    result.then(
      (value) => {
        this.#busy = false;
        message?.asker?.resolve(value);
        this.#forgetCurrent();
        this.#wake();
      },
      (error: unknown) => {
        this.#busy = false;
        this.#failedHandling(message, error);
      },
    );
  }

  #failedHandling(message: Message | undefined, error: unknown): void {
    message?.asker?.reject(error);
    this.#forgetCurrent();
    if (this.#status === 'ended') return;
    if (this.#status === 'stopping') {
      this.end({ kind: 'error', error: asError(error) });
      return;
    }
    this.#status = 'failed';
    this.#keeper.failed(error);
  }

  #forgetCurrent(): void {
    this.#current = undefined;
    this.#abort = undefined;
  }

  #finish(): void {
    this.#busy = true;
    void this.#stopChildren()
      .then(() => this.#behavior.onStop?.(this.#state, this.#context))
      .then(
        () => this.end({ kind: 'normal' }),
        (error: unknown) => this.end({ kind: 'error', error: asError(error) }),
      );
  }

  #stopIsOverdue(afterMs: number): void {
    this.#abort?.abort();
    this.end({ kind: 'hung', afterMs });
  }

  async #stopChildren(): Promise<void> {
    // Last started, first stopped: a later child may lean on an earlier one.
    for (const child of [...this.#children].reverse()) await child.stop(undefined, true);
    this.#children.clear();
  }

  #discardMailbox(): void {
    for (let entry = this.#mailbox.take(); entry !== undefined; entry = this.#mailbox.take())
      if ('type' in entry) this.#host.deadLetter(entry, this.address, 'stopped', this.#endReason);
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** The error of an operation on an actor that takes no messages any more; `reason` is unknown while it is stopping. */
export function stopped(operation: string, address: Address, reason: EndReason | undefined): TroupeError {
  const why = reason === undefined ? 'it is stopping' : describeReason(reason);
  return new TroupeError(
    'TROUPE_ACTOR_STOPPED',
    `${operation}: ${formatAddress(address)} takes no messages any more: ${why}`,
    { cause: reason?.kind === 'error' ? reason.error : undefined },
  );
}

/** What was thrown, as an Error: anything can be thrown. */
export function asError(thrown: unknown): Error {
  return types.isNativeError(thrown)
    ? thrown
    : new Error(`a value that is no Error was thrown: ${String(thrown)}`);
}
