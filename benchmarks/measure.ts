// Measures one conversation, in the near process. Whatever was sent has to have arrived: a contender that loses or mixes up
// messages is no contender.
import type { Conversation } from './contender.ts';
import { ascending, quantile } from './statistics.ts';
import { itemFor, type Cell, type PayloadSize } from './workload.ts';

/** What one measurement of one contender gave. */
export interface Sample {
  /** Messages sent. */
  readonly messages: number;
  readonly elapsedMs: number;
  /** Messages a second, one way; round trips a second, one after the other. */
  readonly perSecond: number;
  /** Of round trips, in microseconds. */
  readonly p50?: number;
  readonly p99?: number;
}

const FEWEST_ROUND_TRIPS = 10;
const FIRST_FLOOD = 64;

export class Meter {
  readonly #conversation: Conversation;
  readonly #perMs = new Map<PayloadSize, number>();

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  /** Measures for about `durationMs`. */
  measure({ measure, payload }: Cell, durationMs: number): Promise<Sample> {
    return measure === 'round-trip'
      ? this.#roundTrips(payload, durationMs)
      : this.#oneWay(payload, durationMs);
  }

  async #roundTrips(payload: PayloadSize, durationMs: number): Promise<Sample> {
    const conversation = this.#conversation;
    const times: number[] = [];
    const startedAt = performance.now();
    let now = startedAt;
    while (now - startedAt < durationMs || times.length < FEWEST_ROUND_TRIPS) {
      const item = itemFor(payload, times.length);
      const sentAt = performance.now();
      const back = await conversation.echo(item);
      now = performance.now();
      times.push((now - sentAt) * 1000);
      if (back.id !== item.id || back.payload.length !== item.payload.length)
        throw new Error(`item ${item.id} came back as ${back.id}, ${back.payload.length} long`);
    }
    const sorted = ascending(times);
    const elapsedMs = now - startedAt;
    return {
      messages: times.length,
      elapsedMs,
      perSecond: (times.length * 1000) / elapsedMs,
      p50: quantile(sorted, 0.5),
      p99: quantile(sorted, 0.99),
    };
  }

  /** The number of messages is set by how fast the ones before were, so that what is at the ends weighs little. */
  async #oneWay(payload: PayloadSize, durationMs: number): Promise<Sample> {
    const known = this.#perMs.get(payload);
    let count = known === undefined ? FIRST_FLOOD : Math.max(FIRST_FLOOD, Math.round(known * durationMs));
    let elapsedMs = await this.#flood(payload, count);
    while (known === undefined && elapsedMs < durationMs / 2) {
      count *= 2;
      elapsedMs = await this.#flood(payload, count);
    }
    this.#perMs.set(payload, count / elapsedMs);
    return { messages: count, elapsedMs, perSecond: (count * 1000) / elapsedMs };
  }

  async #flood(payload: PayloadSize, count: number): Promise<number> {
    const conversation = this.#conversation;
    const startedAt = performance.now();
    for (let id = 0; id < count; id += 1) {
      if (!conversation.tell(itemFor(payload, id))) await conversation.ready();
    }
    const handled = await conversation.handled();
    const elapsedMs = performance.now() - startedAt;
    const length = count * itemFor(payload, 0).payload.length;
    if (handled.count !== count || handled.length !== length || handled.ids !== (count * (count - 1)) / 2)
      throw new Error(
        `${count} messages were sent, and ${handled.count} of ${handled.length} in all were handled`,
      );
    return elapsedMs;
  }
}
