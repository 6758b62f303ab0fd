// Messages that wait in this process for their way to one mailbox elsewhere, encoded, in their order. When they go is the
// outbox's matter.
import Denque from 'denque';
import type { Origin } from '../actor/message.ts';
import type { OutboundAsk } from './outbox-link.ts';

/** A message that waits, or, with `barrier`, something to be done once all before it have been sent. */
export interface Waiting {
  readonly type: string;
  readonly frame: Buffer;
  readonly bytes: number;
  readonly origin: Origin;
  /** Bytes that the origin counts for it. */
  readonly originBytes: number;
  readonly outbound: OutboundAsk | undefined;
  readonly barrier: (() => void) | undefined;
}

/** Settles a message that waited and will not be sent. */
export type Bury = (
  type: string,
  frame: Buffer,
  outbound: OutboundAsk | undefined,
  origin: Origin,
  originBytes: number,
) => void;

export class WaitingLine {
  readonly #line = new Denque<Waiting>();
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#line.isEmpty();
  }

  /** Bytes of the payloads that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  get first(): Waiting | undefined {
    return this.#line.peekFront();
  }

  add(waiting: Waiting): void {
    this.#bytes += waiting.bytes;
    this.#line.push(waiting);
  }

  addBarrier(action: () => void): void {
    this.#line.push({ ...BARRIER, barrier: action });
  }

  takeFirst(): Waiting | undefined {
    const first = this.#line.shift();
    if (first !== undefined) this.#bytes -= first.bytes;
    return first;
  }
}

const BARRIER = {
  type: '',
  frame: Buffer.alloc(0),
  bytes: 0,
  origin: { settle: () => undefined },
  originBytes: 0,
  outbound: undefined,
} as const;
