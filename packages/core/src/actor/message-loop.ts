// Has an actor's messages handled: takes one from the mailbox, finds its handler, has it called, takes the next. When it may run,
// and what a failure means, is for the actor's life to say.
import type { Address } from '../address.ts';
import { didYouMean } from '../did-you-mean.ts';
import { surface } from '../guarded.ts';
import { AtHand } from './at-hand.ts';
import type { Behavior, Context, Down } from './behavior.ts';
import { Callbacks, type CallbacksOwner } from './callbacks.ts';
import type { CellHost } from './cell-host.ts';
import { NO_DEADLINE, timeLeft } from './deadline.ts';
import { stopped, streamCut } from './failure.ts';
import { IdleWatch } from './idle-watch.ts';
import { Initialisation } from './initialisation.ts';
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
  /** What the handler that is called just now may do with its message. */
  readonly atHand: AtHand;
  readonly #owner: LoopOwner;
  readonly #behavior: Behavior;
  readonly #mailbox: Mailbox;
  readonly #host: CellHost;
  readonly #idleWatch: IdleWatch | undefined;
  readonly #initialisation: Initialisation;
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
    this.#initialisation = new Initialisation(owner.address, host.clock);
    this.#callbacks = new Callbacks(owner.context, this);
    const { address } = owner;
    this.atHand = new AtHand({ address, clock: host.clock, mailbox, callbacks: () => this.#callbacks });
    this.#idleWatch = this.#watchIdleness();
    this.#handlers = this.#handlersOf(undefined);
  }

  /** Makes a fresh state by `init`, in `timeoutMs`, after `before`; nothing else runs meanwhile. */
  async initialise(args: unknown, timeoutMs?: number, before?: () => Promise<void>): Promise<void> {
    const { address, context } = this.#owner;
    const callbacks = this.#callbacks;
    this.#handlers = this.#handlersOf(undefined);
    this.#streams?.drop(streamCut(address, 'it starts again'));
    await callbacks.exclusively(async () => {
      await before?.();
      // It may have been given up meanwhile.
      if (callbacks.isClosed) throw stopped('start', address, undefined);
      const init = (): unknown => this.#behavior.init?.(context, args);
      callbacks.state = await this.#initialisation.of(init, timeoutMs);
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

  streamed(message: Message, result: unknown, abort: AbortController | undefined, isHeard: boolean): void {
    this.#streams ??= new Streams(this.#owner.address, (stream) => {
      this.#mailbox.notify({ turnOf: stream });
      this.wake();
    });
    if (isHeard) this.#streams.begin(message, result, abort);
    else this.#streams.refuse(message, result, abort, streamCut(this.#owner.address, 'it was cut off'));
    if (this.#owner.isClosing) this.cutStreams('it is stopping');
  }

  /** No stream gives another item; what they have to clean up is done before `onStop`. */
  cutStreams(why: string): void {
    this.#streams?.cut(streamCut(this.#owner.address, why));
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
    this.#initialisation.giveUp(error);
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
