// The sending end as everybody but a transport sees it: checks state and sizes, puts the prefix before each frame, cuts
// frames that are too large for the lane, and says goodbye. How a frame goes out in parts stands in frame-parts.ts.
import { systemClock, type Clock } from '../clock.ts';
import { isDoneWithin } from '../within.ts';
import type { LaneOffer, LaneSender, PriorityLaneSender, SendOptions, Transport } from './contract.ts';
import { AHEAD, GOODBYE, PREFIX_BYTES, WHOLE } from './fragmentation.ts';
import { FrameRest, sendFirstParts } from './frame-parts.ts';
import { frameTooLarge, laneClosed, MAX_FRAME_BYTES } from './lane-errors.ts';

const DEFAULT_CLOSE_TIMEOUT_MS = 5_000;
const NOTHING = new Uint8Array(0);

/** Opens the sending end of an offered lane. */
export async function openSender(
  transport: Transport,
  offer: LaneOffer,
  options: SendOptions,
  clock: Clock = systemClock,
): Promise<FrameWriter> {
  let end: Error | undefined;
  const lane = await transport.send(offer, {
    ...options,
    onEnd(error) {
      end = error;
      options.onEnd(error);
    },
  });
  const { maxFrameBytes, priority } = transport.capabilities;
  return new FrameWriter(lane, {
    clock,
    lane: `the ${transport.name} lane`,
    maxFrameBytes,
    sendAhead: priority ? (frame) => (lane as PriorityLaneSender).sendAhead(frame) : undefined,
    endOfLane: () => end,
  });
}

export interface FrameWriterOptions {
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Names the lane in errors. */
  readonly lane: string;
  readonly maxFrameBytes: number;
  /** Of a lane with priority; undefined: no frame overtakes another. */
  readonly sendAhead?: ((frame: Uint8Array) => boolean) | undefined;
  /** Why the lane ended, once its `onEnd` was called. */
  readonly endOfLane: () => Error | undefined;
}

/**
 * Sends frames in order. After `onEnd` every call throws its error; before it, a lane whose peer is gone is merely full.
 */
export class FrameWriter {
  readonly #lane: LaneSender;
  readonly #options: FrameWriterOptions;
  readonly #clock: Clock;
  readonly #largestWhole: number;
  #framesSent = 0;
  // Where the prefix of the claim in progress goes; -1 when there is none.
  #prefixOffset = -1;
  #room = 0;
  // True while a frame goes out in parts, and after `close()`.
  #isBusy = false;
  #rest: FrameRest | undefined;
  #pumping: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(lane: LaneSender, options: FrameWriterOptions) {
    this.#lane = lane;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#largestWhole = options.maxFrameBytes - PREFIX_BYTES;
  }

  /** Most bytes that can be claimed; `send` takes more. */
  get maxClaimBytes(): number {
    return this.#largestWhole;
  }

  /** Frames taken so far: committed, or accepted by `send`. */
  get framesSent(): number {
    return this.#framesSent;
  }

  /** What claims point into; to be read after each `claim`. */
  get memory(): Buffer {
    return this.#lane.memory;
  }

  /** Bytes there are behind the offset of the last claim; at most `maxClaimBytes`. */
  get room(): number {
    return this.#room;
  }

  /** Offset in `memory` with room for `bytes` bytes, or -1 when the lane is full. Replaces a claim that was not committed. */
  claim(bytes: number): number {
    if (this.#isBusy) return this.#refuse('claim');
    if (!(bytes >= 0 && bytes <= this.#largestWhole)) {
      throw new RangeError(
        `Cannot claim ${bytes} bytes on ${this.#options.lane}: at most ${this.#largestWhole}; use send().`,
      );
    }
    const offset = this.#lane.claim(bytes + PREFIX_BYTES);
    this.#prefixOffset = offset;
    if (offset < 0) return this.#refuse('claim');
    this.#room = Math.min(this.#lane.room - PREFIX_BYTES, this.#largestWhole);
    return offset + PREFIX_BYTES;
  }

  /** Sends the first `bytes` bytes, at most `room`, of the last claim as one frame. */
  commit(bytes: number): void {
    if (this.#prefixOffset < 0) this.#refuseCommit();
    if (!(bytes >= 0 && bytes <= this.#room)) {
      throw new RangeError(
        `Cannot commit ${bytes} bytes on ${this.#options.lane}: there is room for ${this.#room}.`,
      );
    }
    this.#lane.memory[this.#prefixOffset] = WHOLE;
    this.#prefixOffset = -1;
    this.#framesSent += 1;
    this.#lane.commit(bytes + PREFIX_BYTES);
  }

  /**
   * Sends a copy of `frame`, and of `rest` behind it, as one frame; false when the lane is full and the frame was not taken.
   * A frame larger than `maxClaimBytes` goes out in parts, and until the last one has gone the lane is full. Throws
   * TROUPE_FRAME_TOO_LARGE above MAX_FRAME_BYTES.
   */
  send(frame: Uint8Array, rest: Uint8Array = NOTHING): boolean {
    const bytes = frame.length + rest.length;
    if (bytes > this.#largestWhole) return this.#sendInParts(frame, rest, bytes);
    const offset = this.claim(bytes);
    if (offset < 0) return false;
    this.#lane.memory.set(frame, offset);
    if (rest.length > 0) this.#lane.memory.set(rest, offset + frame.length);
    this.commit(bytes);
    return true;
  }

  /**
   * Sends a copy of a small `frame` that may overtake those sent before, the rest of one in parts too; on a lane without
   * priority it stays in line. False when the frame was not taken.
   */
  sendAhead(frame: Uint8Array): boolean {
    const { sendAhead } = this.#options;
    if (sendAhead === undefined) return this.send(frame);
    if (this.#closing !== undefined || this.#options.endOfLane() !== undefined)
      return this.#refuse('send') >= 0;
    const prefixed = Buffer.allocUnsafe(PREFIX_BYTES + frame.length);
    prefixed[0] = AHEAD;
    prefixed.set(frame, PREFIX_BYTES);
    if (!sendAhead(prefixed)) return false;
    this.#framesSent += 1;
    return true;
  }

  /** Resolves when a `claim` or `send` that was refused may succeed, or the lane has ended; rejects once it is closed. */
  async drained(): Promise<void> {
    this.#refuse('wait for room');
    while (this.#pumping !== undefined) await this.#pumping;
    this.#assertOpen('wait for room');
    await this.#lane.drained();
    this.#assertOpen('wait for room');
  }

  /** Hands everything taken to the kernel, blocking at most `timeoutMs`: for a process about to exit. Allowed after `close()`. */
  flushBlocking(timeoutMs: number): void {
    const deadline = this.#clock.now() + timeoutMs;
    this.#lane.flushBlocking(timeoutMs);
    while (this.#rest !== undefined && this.#sendNextPart()) {
      this.#lane.flushBlocking(Math.max(0, deadline - this.#clock.now()));
    }
  }

  /** Delivers what was taken, says goodbye and frees the lane, within `timeoutMs` (default 5 s). Twice is once. */
  close(timeoutMs: number = DEFAULT_CLOSE_TIMEOUT_MS): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  #sendInParts(head: Uint8Array, rest: Uint8Array, bytes: number): boolean {
    this.#assertOpen('send');
    if (bytes > MAX_FRAME_BYTES) throw frameTooLarge(bytes, this.#options.lane);
    if (this.#isBusy) return this.#refuse('send') >= 0;
    this.#prefixOffset = -1;
    const position = sendFirstParts(this.#lane, this.#options.maxFrameBytes, head, rest);
    if (position === 0) return this.#refuse('send') >= 0;
    this.#framesSent += 1;
    if (position < bytes) {
      this.#isBusy = true;
      this.#rest = new FrameRest(head, rest, position);
      // One that still runs, because its frame went out by `flushBlocking`, goes on with this one.
      this.#pumping ??= this.#pump();
    }
    return true;
  }

  /** True when a part went out. */
  #sendNextPart(): boolean {
    const rest = this.#rest;
    if (rest?.sendNext(this.#lane, this.#options.maxFrameBytes) !== true) return false;
    // At once: a process that is about to exit has no later turn in which `#pump` could.
    if (rest.isSent) this.#finishRest();
    return true;
  }

  async #pump(): Promise<void> {
    while (this.#rest !== undefined && this.#options.endOfLane() === undefined) {
      // Waits first, for the lane was full a moment ago; and so never ends before `#pumping` is set.
      await this.#lane.drained();
      while (this.#sendNextPart());
    }
    this.#finishRest();
    this.#pumping = undefined;
  }

  #finishRest(): void {
    this.#rest = undefined;
    this.#isBusy = this.#closing !== undefined;
  }

  async #close(timeoutMs: number): Promise<void> {
    const deadline = this.#clock.now() + timeoutMs;
    this.#isBusy = true;
    this.#prefixOffset = -1;
    if (this.#pumping !== undefined || !this.#sayGoodbye()) await this.#finish(timeoutMs);
    this.#rest = undefined;
    await this.#lane.close(Math.max(0, deadline - this.#clock.now()));
  }

  /** Waits for room for what is left to say, but not longer than `timeoutMs`. */
  async #finish(timeoutMs: number): Promise<void> {
    let isLate = false;
    const finished = (async () => {
      while (this.#pumping !== undefined) await this.#pumping;
      while (!isLate && this.#options.endOfLane() === undefined && !this.#sayGoodbye())
        await this.#lane.drained();
    })();
    isLate = !(await isDoneWithin(this.#clock, timeoutMs, finished));
  }

  #sayGoodbye(): boolean {
    const offset = this.#lane.claim(PREFIX_BYTES);
    if (offset < 0) return false;
    this.#lane.memory[offset] = GOODBYE;
    this.#lane.commit(PREFIX_BYTES);
    return true;
  }

  #assertOpen(operation: string): void {
    if (this.#closing !== undefined) throw laneClosed(operation, this.#options.lane);
  }

  /** The lane took nothing: -1 when it is full, else the reason is thrown. */
  #refuse(operation: string): -1 {
    this.#assertOpen(operation);
    const end = this.#options.endOfLane();
    if (end !== undefined) throw end;
    return -1;
  }

  #refuseCommit(): never {
    this.#assertOpen('commit');
    throw new TypeError('Cannot commit: nothing is claimed.');
  }
}
