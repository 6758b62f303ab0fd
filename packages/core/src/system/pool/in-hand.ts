// Who stands where the asker of a message stood while a member of a pool has it in hand: the pool wants to know when that has
// done with it, whoever waits for the answer.
import { handOn, isStreamAsker, type Asker, type StreamAsker } from '../../actor/asker.ts';
import { NO_DEADLINE } from '../../actor/deadline.ts';

/** `done` is called once: when the handler has returned, handed the message on, or put it aside. */
export function inHand(asker: Asker | undefined, done: () => void): Asker {
  return asker !== undefined && isStreamAsker(asker)
    ? new StreamInHand(asker, done)
    : new InHand(asker, done);
}

class InHand implements Asker {
  // Whoever gave up has not made the member idle.
  readonly heedsLateAnswer = true;
  onAbandon: (() => void) | undefined;
  // Nobody any more once the message has gone on.
  #asker: Asker | undefined;
  #done: (() => void) | undefined;

  constructor(asker: Asker | undefined, done: () => void) {
    this.#asker = asker;
    this.#done = done;
    if (asker !== undefined) asker.onAbandon = () => this.onAbandon?.();
  }

  get wants(): Asker['wants'] {
    return this.#asker?.wants ?? 'nothing';
  }

  get abandoned(): boolean {
    return this.#asker?.abandoned ?? false;
  }

  get deadline(): number {
    return this.#asker?.deadline ?? NO_DEADLINE;
  }

  resolve(value: unknown): void {
    this.#asker?.resolve(value);
    this.#hasDone();
  }

  reject(error: unknown): void {
    this.#asker?.reject(error);
    this.#hasDone();
  }

  handOn(send: (heir: Asker | undefined) => void): undefined {
    handOn(this.#asker, send);
    this.#leave();
  }

  putAside(): Asker | undefined {
    const asker = this.#asker;
    this.#leave();
    return asker;
  }

  // The member has done with the message, wherever it goes now.
  #leave(): void {
    this.#asker = undefined;
    this.#hasDone();
  }

  #hasDone(): void {
    const done = this.#done;
    this.#done = undefined;
    done?.();
  }
}

/** The same for one who waits for a stream: the member is busy until that has ended. */
class StreamInHand extends InHand implements StreamAsker {
  readonly #reader: StreamAsker;

  constructor(reader: StreamAsker, done: () => void) {
    super(reader, done);
    this.#reader = reader;
  }

  override get wants(): 'items' {
    return 'items';
  }

  get window(): number {
    return this.#reader.window;
  }

  item(value: unknown): boolean {
    return this.#reader.item(value);
  }

  set onGrant(granted: ((count: number) => void) | undefined) {
    this.#reader.onGrant = granted;
  }

  get onGrant(): ((count: number) => void) | undefined {
    return this.#reader.onGrant;
  }
}
