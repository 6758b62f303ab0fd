// Messages that wait in this process for their way to one mailbox elsewhere, encoded, in their order. When they go is the
// outbox's matter.
import { NO_DEADLINE } from '../actor/deadline.ts';
import { Gauge } from '../actor/gauge.ts';
import { Line } from '../actor/line.ts';
import type { MailboxLimits } from '../actor/mailbox-limits.ts';
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
  /** Until when it may wait, see `actor/deadline.ts`. */
  readonly expires: number;
  readonly barrier: (() => void) | undefined;
}

export class WaitingLine {
  /** Of what waits here. */
  readonly gauge: Gauge;
  readonly #line = new Line<Waiting>();
  readonly #urgent: ReadonlySet<string> | undefined;

  /** `urgent`: the types of messages that go before the others. */
  constructor(limits: MailboxLimits, urgent: ReadonlySet<string> | undefined) {
    this.gauge = new Gauge(limits);
    this.#urgent = urgent;
  }

  get isEmpty(): boolean {
    return this.#line.isEmpty;
  }

  get first(): Waiting | undefined {
    return this.#line.first;
  }

  add(waiting: Waiting): void {
    this.gauge.add(waiting.bytes);
    if (this.#urgent?.has(waiting.type) === true) this.#line.pushUrgent(waiting);
    else this.#line.push(waiting);
  }

  addBarrier(action: () => void): void {
    this.#line.pushBehindAll({ ...BARRIER, barrier: action });
  }

  takeFirst(): Waiting | undefined {
    const first = this.#line.shift();
    if (first?.barrier === undefined && first !== undefined) this.gauge.remove(1, first.bytes);
    return first;
  }

  /** Takes out the oldest to make room for one of `type`; undefined when none of those that wait may go for it. */
  takeOldestFor(type: string): Waiting | undefined {
    const oldest = this.#line.takeOldest(isMessage, this.#urgent?.has(type) === true);
    if (oldest !== undefined) this.gauge.remove(1, oldest.bytes);
    return oldest;
  }
}

function isMessage({ barrier }: Waiting): boolean {
  return barrier === undefined;
}

const BARRIER = {
  type: '',
  frame: Buffer.alloc(0),
  bytes: 0,
  origin: { settle: () => undefined },
  originBytes: 0,
  outbound: undefined,
  expires: NO_DEADLINE,
} as const;
