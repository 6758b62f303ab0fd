// Calls an actor's callbacks, one at a time: takes a message from the mailbox, calls its handler, waits for its promise, answers
// the asker, takes the next. When it may run, and what a failure means, is the cell's to say.
import type { Address } from '../address.ts';
import type { Behavior, Context, Down } from './behavior.ts';
import type { CellHost } from './cell-host.ts';
import { stashFull } from './failure.ts';
import { didYouMean } from '../did-you-mean.ts';
import { surface } from '../guarded.ts';
import { IdleWatch } from './idle-watch.ts';
import type { Mailbox } from './mailbox.ts';
import { IDLE, type Message } from './message.ts';
import type { Runnable } from './run-queue.ts';

/** Whom the loop tells what its cell must decide. */
export interface LoopOwner {
  /** Whether messages may be handled now. */
  readonly mayRun: boolean;
  readonly address: Address;
  readonly context: Context;
  callbackFailed(error: unknown): void;
  /** The mailbox is empty, and nothing is being handled. */
  ranDry(): void;
}

export class MessageLoop implements Runnable {
  quota = 1;
  allowance = 0;
  allowedIn = -1;
  readonly #owner: LoopOwner;
  readonly #behavior: Behavior;
  readonly #mailbox: Mailbox;
  readonly #host: CellHost;
  readonly #idleWatch: IdleWatch | undefined;
  #handlers: Behavior['handlers'];
  #state: unknown;
  // A callback's promise is pending: nothing else may run.
  #isBusy = false;
  #isInLine = false;
  #current: Message | undefined;
  #abort: AbortController | undefined;
  readonly #idleWaiters: (() => void)[] = [];
  #isClosed = false;

  constructor(owner: LoopOwner, behavior: Behavior, mailbox: Mailbox, host: CellHost) {
    this.#owner = owner;
    this.#behavior = behavior;
    this.#mailbox = mailbox;
    this.#host = host;
    this.#idleWatch = this.#watchIdleness();
    this.#handlers = this.#handlersOf(undefined);
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** The message at hand. */
  get current(): Message | undefined {
    return this.#current;
  }

  /** Makes a fresh state by `init`, after `before`; nothing else runs meanwhile. */
  async initialise(args: unknown, before?: () => Promise<void>): Promise<void> {
    await this.#exclusively(async () => {
      await before?.();
      this.#handlers = this.#handlersOf(undefined);
      this.#state = await this.#behavior.init?.(this.#owner.context, args);
    });
    if (!this.#isClosed) this.#idleWatch?.start();
  }

  /** Calls `onStop`; nothing is handled afterwards. */
  async finish(): Promise<void> {
    this.#idleWatch?.stop();
    await this.#exclusively(async () => this.#behavior.onStop?.(this.#state, this.#owner.context));
  }

  /** Resolves once no callback runs, never at once; the owner must not let any begin meanwhile. */
  async idle(): Promise<void> {
    // Who asks may be called by a callback that has not yet returned its promise.
    await Promise.resolve();
    if (this.#isBusy) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Forgets the state, and aborts the message at hand: its handler may never return, and is not heard if it does. */
  close(): void {
    this.#isClosed = true;
    this.#idleWatch?.stop();
    this.#abort?.abort();
    this.#state = undefined;
  }

  /** There may be something to do. */
  wake(): void {
    if (this.#isInLine || this.#isBusy || this.#isClosed || !this.#owner.mayRun) return;
    this.#isInLine = true;
    this.#host.runQueue.schedule(this);
  }

  run(): boolean {
    // It stays in line while it runs: what is told to it meanwhile is seen here.
    for (let count = 0; count < this.quota; count += 1) {
      if (this.#isBusy || this.#isClosed || !this.#owner.mayRun) break;
      const entry = this.#mailbox.take();
      if (entry === undefined) {
        this.#isInLine = false;
        this.#owner.ranDry();
        return false;
      }
      if ('type' in entry) this.#handle(entry);
      else if ('down' in entry) this.#noticeDown(entry.down);
      else this.#noticeIdle();
    }
    this.#isInLine = !this.#isBusy && !this.#isClosed && this.#owner.mayRun;
    return this.#isInLine;
  }

  /**
   * Handles a message that the event loop brought without a stay in the mailbox, which must be empty. False when it has to
   * wait: something is being handled or stands in line, or the event loop is due.
   */
  handleNow(message: Message): boolean {
    if (this.#isInLine || this.#isBusy || this.#current !== undefined) return false;
    if (!this.#owner.mayRun || !this.#host.runQueue.admits(this)) return false;
    try {
      this.#handle(message);
    } catch (error) {
      // Not to whoever delivers: it is not the fault of the lane.
      surface(error);
    }
    return true;
  }

  /** Aborted when the asker of the message at hand gives up, or the loop is closed. */
  currentSignal(): AbortSignal {
    if (this.#abort === undefined) {
      const controller = (this.#abort = new AbortController());
      const asker = this.#current?.asker;
      if (asker?.abandoned === true) controller.abort();
      else if (asker !== undefined) asker.onAbandon = () => controller.abort();
    }
    return this.#abort.signal;
  }

  /** Puts the message at hand aside. */
  stash(): void {
    const message = this.#current;
    if (message === undefined)
      throw new TypeError('stash: no message is at hand; only the handler of a message can put it aside');
    if (!this.#mailbox.stash(message))
      throw stashFull(this.#owner.address, message.type, this.#mailbox.stashed);
  }

  /** What was put aside is next. */
  unstash(): void {
    this.#mailbox.unstash();
    this.wake();
  }

  /** Which handlers count from the next message on; undefined: those outside all modes. */
  become(mode: string | undefined): void {
    this.#handlers = this.#handlersOf(mode);
  }

  #handlersOf(mode: string | undefined): Behavior['handlers'] {
    const { handlers, modes = {} } = this.#behavior;
    const chosen = mode === undefined ? handlers : Object.hasOwn(modes, mode) ? modes[mode] : undefined;
    if (chosen === undefined)
      throw new TypeError(
        `become: the actor has no mode '${String(mode)}'.${didYouMean(String(mode), Object.keys(modes))}`,
      );
    return this.#idleWatch?.watch(chosen) ?? chosen;
  }

  #watchIdleness(): IdleWatch | undefined {
    const { idleTimeoutMs } = this.#behavior;
    if (idleTimeoutMs === undefined) return undefined;
    return new IdleWatch({
      clock: this.#host.clock,
      timeoutMs: idleTimeoutMs,
      isBusy: () => this.#isBusy,
      returned: () => this.idle(),
      onDue: () => {
        this.#mailbox.notify(IDLE);
        this.wake();
      },
    });
  }

  #noticeDown(down: Down): void {
    if (this.#behavior.onDown !== undefined) this.#call(this.#behavior.onDown, down, undefined);
  }

  #noticeIdle(): void {
    const { onIdle } = this.#behavior;
    if (onIdle === undefined || this.#idleWatch?.isDue !== true) return;
    this.#call((state, _notice, context) => onIdle(state, context), undefined, undefined);
  }

  #handle(message: Message): void {
    if (message.asker?.abandoned === true) {
      this.#host.deadLetter(message, this.#owner.address, 'abandoned');
      return;
    }
    const handler = this.#handlers[message.type];
    if (handler === undefined) {
      this.#host.deadLetter(message, this.#owner.address, 'no-handler');
      return;
    }
    message.origin.settle('delivered', 1, message.bytes, message.prompt);
    this.#current = message;
    this.#call(handler, message.payload, message);
  }

  #call<T>(
    callback: (state: unknown, argument: T, context: Context) => unknown,
    argument: T,
    message: Message | undefined,
  ): void {
    let result: unknown;
    try {
      result = callback(this.#state, argument, this.#owner.context);
    } catch (error) {
      this.#failed(message, error);
      return;
    }
    if (!isPromise(result)) {
      this.#succeeded(message, result);
      return;
    }
    this.#isBusy = true;
    result.then(
      (value) => {
        this.#isBusy = false;
        this.#succeeded(message, value);
        this.#freed();
        this.wake();
      },
      (error: unknown) => {
        this.#isBusy = false;
        this.#failed(message, error);
        this.#freed();
      },
    );
  }

  #succeeded(message: Message | undefined, result: unknown): void {
    this.#current = this.#abort = undefined;
    message?.asker?.resolve(result);
  }

  #failed(message: Message | undefined, error: unknown): void {
    this.#current = this.#abort = undefined;
    if (message !== undefined) (message.asker ?? this.#mailbox.withdraw(message))?.reject(error);
    if (!this.#isClosed) this.#owner.callbackFailed(error);
  }

  #freed(): void {
    if (this.#idleWaiters.length > 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  async #exclusively(callback: () => Promise<unknown>): Promise<void> {
    this.#isBusy = true;
    try {
      await callback();
    } finally {
      this.#isBusy = false;
      this.#freed();
    }
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
