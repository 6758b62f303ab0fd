// The asks that left this node for one other and have not come to their end: by their numbers answers and items find who waits
// for them. Who has given up is forgotten here, and the other node is told.
import { isStreamAsker, type Asker } from '../actor/asker.ts';
import * as envelope from '../wire/envelope.ts';
import type { OutboundAsk } from './outbox-link.ts';
import type { SignalLine } from './signal-line.ts';
import { violation } from './violation.ts';

export class OpenAsks {
  readonly #signals: SignalLine;
  readonly #askers = new Map<number, Asker>();

  constructor(signals: SignalLine) {
    this.#signals = signals;
  }

  /** The ask has left. */
  expect({ asker, correlation }: OutboundAsk): void {
    this.#askers.set(correlation, asker);
    asker.onAbandon = () => {
      if (asker.heedsLateAnswer !== true) this.#askers.delete(correlation);
      this.#cancel(correlation);
    };
    if (isStreamAsker(asker))
      asker.onGrant = (count) =>
        this.#signals.send(
          { ...envelope.EMPTY_ENVELOPE, kind: envelope.GRANT, correlation, amount: count },
          undefined,
        );
  }

  /** An answer came, or the end of a stream. */
  answer(correlation: number, failed: boolean, value: unknown): void {
    const asker = this.#askers.get(correlation);
    if (asker === undefined) return;
    this.#askers.delete(correlation);
    if (failed) asker.reject(value);
    else asker.resolve(value);
  }

  /** An item came. Throws TROUPE_PROTOCOL_VIOLATION when nobody has asked for it. */
  item(correlation: number, value: unknown): void {
    const asker = this.#askers.get(correlation);
    // Its reader may have left meanwhile.
    if (asker === undefined) return;
    if (!isStreamAsker(asker)) throw violation('an ask was answered with an item of a stream');
    let isGranted: boolean;
    try {
      isGranted = asker.item(value);
    } catch (error) {
      // It came as a frame and is too large as another, on its way on to the reader.
      this.#askers.delete(correlation);
      asker.reject(error);
      this.#cancel(correlation);
      return;
    }
    if (!isGranted) throw violation('a stream gave more items than its reader takes');
  }

  /** Nobody will answer any more. */
  rejectAll(error: Error): void {
    for (const asker of this.#askers.values()) asker.reject(error);
    this.#askers.clear();
  }

  #cancel(correlation: number): void {
    this.#signals.send({ ...envelope.EMPTY_ENVELOPE, kind: envelope.CANCEL, correlation }, undefined);
  }
}
