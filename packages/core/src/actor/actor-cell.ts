// The life of one actor of this event loop: starting, running, failed, stopping, ended. Its messages are called by a
// `MessageLoop`; it decides nothing about restarts, and knows no other process.
import type { Address } from '../address.ts';
import type { Timer } from '../clock.ts';
import { ActorContext, type ContextServices } from './actor-context.ts';
import type { Destination } from './actor-ref.ts';
import type { Behavior, Context, Down } from './behavior.ts';
import type { CellHost, CellKeeper } from './cell-host.ts';
import type { EndReason } from './end-reason.ts';
import { asError, stopped } from './failure.ts';
import { Mailbox, type MailboxLimits } from './mailbox.ts';
import { MessageLoop, type LoopOwner } from './message-loop.ts';
import type { Message } from './message.ts';
import { PendingAsk } from './pending-ask.ts';

type Status = 'starting' | 'running' | 'failed' | 'stopping' | 'ended';

export class ActorCell implements Destination, LoopOwner {
  readonly address: Address;
  readonly context: Context;
  readonly #host: CellHost;
  readonly #keeper: CellKeeper;
  readonly #args: unknown;
  readonly #mailbox: Mailbox;
  readonly #loop: MessageLoop;
  readonly #children = new Set<Destination>();
  readonly #endWaiters: (() => void)[] = [];
  onRunning: (() => void) | undefined;
  #status: Status = 'starting';
  #stopTimer: Timer | undefined;
  #endReason: EndReason | undefined;
  #ending: Promise<void> | undefined;

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
    this.#args = args;
    this.#host = host;
    this.#keeper = keeper;
    this.#mailbox = new Mailbox(limits);
    this.#loop = new MessageLoop(this, behavior, this.#mailbox, host);
    this.context = new ActorContext(services(this), {
      currentSignal: () => this.#loop.currentSignal(),
      stop: () => this.stop(undefined, true),
    });
  }

  /** One word for people. */
  get state(): Status {
    return this.#status;
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

  /** Ends the actor; never rejects. */
  stop(timeoutMs = this.#host.stopTimeoutMs, drain: boolean): Promise<void> {
    if (this.#status === 'ended') return this.#ending ?? Promise.resolve();
    const ended = new Promise<void>((resolve) => this.#endWaiters.push(resolve));
    const hasFailed = this.#status === 'failed';
    this.#status = 'stopping';
    this.#mailbox.gauge.release();
    this.#stopTimer ??= this.#host.clock.after(timeoutMs, () =>
      this.end({ kind: 'hung', afterMs: timeoutMs }),
    );
    if (!drain || hasFailed) this.#discardMailbox();
    if (hasFailed) this.end({ kind: 'normal' });
    else this.#loop.wake();
    return ended;
  }

  /** Fresh state from `init`; what is in the mailbox stays. Only after the keeper was told `failed`. */
  restart(): void {
    if (this.#status !== 'failed') return;
    this.#status = 'starting';
    this.#initialise(() => this.#stopChildren()).catch((error: unknown) => this.callbackFailed(error));
  }

  /** Ends at once, without `onStop`: what waits becomes dead letters. */
  end(reason: EndReason): void {
    void this.#endAndWait(reason);
  }

  /** A child was started. False when this actor has ended meanwhile, and nobody would stop it. */
  addChild(child: Destination): boolean {
    if (this.#status === 'ended') return false;
    this.#children.add(child);
    return true;
  }

  removeChild(child: Destination): void {
    this.#children.delete(child);
  }

  callbackFailed(error: unknown): void {
    if (this.#status === 'ended') return;
    if (this.#status === 'stopping') {
      this.end({ kind: 'error', error: asError(error) });
      return;
    }
    this.#status = 'failed';
    this.#keeper.failed(error);
  }

  ranDry(): void {
    if (this.#status !== 'stopping') return;
    void this.#stopChildren()
      .then(() => this.#loop.finish())
      .then(
        () => this.end({ kind: 'normal' }),
        (error: unknown) => this.end({ kind: 'error', error: asError(error) }),
      );
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
    // It may have been stopped, or ended, while `init` ran.
    if (this.#status === 'starting') this.#status = 'running';
    this.#loop.wake();
    this.onRunning?.();
  }

  #endAndWait(reason: EndReason): Promise<void> {
    if (this.#status === 'ended') return this.#ending ?? Promise.resolve();
    this.#status = 'ended';
    this.#endReason = reason;
    this.#stopTimer?.cancel();
    // The asker need not wait for a handler that may never return.
    this.#loop.current?.asker?.reject(stopped('ask', this.address, reason));
    this.#loop.close();
    this.#discardMailbox();
    this.#mailbox.gauge.release();
    this.#ending = this.#stopChildren().then(() => {
      this.#keeper.ended(reason);
      for (const wake of this.#endWaiters) wake();
    });
    return this.#ending;
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
