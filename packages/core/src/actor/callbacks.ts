// Calls the callbacks of one actor, one at a time, and waits for the promise that one returns. It keeps the actor's state and the
// message at hand; which callback is next is for the loop to say.
import type { Context } from './behavior.ts';
import { isPromise } from './is-promise.ts';
import type { Message } from './message.ts';
import { isStream, type Stream } from './stream.ts';

type Callback<T> = (state: unknown, argument: T, context: Context) => unknown;

/** Whom it tells how a callback ended. */
export interface CallbacksOwner {
  /**
   * The handler of `message` returned a stream, or something else to one that asked for a stream. Unless `isHeard` nobody wants it.
   */
  streamed(message: Message, result: unknown, abort: AbortController | undefined, isHeard: boolean): void;
  /** A promise has come to its end: another callback may run. */
  freed(): void;
  /**
   * A callback threw or rejected; `message` is what it was called for. Unless `isHeard` that is nobody's concern but the asker's.
   */
  failed(message: Message | undefined, error: unknown, isHeard: boolean): void;
}

export class Callbacks {
  /** What `init` made. */
  state: unknown;
  readonly #context: Context;
  readonly #owner: CallbacksOwner;
  #isBusy = false;
  #isClosed = false;
  #current: Message | undefined;
  #abort: AbortController | undefined;
  #idleWaiters: (() => void)[] | undefined;

  constructor(context: Context, owner: CallbacksOwner) {
    this.#context = context;
    this.#owner = owner;
  }

  /** A callback's promise is pending: nothing else may run. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The message at hand. */
  get current(): Message | undefined {
    return this.#current;
  }

  call<T>(callback: Callback<T>, argument: T, message: Message | undefined): void {
    this.#current = message;
    let result: unknown;
    try {
      result = callback(this.state, argument, this.#context);
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
        this.#wakeIdleWaiters();
        if (!this.#isClosed) this.#owner.freed();
      },
      (error: unknown) => {
        this.#isBusy = false;
        this.#failed(message, error);
        this.#wakeIdleWaiters();
      },
    );
  }

  /** Calls what is no handler of a message; nothing else runs meanwhile, and what it throws is the caller's. */
  async exclusively(callback: () => Promise<void>): Promise<void> {
    this.#isBusy = true;
    try {
      await callback();
    } finally {
      this.#isBusy = false;
      this.#wakeIdleWaiters();
    }
  }

  /** Resolves once no callback runs, never at once; nobody must let any begin meanwhile. */
  async idle(): Promise<void> {
    // Who asks may be called by a callback that has not yet returned its promise.
    await Promise.resolve();
    if (this.#isBusy) await new Promise<void>((resolve) => (this.#idleWaiters ??= []).push(resolve));
  }

  /** Aborted when the asker of the message at hand gives up, or nobody hears the callback any more. */
  signal(): AbortSignal {
    if (this.#abort === undefined) {
      const controller = (this.#abort = new AbortController());
      const asker = this.#current?.asker;
      if (asker?.abandoned === true) controller.abort();
      else if (asker !== undefined) asker.onAbandon = () => controller.abort();
    }
    return this.#abort.signal;
  }

  /** Forgets the state, and aborts the message at hand: its handler may never return, and is not heard if it does. */
  close(): void {
    this.#isClosed = true;
    this.#abort?.abort();
    this.state = undefined;
  }

  /** Lets a stream take its turn. */
  turn(stream: Stream): void {
    this.#abort = stream.abort;
    this.call(stream.turn, undefined, undefined);
  }

  #succeeded(message: Message | undefined, result: unknown): void {
    const abort = this.#abort;
    this.#current = this.#abort = undefined;
    if (message === undefined) return;
    if (isStream(result) || message.asker?.wants === 'items')
      this.#owner.streamed(message, result, abort, !this.#isClosed);
    else message.asker?.resolve(result);
  }

  #failed(message: Message | undefined, error: unknown): void {
    this.#current = this.#abort = undefined;
    this.#owner.failed(message, error, !this.#isClosed);
  }

  #wakeIdleWaiters(): void {
    if (this.#idleWaiters === undefined) return;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }
}
