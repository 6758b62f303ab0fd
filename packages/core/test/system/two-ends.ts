// Two ends of a link, joined by lanes in memory: what is sent at one arrives at the other when the test passes it on.
import { DEFAULT_LIMITS } from '../../src/actor/mailbox-limits.ts';
import type { Message, Outcome } from '../../src/actor/message.ts';
import { systemClock } from '../../src/clock.ts';
import { Exchange } from '../../src/system/exchange.ts';
import type { Outbox } from '../../src/system/outbox.ts';
import { FrameJoiner } from '../../src/transport/fragmentation.ts';
import { FrameWriter } from '../../src/transport/frame-writer.ts';
import { createCodec } from '../../src/wire/codec.ts';
import * as envelope from '../../src/wire/envelope.ts';
import { loneOutbox } from './lone-outbox.ts';

export const MAX_FRAME_BYTES = 4096;

/** A lane that keeps frames until they are passed on; it takes as many as it is told. */
class Lane {
  readonly memory = Buffer.alloc(2 * MAX_FRAME_BYTES);
  readonly room = MAX_FRAME_BYTES;
  readonly frames: Buffer[] = [];
  takes = Infinity;
  #wake: (() => void) | undefined;

  claim(): number {
    return this.takes > 0 ? 0 : -1;
  }

  commit(bytes: number): void {
    this.takes -= 1;
    this.frames.push(Buffer.from(this.memory.subarray(0, bytes)));
  }

  drained(): Promise<void> {
    return this.takes > 0 ? Promise.resolve() : new Promise((resolve) => (this.#wake = resolve));
  }

  open(frames: number): void {
    this.takes = frames;
    this.#wake?.();
  }

  flushBlocking(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Counts how the messages of this process ended. */
export class Sums {
  readonly ended: Record<Outcome, number> = { delivered: 0, dead: 0, lost: 0 };

  settle(outcome: Outcome, count: number): void {
    this.ended[outcome] += count;
  }
}

interface Received extends Message {
  readonly to: number;
}

/** One end, what came to it, and its lane to the other. */
function end() {
  const codec = createCodec({ reviveRef: () => undefined });
  const received: Received[] = [];
  const stops: unknown[] = [];
  const exchange = new Exchange(codec, {
    clock: systemClock,
    deliver: (to, message) => void received.push({ ...message, to }),
    down: () => undefined,
    overflowed: () => undefined,
    stopActor: (actor, watcher, timeoutMs, drain) => void stops.push({ actor, watcher, timeoutMs, drain }),
  });
  const lane = new Lane();
  exchange.open(
    new FrameWriter(lane, { lane: 'a lane', maxFrameBytes: MAX_FRAME_BYTES, endOfLane: () => undefined }),
  );
  return { exchange, received, stops, lane };
}

export type Pair = ReturnType<typeof pair>;

export function pair() {
  const near = end();
  const far = end();
  const toFar = new FrameJoiner('a lane', (memory, start, stop) => far.exchange.receive(memory, start, stop));
  const toNear = new FrameJoiner('a lane', (memory, start, stop) =>
    near.exchange.receive(memory, start, stop),
  );
  /** Passes on what was committed, both ways. */
  const pass = (): void => {
    for (const frame of near.lane.frames.splice(0)) toFar.accept(frame, 0, frame.length);
    for (const frame of far.lane.frames.splice(0)) toNear.accept(frame, 0, frame.length);
  };
  const outboxTo = (actor: number): Outbox => {
    const outbox = loneOutbox({ ...DEFAULT_LIMITS, capacity: 100_000, maxBytes: 1e9 });
    near.exchange.attach(outbox, actor);
    return outbox;
  };
  return { near, far, pass, outboxTo };
}

export const aside = createCodec({ reviveRef: () => undefined });

export function packFrame(type: string, payload: unknown): Buffer {
  const bytes = aside.encode(payload);
  const frame = Buffer.alloc(envelope.headerBytes(type) + bytes.length);
  const start = envelope.writeHeader(frame, 0, { ...envelope.EMPTY_ENVELOPE, kind: envelope.TELL, type });
  frame.set(bytes, start);
  return frame.subarray(0, start + bytes.length);
}
