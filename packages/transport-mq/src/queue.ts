// What the two kinds of kernel queue have in common, as far as lanes care: a node receives from its own, and sends to those of
// its peers. How each kind waits is its own matter.
import type { LaneOffer } from '@troupe/core/transport';

/** The queue of this node, which nobody else reads. */
export interface OwnQueue {
  /** What a sender opens it by, besides what the lane adds. */
  readonly offer: Readonly<Record<string, string | number>>;
  /** What a program that is no node opens it by, as one word. */
  readonly address: string;
  /** Most bytes of a message. */
  readonly messageBytes: number;
  /** What each sender is handed beside the first byte of its connection. */
  readonly handover: readonly number[];
  /** Holds the message that was received last, from `bodyStart` on. */
  readonly buffer: Buffer;
  readonly bodyStart: number;
  /** Receives a message; its bytes, or -1 when there is none. */
  receive(): number;
  /** Whether others still find it: false once somebody has removed it. */
  isThere(): boolean;
  /** Messages that were not received yet. */
  waiting(): number;
  /** `onReady` is called from the event loop when there may be something to receive. To be called once. */
  watch(onReady: () => void): void;
  /** What wakes this queue's node can be rung by name at `path` from now on. False: no ringing is needed. */
  hangBell(path: string): boolean;
  /** Removes the queue and what waits in it. */
  close(): void;
}

/** The queue of a peer, to which others send as well. */
export interface PeerQueue {
  /** Most bytes of a message. */
  readonly messageBytes: number;
  /** Bytes in front of a message that `send` needs for itself. */
  readonly frontBytes: number;
  /** Sends the bytes from `start` to `end`; false when the queue is full. The bytes before `start` are lost. */
  send(memory: Buffer, start: number, end: number, isAhead: boolean): boolean;
  /** Tells the receiver that something was sent. */
  ring(): void;
  /** `onRoom` is called from the event loop, once, when a send that was refused may succeed. */
  awaitRoom(onRoom: () => void): void;
  /** The receiver has said over the connection of the lane that there is room. */
  answered(): void;
  /** Blocks until a send may succeed, for at most `timeoutMs`. */
  blockForRoom(timeoutMs: number): void;
  /** Frees what this end has open. */
  close(): void;
}

/** One of the two kinds. */
export interface QueueKind {
  /** Name of the transport. */
  readonly name: 'posix-mq' | 'sysv-mq';
  /** How many descriptors a sender is handed. */
  readonly handoverCount: number;
  /** Makes the queue of this node, noted in `directory` first. Throws TROUPE_LIMIT; nothing is left then. */
  create(directory: string): OwnQueue;
  /** Throws TROUPE_PROTOCOL_VIOLATION for an offer that is none of this kind. */
  checkOffer(offer: LaneOffer): void;
  /** Opens the queue of a peer; `handover` and `socket`, the lane's connection, become its own unless it throws. */
  open(offer: LaneOffer, handover: readonly number[], socket: number): PeerQueue;
}
