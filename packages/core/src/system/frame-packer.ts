// Packs messages into frames: in place, in the memory of a lane, where that has room, else in memory of their own.
import { isTroupeError, TroupeError } from '../errors.ts';
import type { FrameWriter } from '../transport/frame-writer.ts';
import { frameTooLarge, MAX_FRAME_BYTES } from '../transport/lane-errors.ts';
import type { Codec } from '../wire/codec.ts';
import {
  ASK,
  headerBytes,
  MAX_TYPE_BYTES,
  STREAM,
  TELL,
  writeHeader,
  type Envelope,
} from '../wire/envelope.ts';
import { ROUTED_ASK_BYTES, writeRoutedAsk, writeRoutedTell } from '../wire/routed-header.ts';
import type { OutboundAsk } from './outbox-link.ts';
import { LARGE_BYTES, type Route, type RouteNumbers } from './routes.ts';

// Room that is asked for beyond the header; more is used when it is there.
const SMALL_PAYLOAD_BYTES = 64;

export class FramePacker {
  readonly #codec: Codec;
  // A getter of a payload may itself send: what it sends must not land in the claim that is being filled.
  #isPacking = false;
  #leftover: Buffer | undefined;

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  /** Whether a claim is being filled right now: nothing else may be sent over its lane. */
  get isPacking(): boolean {
    return this.#isPacking;
  }

  /** Packs a message into the lane; bytes of the payload, or -1 when the lane takes nothing now: then see `takeLeftover`. */
  packMessage(
    writer: FrameWriter,
    numbers: RouteNumbers,
    route: Route,
    payload: unknown,
    outbound: OutboundAsk | undefined,
    prompt: boolean,
  ): number {
    // What asks for a stream is spelled out: it has more to say than a short header holds.
    if (route.number < 0 || (outbound !== undefined && outbound.window > 0))
      return this.#packFirst(writer, numbers, route, payload, outbound, prompt);
    const offset = this.#claim(writer, ROUTED_ASK_BYTES, route.expectedBytes);
    if (offset < 0) return -1;
    const { memory } = writer;
    const start =
      outbound === undefined
        ? writeRoutedTell(memory, offset, route.number, prompt)
        : writeRoutedAsk(memory, offset, route.number, prompt, outbound.correlation, outbound.asker.deadline);
    const bytes = this.#fill(writer, memory, offset, start, payload);
    if (bytes > LARGE_BYTES || route.expectedBytes > 0) route.expectedBytes = expected(bytes);
    return bytes >= 0 ? bytes : this.#keep(route.type, outbound);
  }

  /** Whether the lane has no room now for another large message of this route. */
  lacksRoom(writer: FrameWriter, route: Route): boolean {
    // One that is packing has its claim; one that travels in parts has no place of its own.
    if (this.#isPacking || route.expectedBytes > writer.maxClaimBytes) return false;
    return this.#tryClaim(writer, route.expectedBytes) < 0;
  }

  /** Packs a signal into the lane; false when the lane takes nothing now, or not in place. */
  packSignal(writer: FrameWriter, envelope: Envelope, payload: unknown): boolean {
    const offset = this.#claim(writer, headerBytes(envelope.type));
    if (offset < 0) return false;
    const { memory } = writer;
    if (this.#fill(writer, memory, offset, writeHeader(memory, offset, envelope), payload) >= 0) return true;
    this.#leftover = frameOf(envelope, this.#codec.overflow());
    return false;
  }

  /** What the last call had packed when the lane did not take it, as a frame that may wait. Once. */
  takeLeftover(): Buffer | undefined {
    const leftover = this.#leftover;
    this.#leftover = undefined;
    return leftover;
  }

  /** Packs in memory of its own. Throws TROUPE_FRAME_TOO_LARGE: what waits must be able to go. */
  pack(envelope: Envelope, payload: unknown): Buffer {
    return frameOf(envelope, this.#codec.encode(payload));
  }

  /** The first message of a route spells it out, and numbers it. */
  #packFirst(
    writer: FrameWriter,
    numbers: RouteNumbers,
    route: Route,
    payload: unknown,
    outbound: OutboundAsk | undefined,
    prompt: boolean,
  ): number {
    const envelope = messageEnvelope(route.type, route.to, outbound, prompt);
    const offset = this.#claim(writer, headerBytes(route.type));
    if (offset < 0) return -1;
    const { memory } = writer;
    const isStream = envelope.kind === STREAM;
    const numbering = isStream ? envelope : { ...envelope, from: numbers.next, numbers: true };
    const start = writeHeader(memory, offset, numbering);
    const bytes = this.#fill(writer, memory, offset, start, payload);
    if (bytes < 0) return this.#keep(route.type, outbound);
    if (!isStream) numbers.take(route);
    return bytes;
  }

  /** Room for a header of `bytes` and a small payload, if possible for one of `expectedBytes`; or -1. */
  #claim(writer: FrameWriter, bytes: number, expectedBytes = 0): number {
    const wanted = bytes + SMALL_PAYLOAD_BYTES;
    this.#leftover = undefined;
    if (this.#isPacking || wanted > writer.maxClaimBytes) return -1;
    if (expectedBytes === 0) return this.#tryClaim(writer, wanted);
    // What does not fit where the lane goes on may fit at the start of its memory: it finds that when it is told.
    const offset = this.#tryClaim(writer, Math.min(expectedBytes, writer.maxClaimBytes));
    return offset >= 0 ? offset : this.#tryClaim(writer, wanted);
  }

  #tryClaim(writer: FrameWriter, bytes: number): number {
    try {
      return writer.claim(bytes);
    } catch (error) {
      // A lane that has ended takes nothing; the control channel says so in a moment, and what waits is settled then.
      if (hasEnded(error)) return -1;
      throw error;
    }
  }

  #commit(writer: FrameWriter, bytes: number): void {
    try {
      writer.commit(bytes);
    } catch (error) {
      this.#codec.takeBack();
      throw error;
    }
  }

  /** Packs the payload behind the header that stands in the claim, and sends both; bytes of the payload, or -1: not taken. */
  #fill(writer: FrameWriter, memory: Buffer, offset: number, start: number, payload: unknown): number {
    const limit = offset + writer.room;
    let end: number;
    this.#isPacking = true;
    try {
      end = this.#codec.encodeInto(payload, memory, start, limit - start);
    } finally {
      this.#isPacking = false;
    }
    if (end >= 0) {
      this.#commit(writer, end - offset);
      return end - start;
    }
    // Behind a copy of the header: sending replaces the claim.
    const header = Buffer.from(memory.subarray(offset, start));
    const overflow = this.#codec.overflow();
    return sendOver(writer, header, overflow) ? overflow.length : -1;
  }

  /** What was packed and not taken waits, with a header that can stand anywhere in the lane. */
  #keep(type: string, outbound: OutboundAsk | undefined): -1 {
    this.#leftover = frameOf(messageEnvelope(type, 0, outbound, false), this.#codec.overflow());
    return -1;
  }
}

/** False when the lane takes nothing now. Throws TROUPE_FRAME_TOO_LARGE. */
export function sendOver(writer: FrameWriter, frame: Uint8Array, rest?: Uint8Array): boolean {
  try {
    return writer.send(frame, rest);
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

/** Room for a payload a little larger than the last one, whose every value is packed at its longest. */
function expected(bytes: number): number {
  return bytes > LARGE_BYTES ? bytes + LARGE_BYTES : 0;
}

function frameOf(envelope: Envelope, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes(envelope.type) + payload.length);
  const start = writeHeader(frame, 0, envelope);
  frame.set(payload, start);
  const bytes = start + payload.length;
  if (bytes > MAX_FRAME_BYTES) throw frameTooLarge(bytes, `any lane ('${envelope.type}')`);
  return frame.subarray(0, bytes);
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
  const kind = outbound === undefined ? TELL : outbound.window > 0 ? STREAM : ASK;
  const correlation = outbound?.correlation ?? 0;
  return {
    kind,
    type,
    to,
    from: outbound?.window ?? 0,
    correlation,
    amount: outbound === undefined ? 0 : outbound.asker.deadline >>> 0,
    prompt,
    numbers: false,
  };
}

/** What the header's field holds; a longer wait is as good as none. */
export function wholeMilliseconds(timeoutMs: number): number {
  return Math.min(Math.ceil(timeoutMs), 0xffffffff);
}
