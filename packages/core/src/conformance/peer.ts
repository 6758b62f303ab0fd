// What a test can ask of a process at one end of a lane, be it this one (PeerSession) or a child (PeerProcess). Everything
// that goes in or out is plain data.
import type { NodeId } from '../address.ts';
import type { LaneOffer } from '../transport/contract.ts';
import type { FrameRecipe } from './frames.ts';

/** What came over a lane: digests in order, and how it ended: `'closed'`, or the code or message of the error. */
export interface Received {
  readonly frames: readonly string[];
  readonly end: string;
}

export interface Peer {
  readonly node: NodeId;
  /** Makes the receiving end for what `from` sends. */
  receive(from: NodeId, lane: string): Promise<LaneOffer>;
  startReceiving(): Promise<void>;
  /** Drains the lane of a sender that is gone. */
  drain(): Promise<void>;
  /** Waits until the lane has ended. */
  received(): Promise<Received>;
  closeReceiver(): Promise<void>;
  /** Opens the sending end. */
  openSender(to: NodeId, offer: LaneOffer, timeoutMs: number): Promise<void>;
  /** Sends all, waiting for room, and hands them to the kernel. */
  sendAll(frames: readonly FrameRecipe[]): Promise<void>;
  /** Sends frames of `bytes` bytes until one is refused; how many were taken. Seeds count from 0. */
  sendUntilFull(bytes: number): Promise<number>;
  /** Sends frames of `bytes` bytes for ever, in the background. */
  streamForever(bytes: number): Promise<void>;
  /** Waits until the sender was told that the lane has ended; the code. */
  senderEnded(): Promise<string>;
  closeSender(timeoutMs: number): Promise<void>;
  /** Starts a process that sleeps, and tells its pid and what its descriptors above the standard three refer to. */
  startGrandchild(): Promise<{ readonly pid: number; readonly inherited: readonly string[] }>;
}

/** The methods of a `Peer` that may be called over a line of JSON. */
export const PEER_METHODS = [
  'receive',
  'startReceiving',
  'drain',
  'received',
  'closeReceiver',
  'openSender',
  'sendAll',
  'sendUntilFull',
  'streamForever',
  'senderEnded',
  'closeSender',
  'startGrandchild',
] as const satisfies readonly Exclude<keyof Peer, 'node'>[];

export type PeerMethod = (typeof PEER_METHODS)[number];
