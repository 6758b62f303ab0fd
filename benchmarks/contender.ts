// What is compared: a way for two real processes to talk, used as its own documentation would have it. The near process, where
// the clock runs, holds a conversation; the far one counts what it handles.

/** What a message says besides its type: a number, and 64 characters of text or 64 KiB of bytes. */
export interface Item {
  readonly id: number;
  readonly payload: string | Buffer;
}

/** What the far process has handled since it was last asked. */
export interface Handled {
  readonly count: number;
  /** Sum of the lengths of the payloads, in characters or bytes. */
  readonly length: number;
  /** Sum of the ids. */
  readonly ids: number;
}

/** The near end of a conversation; messages arrive in the order they were sent. */
export interface Conversation {
  /** Sends the item and resolves with what came back: the item, by way of the far process. */
  echo(item: Item): Promise<Item>;
  /** Sends the item, which nobody answers. False: `ready()` has to be awaited before the next. */
  tell(item: Item): boolean;
  ready(): Promise<void>;
  /** What was handled, once all that was told before has been. */
  handled(): Promise<Handled>;
  close(): Promise<void>;
}

export interface Contender {
  readonly name: string;
  /** What stands behind the name, for the reader of the table. */
  readonly description: string;
  /** Whether it is Troupe, or something Troupe is compared with. */
  readonly kind: 'troupe' | 'reference';
  /** Starts the far process. */
  open(): Promise<Conversation>;
}

/** Counts in the far process. */
export class Tally {
  #count = 0;
  #length = 0;
  #ids = 0;

  add(item: Item): void {
    this.#count += 1;
    this.#length += item.payload.length;
    this.#ids += item.id;
  }

  /** The counts so far; they begin anew. */
  take(): Handled {
    const handled = { count: this.#count, length: this.#length, ids: this.#ids };
    this.#count = this.#length = this.#ids = 0;
    return handled;
  }
}
