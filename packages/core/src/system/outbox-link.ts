// What an outbox needs from those around it: the link to the other process, and whoever has it; and an
// ask as it passes between them.
import type { Asker } from '../actor/asker.ts';
import type { Origin } from '../actor/message.ts';
import type { Clock } from '../clock.ts';
import type { Route } from './routes.ts';

/** An ask on its way to another process. */
export interface OutboundAsk {
  readonly asker: Asker;
  /** By which the reply finds the asker; unique among the asks of this process that are open. */
  readonly correlation: number;
  /** Items that the asker of a stream takes at first; 0 for one that waits for an answer. */
  readonly window: number;
}

/** What an outbox needs from the link to the other process. */
export interface OutboxLink {
  /** Packs a message into the lane. Bytes of its payload, or -1 when the lane takes nothing now. Throws if it cannot travel. */
  pack(route: Route, payload: unknown, outbound: OutboundAsk | undefined, prompt: boolean): number;
  /** What `pack` had packed when the lane did not take it, for waiting; undefined when it had not come so far. */
  takeLeftover(): Buffer | undefined;
  /** Sends a frame packed before; false when the lane takes nothing now. */
  sendFrame(frame: Buffer): boolean;
  /** Calls `outbox.pump()` once the lane has room. */
  waitForRoom(): void;
  /** Whether the lane has no room now for another large message of this route. */
  lacksRoom(route: Route): boolean;
  /** There is no room for what is sent to that actor. */
  overflowed(actor: number): void;
  /** The ask has left: its reply will come over this link. */
  expectReply(outbound: OutboundAsk): void;
}

/** Packs a message for waiting, in memory of its own. */
export type PackFrame = (type: string, payload: unknown, outbound: OutboundAsk | undefined) => Buffer;

/** What an outbox needs from whoever has it: what becomes of messages that waited and are not sent, and what else it goes by. */
export interface OutboxHost {
  readonly clock: Clock;
  /** Types of messages that go before others. */
  readonly urgent: ReadonlySet<string> | undefined;
  /** The asker gave up before it was their turn. */
  readonly abandoned: Bury;
  /** They had to make room for others. */
  readonly dropped: Bury;
  /** They waited too long. */
  readonly expired: Bury;
}

/** Settles a message that waited and will not be sent. */
export type Bury = (
  type: string,
  frame: Buffer,
  outbound: OutboundAsk | undefined,
  origin: Origin,
  originBytes: number,
) => void;
