// A stream as the actor makes it: the generator that a handler returned, which takes a step whenever it is its turn and somebody
// wants an item. When turns come, and what a failure means, is for the loop to say.
import { isStreamAsker, type Asker, type StreamAsker } from './asker.ts';
import { isPromise } from './is-promise.ts';

/** What a handler returned, to be asked for its items. */
export interface Items {
  next(): unknown;
  return?(): unknown;
  throw?(error: unknown): unknown;
}

/** What a stream needs of the loop. */
export interface StreamOwner {
  /** The stream wants a turn. */
  schedule(stream: Stream): void;
  ended(stream: Stream): void;
}

/** Whether a handler's result is a stream: a generator, or anything that can be iterated asynchronously. */
export function isStream(result: unknown): result is AsyncIterable<unknown> | Items {
  if (typeof result !== 'object' || result === null) return false;
  // Arrays and maps can be iterated too, but are values; what has a `next` besides is on its way.
  return Symbol.asyncIterator in result || (Symbol.iterator in result && 'next' in result);
}

export function itemsOf(stream: AsyncIterable<unknown> | Items): Items {
  return Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream;
}

export class Stream {
  /** Aborted when nobody wants the items any more. */
  readonly abort: AbortController;
  readonly #items: Items;
  readonly #asker: Asker | undefined;
  readonly #owner: StreamOwner;
  readonly #reader: StreamAsker | undefined;
  // Items that are wanted; nobody counts those of a stream that was told.
  #granted = Infinity;
  #isScheduled = false;
  #isInTurn = false;
  // Nobody wants the rest: its next turn is its last. With an error: the item that was refused for it.
  #isClosing = false;
  #refusal: { readonly error: unknown } | undefined;
  #hasEnded = false;

  /** `asker` is told of the end, and of the items when it asked for them. */
  constructor(items: Items, asker: Asker | undefined, abort: AbortController, owner: StreamOwner) {
    this.#items = items;
    this.#asker = asker;
    this.abort = abort;
    this.#owner = owner;
    this.#reader = asker !== undefined && isStreamAsker(asker) ? asker : undefined;
  }

  begin(): void {
    const reader = this.#reader;
    if (reader !== undefined) {
      this.#granted = reader.window;
      reader.onGrant = (count) => {
        this.#granted += count;
        this.#schedule();
      };
    }
    const asker = this.#asker;
    if (asker !== undefined) {
      asker.onAbandon = () => this.#close();
      if (asker.abandoned) this.#isClosing = true;
    }
    this.#schedule();
  }

  /** One step, or the last. Throws, or rejects, when the actor is to fail. */
  readonly turn = (): unknown => {
    this.#isScheduled = false;
    if (this.#hasEnded) return undefined;
    this.#isInTurn = true;
    const goOn = this.#isClosing ? this.#done : this.#stepped;
    try {
      const result = this.#isClosing ? this.#leave() : this.#items.next();
      const outcome = isPromise(result) ? result.then(goOn) : goOn(result);
      return isPromise(outcome) ? outcome.then(undefined, this.#failed) : outcome;
    } catch (error) {
      return this.#failed(error);
    }
  };

  /** Gives no other item: the asker gets `error`, and the next turn is the last. */
  cut(error: Error): void {
    if (this.#hasEnded) return;
    this.#asker?.reject(error);
    this.#close();
  }

  /** Lets the generator clean up, not as a turn. Rejects with what it throws. */
  async leave(): Promise<void> {
    if (this.#hasEnded) return;
    this.#end();
    await this.#items.return?.();
  }

  /** Ends it whether or not a turn is taken just now. What the generator still does is nobody's concern. */
  drop(error: Error): void {
    this.cut(error);
    this.leave().catch(() => undefined);
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isInTurn || this.#hasEnded) return;
    if (this.#granted <= 0 && !this.#isClosing) return;
    this.#isScheduled = true;
    this.#owner.schedule(this);
  }

  #close(refusal?: { readonly error: unknown }): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#refusal = refusal;
    this.abort.abort();
    this.#schedule();
  }

  #leave(): unknown {
    const refusal = this.#refusal;
    if (refusal === undefined || this.#items.throw === undefined) return this.#items.return?.();
    return this.#throw(refusal.error);
  }

  /** The generator hears why its item was refused; that it passes this on is no failure. */
  async #throw(refusal: unknown): Promise<void> {
    try {
      await this.#items.throw?.(refusal);
    } catch (error) {
      if (error !== refusal) throw error;
      return;
    }
    await this.#items.return?.();
  }

  readonly #stepped = (result: unknown): unknown => {
    const { done, value } = result as { readonly done?: boolean; readonly value: unknown };
    if (done !== true && isPromise(value)) return value.then(this.#give);
    if (done === true) this.#done();
    else this.#give(value);
    return undefined;
  };

  // Told also to one who has given up: he may count who is busy.
  readonly #done = (): void => {
    this.#end();
    this.#asker?.resolve(undefined);
  };

  readonly #give = (value: unknown): void => {
    this.#isInTurn = false;
    // What nobody wants any more is not given to anybody.
    if (!this.#isClosing) {
      this.#granted -= 1;
      try {
        this.#reader?.item(value);
      } catch (error) {
        this.#reader?.reject(error);
        this.#close({ error });
      }
    }
    this.#schedule();
  };

  readonly #failed = (error: unknown): never => {
    this.#end();
    this.#asker?.reject(error);
    throw error;
  };

  #end(): void {
    this.#hasEnded = true;
    this.#isInTurn = false;
    if (this.#reader !== undefined) this.#reader.onGrant = undefined;
    this.#owner.ended(this);
  }
}
