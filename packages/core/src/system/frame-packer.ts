// Packs messages into frames: in place, in the memory of a lane, where that has room, else in memory of their own.
import { isTroupeError, TroupeError } from '../errors.ts';
import type { FrameWriter } from '../transport/frame-writer.ts';
import { frameTooLarge, MAX_FRAME_BYTES } from '../transport/lane-errors.ts';
import type { Codec } from '../wire/codec.ts';
import { ASK, headerBytes, MAX_TYPE_BYTES, TELL, writeHeader } from '../wire/envelope.ts';
import type { OutboundAsk } from './outbox.ts';

/** Everything of a header but where it goes to. */
export interface Envelope {
  readonly kind: number;
  readonly type: string;
  readonly to: number;
  readonly from: number;
  readonly correlation: number;
  readonly timeoutMs: number;
  readonly prompt: boolean;
}

// Room that is asked for beyond the header; more is used when it is there.
const SMALL_PAYLOAD_BYTES = 64;

export class FramePacker {
  readonly #codec: Codec;
  // A getter of a payload may itself send: what it sends must not land in the claim that is being filled.
  #isPacking = false;

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  /** Packs into the lane; bytes of the payload, or -1 when the lane takes nothing now, or not in place. */
  packInto(writer: FrameWriter, envelope: Envelope, payload: unknown): number {
    const wanted = headerBytes(envelope.type) + SMALL_PAYLOAD_BYTES;
    if (this.#isPacking || wanted > writer.maxClaimBytes) return -1;
    const offset = claimIn(writer, wanted);
    if (offset < 0) return -1;
    const limit = offset + writer.room;
    this.#isPacking = true;
    try {
      const start = write(writer.memory, offset, envelope);
      const end = this.#codec.encodeInto(payload, writer.memory, start, limit - start);
      if (end >= 0) {
        writer.commit(end - offset);
        return end - start;
      }
      const frame = frameOf(envelope, this.#codec.overflow());
      return sendOver(writer, frame) ? frame.length - (start - offset) : -1;
    } finally {
      this.#isPacking = false;
    }
  }

  /** Packs in memory of its own. Throws TROUPE_FRAME_TOO_LARGE: what waits must be able to go. */
  pack(envelope: Envelope, payload: unknown): Buffer {
    const frame = frameOf(envelope, this.#codec.encode(payload));
    if (frame.length > MAX_FRAME_BYTES) throw frameTooLarge(frame.length, `any lane ('${envelope.type}')`);
    return frame;
  }
}

// A lane that has ended takes nothing; the control channel says so in a moment, and what waits is settled then.
function claimIn(writer: FrameWriter, bytes: number): number {
  try {
    return writer.claim(bytes);
  } catch (error) {
    if (hasEnded(error)) return -1;
    throw error;
  }
}

/** False when the lane takes nothing now. Throws TROUPE_FRAME_TOO_LARGE. */
export function sendOver(writer: FrameWriter, frame: Uint8Array): boolean {
  try {
    return writer.send(frame);
  } catch (error) {
    if (hasEnded(error)) return false;
    throw error;
  }
}

/** The same for a frame that may overtake others. */
export function sendAheadOver(writer: FrameWriter, frame: Uint8Array): boolean {
  try {
    return writer.sendAhead(frame);
  } catch (error) {
    if (hasEnded(error)) return false;
    throw error;
  }
}

function hasEnded(error: unknown): boolean {
  return isTroupeError(error, 'TROUPE_PEER_LOST') || isTroupeError(error, 'TROUPE_LANE_CLOSED');
}

function frameOf(envelope: Envelope, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes(envelope.type) + payload.length);
  const start = write(frame, 0, envelope);
  frame.set(payload, start);
  return frame.subarray(0, start + payload.length);
}

function write(memory: Buffer, offset: number, envelope: Envelope): number {
  const { kind, type, to, from, correlation, timeoutMs, prompt } = envelope;
  return writeHeader(memory, offset, kind, type, to, from, correlation, timeoutMs, prompt);
}

/** Refuses names of messages that the header cannot hold. */
export function checkType(type: string): void {
  if (typeof type !== 'string')
    throw new TypeError(`the type of a message must be a string, not ${typeof type}`);
  if (type.length * 3 > MAX_TYPE_BYTES && Buffer.byteLength(type) > MAX_TYPE_BYTES)
    throw new TroupeError(
      'TROUPE_FRAME_TOO_LARGE',
      `a message type of ${String(Buffer.byteLength(type))} bytes was given; at most ${String(MAX_TYPE_BYTES)} fit`,
    );
}

/** The envelope of a message; one that waits is given its number and its flag when it goes. */
export function messageEnvelope(
  type: string,
  to: number,
  outbound: OutboundAsk | undefined,
  prompt: boolean,
): Envelope {
  const kind = outbound === undefined ? TELL : ASK;
  const correlation = outbound?.correlation ?? 0;
  return {
    kind,
    type,
    to,
    from: 0,
    correlation,
    timeoutMs: wholeMilliseconds(outbound?.timeoutMs ?? 0),
    prompt,
  };
}

/** What the header's field holds; a longer wait is as good as none. */
export function wholeMilliseconds(timeoutMs: number): number {
  return Math.min(Math.ceil(timeoutMs), 0xffffffff);
}
