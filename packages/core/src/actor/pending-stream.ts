// A stream as whoever asked for it reads it: what has come waits here, at most as much as was granted, and more is granted as it
// is taken. Nothing is sent before the first `next()`.
import Denque from 'denque';
import type { Askable } from './askable.ts';
import type { StreamAsker } from './asker.ts';
import { deadlineAfter, NO_DEADLINE } from './deadline.ts';
import { Expiring } from './deadlines.ts';
import { streamAborted, streamLate } from './failure.ts';

/** The items that an actor answers with, for `for await`. Whoever leaves the loop, or calls `return()`, ends the stream. */
export interface ItemStream<Item> extends AsyncIterable<Item>, AsyncDisposable {
  next(): Promise<IteratorResult<Item, undefined>>;
  /** Ends the stream; what has come and was not taken is gone. */
  return(): Promise<IteratorResult<Item, undefined>>;
}

/** What is asked for, resolved. */
export interface StreamRequest {
  readonly type: string;
  readonly payload: unknown;
  readonly window: number;
  /** How long an item may take. */
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

type Result = IteratorResult<unknown, undefined>;

interface Waiter {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

const DONE: Result = { done: true, value: undefined };

export class PendingStream implements StreamAsker, ItemStream<unknown> {
  readonly wants = 'items';
  readonly window: number;
  deadline = NO_DEADLINE;
  abandoned = false;
  onAbandon: (() => void) | undefined;
  onGrant: ((count: number) => void) | undefined;
  readonly #to: Askable;
  readonly #request: StreamRequest;
  readonly #timeoutMs: number;
  readonly #items = new Denque<{ readonly value: unknown }>();
  readonly #waiting = new Denque<Waiter>();
  readonly #lateness = new Lateness(() =>
    this.#giveUp({ error: streamLate(this.#request.type, this.#to.address, this.#timeoutMs) }),
  );
  #hasBegun = false;
  #hasEnded = false;
  // What the stream ended with, until somebody has heard of it.
  #error: { readonly error: unknown } | undefined;
  // Items that may still come.
  #granted: number;
  // Items that were taken since more were granted.
  #taken = 0;
  #onAbort: (() => void) | undefined;

  constructor(to: Askable, request: StreamRequest) {
    this.#to = to;
    this.#request = request;
    this.#timeoutMs = request.timeoutMs ?? to.patience.askTimeoutMs;
    this.window = this.#granted = request.window;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  next(): Promise<Result> {
    const item = this.#items.shift();
    if (item !== undefined) {
      this.#take();
      return Promise.resolve({ done: false, value: item.value });
    }
    if (this.#hasEnded) return this.#end();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (this.#waiting.length > 1) return;
      const now = this.#to.patience.deadlines.add(this.#lateness, this.#timeoutMs);
      if (!this.#hasBegun) this.#begin(deadlineAfter(this.#timeoutMs, now));
    });
  }

  return(): Promise<Result> {
    this.#giveUp(undefined);
    return Promise.resolve(DONE);
  }

  item(value: unknown): boolean {
    if (this.#granted <= 0) return false;
    this.#granted -= 1;
    if (this.#hasEnded) return true;
    const waiter = this.#waiting.shift();
    if (waiter === undefined) {
      this.#items.push({ value });
      return true;
    }
    const { deadlines } = this.#to.patience;
    deadlines.remove(this.#lateness);
    if (!this.#waiting.isEmpty()) deadlines.add(this.#lateness, this.#timeoutMs);
    waiter.resolve({ done: false, value });
    this.#take();
    return true;
  }

  resolve(): void {
    this.#close(undefined);
  }

  reject(error: unknown): void {
    this.#close({ error });
  }

  #begin(deadline: number): void {
    const { type, payload, signal } = this.#request;
    this.#hasBegun = true;
    this.deadline = deadline;
    if (signal !== undefined) {
      this.#onAbort = () => this.#giveUp({ error: streamAborted(type, this.#to.address, signal.reason) });
      signal.addEventListener('abort', this.#onAbort);
      if (signal.aborted) this.#onAbort();
    }
    if (this.#hasEnded) return;
    try {
      this.#to.send(type, payload, this);
    } catch (error) {
      this.reject(error);
    }
  }

  // In halves of the window: one grant for many items, and the other side need not pause.
  #take(): void {
    this.#taken += 1;
    if (this.#hasEnded || this.#taken * 2 < this.window) return;
    const count = this.#taken;
    this.#taken = 0;
    this.#granted += count;
    this.onGrant?.(count);
  }

  #giveUp(error: { readonly error: unknown } | undefined): void {
    if (this.#hasEnded) return;
    this.abandoned = true;
    this.#items.clear();
    this.#close(error);
    if (this.#hasBegun) this.onAbandon?.();
  }

  #close(error: { readonly error: unknown } | undefined): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#error = error;
    this.#to.patience.deadlines.remove(this.#lateness);
    if (this.#onAbort !== undefined) this.#request.signal?.removeEventListener('abort', this.#onAbort);
    for (let waiter = this.#waiting.shift(); waiter !== undefined; waiter = this.#waiting.shift())
      this.#end().then(waiter.resolve, waiter.reject);
  }

  #end(): Promise<Result> {
    const error = this.#error;
    this.#error = undefined;
    // What the stream ended with is passed on as it is, whatever was thrown.
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    return error === undefined ? Promise.resolve(DONE) : Promise.reject(error.error);
  }
}

/** The deadline of the item that is waited for. */
class Lateness extends Expiring {
  readonly expire: () => void;

  constructor(expire: () => void) {
    super();
    this.expire = expire;
  }
}
