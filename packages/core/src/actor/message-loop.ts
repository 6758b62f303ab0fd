// Has an actor's messages handled: takes one from the mailbox, finds its handler, has it called, takes the next. When it may run,
// and what a failure means, is for the actor's life to say.
import type { Address } from '../address.ts';
import { didYouMean } from '../did-you-mean.ts';
import { surface } from '../guarded.ts';
import type { Destination } from './actor-ref.ts';
import type { Behavior, Context, Down } from './behavior.ts';
import { Callbacks, type CallbacksOwner } from './callbacks.ts';
import type { CellHost } from './cell-host.ts';
import { NO_DEADLINE, timeLeft } from './deadline.ts';
import { stashFull, streamCut } from './failure.ts';
import { IdleWatch } from './idle-watch.ts';
import type { Mailbox } from './mailbox.ts';
import { whyGivenUp } from './asker.ts';
import { IDLE, type Message } from './message.ts';
import type { Runnable } from './run-queue.ts';
import { Streams } from './streams.ts';

/** Whom the loop tells what it does not decide. */
export interface LoopOwner {
  /** Whether messages may be handled now. */
  readonly mayRun: boolean;
  /** It takes no new message. */
  readonly isClosing: boolean;
  readonly address: Address;
  readonly context: Context;
  callbackFailed(error: unknown): void;
  /** The mailbox is empty, and nothing is being handled. */
  ranDry(): void;
}

export class MessageLoop implements Runnable, CallbacksOwner {
  quota = 1;
  allowance = 0;
  allowedIn = -1;
  readonly #owner: LoopOwner;
  readonly #behavior: Behavior;
  readonly #mailbox: Mailbox;
  readonly #host: CellHost;
  readonly #idleWatch: IdleWatch | undefined;
  #callbacks: Callbacks;
  #handlers: Behavior['handlers'];
  #streams: Streams | undefined;
  #isInLine = false;
  #isClosed = false;

  constructor(owner: LoopOwner, behavior: Behavior, mailbox: Mailbox, host: CellHost) {
    this.#owner = owner;
    this.#behavior = behavior;
    this.#mailbox = mailbox;
    this.#host = host;
    this.#callbacks = new Callbacks(owner.context, this);
    this.#idleWatch = this.#watchIdleness();
    this.#handlers = this.#handlersOf(undefined);
  }

  /** Makes a fresh state by `init`, after `before`; nothing else runs meanwhile. */
  async initialise(args: unknown, before?: () => Promise<void>): Promise<void> {
    const callbacks = this.#callbacks;
    this.#handlers = this.#handlersOf(undefined);
    this.#streams?.drop(streamCut(this.#owner.address, 'it starts again'));
    await callbacks.exclusively(async () => {
      await before?.();
      callbacks.state = await this.#behavior.init?.(this.#owner.context, args);
    });
    if (!callbacks.isClosed) this.#idleWatch?.start();
  }

  /** Calls `onStop`; nothing is handled afterwards. */
  async finish(): Promise<void> {
    this.#idleWatch?.stop();
    const callbacks = this.#callbacks;
    await callbacks.exclusively(async () => {
      try {
        await this.#streams?.close(streamCut(this.#owner.address, 'it has stopped'));
      } finally {
        await this.#behavior.onStop?.(callbacks.state, this.#owner.context);
      }
    });
  }

  /** Resolves once no callback runs, never at once; the owner must not let any begin meanwhile. */
  idle(): Promise<void> {
    return this.#callbacks.idle();
  }

  /** A callback does not return: its asker gets `error`, nobody waits for it any more, and another may run beside it. */
  abandon(error: Error): void {
    this.#silence(error);
    this.#callbacks = new Callbacks(this.#owner.context, this);
    this.#handlers = this.#handlersOf(undefined);
  }

  /** Nothing is called any more. Who waits for the message at hand gets `error`: its handler may never return. */
  close(error: Error): void {
    this.#isClosed = true;
    this.#silence(error);
  }

  /** There may be something to do. */
  wake(): void {
    if (this.#isInLine || this.#callbacks.isBusy || this.#isClosed || !this.#owner.mayRun) return;
    this.#isInLine = true;
    this.#host.runQueue.schedule(this);
  }

  run(): boolean {
    // It stays in line while it runs: what is told to it meanwhile is seen here.
    for (let count = 0; count < this.quota; count += 1) {
      if (!this.#mayCall) break;
      const entry = this.#mailbox.take();
      if (entry === undefined) {
        this.#isInLine = false;
        this.#owner.ranDry();
        return false;
      }
      if ('type' in entry) this.#handle(entry);
      else if ('turnOf' in entry) this.#callbacks.turn(entry.turnOf);
      else if ('down' in entry) this.#noticeDown(entry.down);
      else this.#noticeIdle();
    }
    this.#isInLine = this.#mayCall;
    return this.#isInLine;
  }

  /**
   * Handles a message that the event loop brought without a stay in the mailbox, which must be empty. False when it has to
   * wait: something is being handled or stands in line, or the event loop is due.
   */
  handleNow(message: Message): boolean {
    if (this.#isInLine || this.#callbacks.isBusy || this.#callbacks.current !== undefined) return false;
    if (!this.#owner.mayRun || !this.#host.runQueue.admits(this)) return false;
    try {
      this.#handle(message);
    } catch (error) {
      // Not to whoever delivers: it is not the fault of the lane.
      surface(error);
    }
    return true;
  }

  freed(): void {
    this.wake();
  }

  failed(message: Message | undefined, error: unknown, isHeard: boolean): void {
    if (message !== undefined) (message.asker ?? this.#mailbox.withdraw(message))?.reject(error);
    if (!isHeard) return;
    this.#streams?.drop(streamCut(this.#owner.address, 'it failed'));
    this.#owner.callbackFailed(error);
  }

  streamed(message: Message, result: unknown, abort: AbortController | undefined): void {
    this.#streams ??= new Streams(this.#owner.address, (stream) => {
      this.#mailbox.notify({ turnOf: stream });
      this.wake();
    });
    this.#streams.begin(message, result, abort);
    if (this.#owner.isClosing) this.cutStreams('it is stopping');
  }

  /** No stream gives another item; what they have to clean up is done before `onStop`. */
  cutStreams(why: string): void {
    this.#streams?.cut(streamCut(this.#owner.address, why));
  }

  /** Aborted when the asker of the message at hand gives up, or nobody hears the callback any more. */
  currentSignal(): AbortSignal {
    return this.#callbacks.signal();
  }

  /** Whole milliseconds that the asker of the message at hand still waits. */
  timeLeft(): number {
    const deadline = this.#callbacks.current?.asker?.deadline ?? NO_DEADLINE;
    return Math.max(0, timeLeft(deadline, this.#host.clock.now()));
  }

  /** Puts the message at hand aside. */
  stash(): void {
    const message = this.#callbacks.current;
    if (message === undefined)
      throw new TypeError('stash: no message is at hand; only the handler of a message can put it aside');
    if (!this.#mailbox.stash(message))
      throw stashFull(this.#owner.address, message.type, this.#mailbox.stashed);
  }

  /** Sends the message at hand on, or with `type` another in its place; its asker waits for the answer to that. */
  forward(to: Destination, type: string | undefined, payload: unknown): void {
    const message = this.#callbacks.current;
    if (message === undefined)
      throw new TypeError('forward: no message is at hand; only the handler of a message can forward it');
    const { asker } = message;
    const heir = asker?.handOn === undefined ? asker : asker.handOn();
    // From now on whoever answers hears of it, not this handler.
    if (heir !== undefined) heir.onAbandon = undefined;
    if (heir === asker) message.asker = undefined;
    try {
      if (type === undefined) to.send(message.type, message.payload, heir);
      else to.send(type, payload, heir);
    } catch (error) {
      message.asker = asker;
      throw error;
    }
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

  get #mayCall(): boolean {
    return !this.#callbacks.isBusy && !this.#isClosed && this.#owner.mayRun;
  }

  #silence(error: Error): void {
    this.#idleWatch?.stop();
    this.#streams?.drop(error);
    this.#callbacks.current?.asker?.reject(error);
    this.#callbacks.close();
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
      isBusy: () => this.#callbacks.isBusy,
      returned: () => this.idle(),
      onDue: () => {
        this.#mailbox.notify(IDLE);
        this.wake();
      },
    });
  }

  #noticeDown(down: Down): void {
    if (this.#behavior.onDown !== undefined) this.#callbacks.call(this.#behavior.onDown, down, undefined);
  }

  #noticeIdle(): void {
    const { onIdle } = this.#behavior;
    if (onIdle === undefined || this.#idleWatch?.isDue !== true) return;
    this.#callbacks.call((state, _notice, context) => onIdle(state, context), undefined, undefined);
  }

  #handle(message: Message): void {
    const { asker } = message;
    if (asker?.abandoned === true) {
      this.#host.deadLetter(message, this.#owner.address, whyGivenUp(asker, this.#host.clock));
      return;
    }
    if (message.expires !== NO_DEADLINE && timeLeft(message.expires, this.#host.clock.now()) <= 0) {
      this.#host.deadLetter(message, this.#owner.address, 'expired');
      return;
    }
    const handler = this.#handlers[message.type];
    if (handler === undefined) {
      this.#host.deadLetter(message, this.#owner.address, 'no-handler');
      return;
    }
    message.origin.settle('delivered', 1, message.bytes, message.prompt);
    this.#callbacks.call(handler, message.payload, message);
  }
}
