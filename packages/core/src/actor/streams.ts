// The streams that one actor has under way: how they begin, take turns with its messages, and end with it.
import type { Address } from '../address.ts';
import { wrongAnswer } from './failure.ts';
import type { Message } from './message.ts';
import { isStream, itemsOf, Stream, type StreamOwner } from './stream.ts';

export class Streams implements StreamOwner {
  readonly #address: Address;
  readonly #streams = new Set<Stream>();
  /** Gives a stream a turn, behind what waits for the actor. */
  readonly schedule: (stream: Stream) => void;

  constructor(address: Address, schedule: (stream: Stream) => void) {
    this.#address = address;
    this.schedule = schedule;
  }

  /** `result` is what the handler of `message` returned; `abort` what its `context.signal` was made of. */
  begin(message: Message, result: unknown, abort: AbortController | undefined): void {
    const { asker, type } = message;
    if (!isStream(result)) {
      asker?.reject(wrongAnswer(type, this.#address, false));
      return;
    }
    const stream = new Stream(itemsOf(result), asker, abort ?? new AbortController(), this);
    this.#streams.add(stream);
    if (asker?.wants !== 'answer') stream.begin();
    // It was never asked for an item, but may have something to clean up all the same.
    else stream.drop(wrongAnswer(type, this.#address, true));
  }

  /** As `begin`, but nobody gets an item of it: it only cleans up. */
  refuse(message: Message, result: unknown, abort: AbortController | undefined, error: Error): void {
    const { asker } = message;
    if (!isStream(result)) asker?.reject(error);
    else new Stream(itemsOf(result), asker, abort ?? new AbortController(), this).drop(error);
  }

  ended(stream: Stream): void {
    this.#streams.delete(stream);
  }

  /** Nobody gets another item of any: readers get `error`, and the next turn of each is its last. */
  cut(error: Error): void {
    for (const stream of this.#streams) stream.cut(error);
  }

  /** Ends all of them, one after the other. Rejects, when it is done, with the first error of a generator that cleaned up. */
  async close(error: Error): Promise<void> {
    this.cut(error);
    const errors: unknown[] = [];
    for (const stream of this.#streams) await stream.leave().catch((thrown: unknown) => errors.push(thrown));
    if (errors.length > 0) throw errors[0];
  }

  /** Ends all of them at once. What their generators still do is nobody's concern. */
  drop(error: Error): void {
    for (const stream of this.#streams) stream.drop(error);
  }
}
