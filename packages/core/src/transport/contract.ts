// What a transport is. A transport carries frames in one direction, from one process to another, over a lane; how frames
// become messages is not its concern, nor are frames larger than it takes: `FrameWriter` and `FrameReader` cut and join.
//
// A lane, used through `FrameWriter` and `FrameReader`, keeps these promises, and `conformance/` checks each under the
// same words:
// - a frame arrives whole or not at all
// - frames arrive in the order they were sent
// - a frame of 0 bytes arrives
// - a frame of MAX_FRAME_BYTES arrives and one byte more is refused with TROUPE_FRAME_TOO_LARGE
// - `send` returns false when the lane is full and the frame is not taken
// - `drained` resolves once there is room again
// - a receiver that is stopped costs the sender bounded memory
// - after `close()` every method rejects with TROUPE_LANE_CLOSED
// - `close()` twice is once
// - frames sent before `close()` are still delivered
// - a second receiver on the same address is refused with TROUPE_ADDRESS_IN_USE
// - sending where nobody receives fails with TROUPE_NO_LISTENER within the deadline
// - when the sender is killed the lane ends with TROUPE_PEER_LOST, after all it had committed
// - when the receiver is killed the lane ends with TROUPE_PEER_LOST
// - a sender killed in the middle of a frame never yields a partial frame
// - nothing is left in the file system or the kernel after both sides closed
// - nothing is left after one side was killed and the other closed
// - what a grandchild inherits does not keep a lane alive
// - a frame sent ahead overtakes those that wait, where the transport has priority
import type { NodeId } from '../address.ts';

/** How transports differ; declared, so that tests and users can tell. */
export interface Capabilities {
  /** Whom a lane can join: two ends in one process, parent and child, or any two processes of one user. */
  readonly reach: 'process' | 'family' | 'host';
  /** Most bytes one uncut frame may have; larger ones travel in parts. */
  readonly maxFrameBytes: number;
  /** Whether what was committed is still delivered after the sender was killed. */
  readonly survivesSender: boolean;
  /** Whether what was committed outlives the process that receives. */
  readonly survivesReceiver: boolean;
  /** Whether a frame may overtake another. */
  readonly priority: boolean;
}

/** What a receiver tells a sender so that it can open the other end. Plain data, understood only by its own transport. */
export interface LaneOffer {
  readonly transport: string;
  readonly [detail: string]: string | number;
}

/** What a receiving end is made for, and whom it tells. */
export interface ReceiveOptions {
  /** The node that will send. */
  readonly peer: NodeId;
  /**
   * The own node's directory, 0700 and owned by this user, for whatever must have a name in the file system, and for the
   * journal of kernel objects (`@troupe/posix`): once this process is dead, others remove it and them.
   */
  readonly directory: string;
  /** Name of the lane, unique in the directory; letters, digits, `-` and `_`. */
  readonly lane: string;
  /** Called once a frame. `memory` from `start` to `end` may be read only during the call. An error it throws ends the lane. */
  readonly onFrame: (memory: Buffer, start: number, end: number) => void;
  /**
   * Called once when no frame will come any more: without error after the sender closed or after the own `close()`, else
   * with TROUPE_PEER_LOST (killed, or gone without closing), TROUPE_PROTOCOL_VIOLATION (what came is no frame, or what
   * the lane is made of was removed) or what `onFrame` threw. A transport that cannot tell gone from closed calls it without
   * error: `FrameReader` can.
   */
  readonly onEnd: (error?: Error) => void;
}

/** What a sending end is opened with. */
export interface SendOptions {
  /** The node that offered the lane. */
  readonly peer: NodeId;
  /** As in `ReceiveOptions`: the own node's, not that of the peer. */
  readonly directory: string;
  /** Milliseconds until opening fails with TROUPE_NO_LISTENER. */
  readonly timeoutMs: number;
  /**
   * Called once when the lane ended without the own `close()`: TROUPE_PEER_LOST, or TROUPE_PROTOCOL_VIOLATION when what the
   * lane is made of was removed. Never from within a call to the sender,
   * whose `claim` fails from the moment the end is known.
   */
  readonly onEnd: (error: Error) => void;
}

/** The receiving end, written by a transport. Nothing is read before `start`. */
export interface LaneReceiver {
  readonly offer: LaneOffer;
  start(): void;
  /**
   * To be called once the peer is known to be gone: delivers all it committed, then `onEnd`, then resolves. A sender
   * that never opened the lane is an end like any other.
   */
  drain(): Promise<void>;
  /** Stops reading, frees everything the lane had, its name included. */
  close(): Promise<void>;
}

/**
 * The sending end, written by a transport. It may trust its caller: `FrameWriter` checks state and sizes.
 * A frame is claimed, written in place and committed; nothing else happens to the lane in between.
 */
export interface LaneSender {
  /** The memory that claims point into; may be another Buffer after each `claim`. */
  readonly memory: Buffer;
  /** Bytes there are behind the offset of the last claim: at least as many as were claimed. */
  readonly room: number;
  /** Offset in `memory` with room for a frame of `bytes` bytes (at most `maxFrameBytes`), or -1: full for now. */
  claim(bytes: number): number;
  /** Publishes the first `bytes` bytes of the last claim as one frame. The transport may wait to write until the turn ends. */
  commit(bytes: number): void;
  /** Hands everything committed to the kernel, blocking for at most `timeoutMs`: for a process that is about to exit. */
  flushBlocking(timeoutMs: number): void;
  /** Resolves when the claim that failed last may succeed, once closed, or after `onEnd` was called; never rejects. */
  drained(): Promise<void>;
  /** Hands over what was committed, then frees everything. Bounded by `timeoutMs`; `flushBlocking` may be called meanwhile. */
  close(timeoutMs: number): Promise<void>;
}

/** The sending end of a transport with the capability `priority`. */
export interface PriorityLaneSender extends LaneSender {
  /**
   * Sends a small frame that may overtake what was committed before it; false when there is no room for it, now or ever. A claim
   * stays what it was.
   */
  sendAhead(frame: Uint8Array): boolean;
}

/** Descriptors for a child about to be started: they stand in its `stdio` behind the first three, in this order. */
export interface ChildEnds {
  readonly descriptors: readonly number[];
  /** Closes this process's copies of the child's ends: once the child runs, or could not be started. */
  release(): void;
  /** Closes everything that was prepared for the child and not taken by a lane: it was not started, or ended before. */
  abandon(): void;
}

/** One mechanism that carries frames between two processes. */
export interface Transport {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** Makes a receiving end, and what the kernel needs for it, before anybody may send. */
  receive(options: ReceiveOptions): Promise<LaneReceiver>;
  /** Opens the sending end of a lane that was offered. */
  send(offer: LaneOffer, options: SendOptions): Promise<LaneSender>;
  /**
   * In the parent, before the child starts: makes what a child must inherit; nothing for transports that need no kinship.
   * Throws TROUPE_TRANSPORT_REACH when no child can be reached.
   */
  prepareChild(child: NodeId): ChildEnds;
  /** In the child, before the first lane: takes over what was inherited, by number. */
  adoptParent(parent: NodeId, descriptors: readonly number[]): void;
  /** Frees what was prepared for peers that never came. */
  close(): Promise<void>;
}

/** What a transport module exports as `transports`: a factory a name. */
export type TransportFactory = (options: Readonly<Record<string, unknown>>) => Transport;
