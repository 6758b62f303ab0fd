// Values to bytes and back. A value that `structuredClone` accepts arrives equal to what that would give, or encoding throws;
// no bytes do worse than throw. What a frame carries besides, and where it goes, is the envelope's concern.
//
// There are three kinds of frames, told apart by their first byte. A shaped frame (`shaped-format.ts`) is written straight into
// the lane in one pass and leans on what the lane carried before it: nearly all are. All else is packed by msgpackr, and such
// a frame stands for itself: it may wait, and go over any lane. Before msgpackr sees a value, `measure` walks over it: alone it
// would turn a function into undefined, -0 into 0, a Map into an object and a `Float64Array` into bytes, all in silence. What
// MessagePack does not bring over is spelled out by `dismantle`, in a structured frame. Before msgpackr sees a frame, `skim`
// looks it over.
import { Packr, RESERVE_START_SPACE, REUSE_BUFFER_MODE, Unpackr } from 'msgpackr/pack';
import type { Address } from '../address.ts';
import { isTroupeError, TroupeError } from '../errors.ts';
import { dismantle } from './dismantle.ts';
import { MAX_DEPTH, MAX_FRAME_DEPTH, MAX_VALUES } from './limits.ts';
import { measure, NOT_PLAIN } from './measure.ts';
import { countUnpacked } from './native-strings.ts';
import { notSerializable, protocolViolation } from './refusal.ts';
import { restore } from './restore.ts';
import { ShapedDecoder } from './shaped-decoder.ts';
import { NOT_HERE, ShapedEncoder } from './shaped-encoder.ts';
import { SHAPED } from './shaped-format.ts';
import { skim } from './skim.ts';
import { STRUCTURED } from './special.ts';

export interface CodecOptions {
  /** Makes the ref that an address stands for. */
  readonly reviveRef: (address: Address) => unknown;
  /** Called before memory is taken for a large Buffer or typed array; default: nothing. */
  readonly beforeLarge?: () => void;
}

/**
 * One for each pair of lanes between two nodes; what it decodes was encoded by one of the same version, or is refused. What one
 * side writes in place must be read by the other, every frame of it, in order: frames teach the lane.
 */
export interface Codec {
  /**
   * Encodes into `target` from `offset`, using at most `room` bytes. Returns where the frame ends, or -1 when it does not fit:
   * then `overflow()` has the value. The frame is the next one of the lane, or `takeBack()` is called. What lies in the room
   * is undefined unless it is sent. Throws TROUPE_NOT_SERIALIZABLE with the path of what cannot leave its process.
   */
  encodeInto(value: unknown, target: Buffer, offset: number, room: number): number;
  /** The frame of the last `encodeInto` will not be sent after all: what it would have taught the lane is forgotten. */
  takeBack(): void;
  /** What did not fit, in a frame that stands for itself; valid until the next call. */
  overflow(): Uint8Array;
  /** Packs into memory of its own a frame that stands for itself and is safe to keep. Throws like `encodeInto`. */
  encode(value: unknown): Buffer;
  /**
   * The value in `memory` from `start` to `end`; keeps nothing of that memory. Throws TROUPE_PROTOCOL_VIOLATION, and
   * nothing else, when the bytes are no value.
   */
  decode(memory: Buffer, start: number, end: number): unknown;
}

export function createCodec(options: CodecOptions): Codec {
  return new LaneCodec(options);
}

const PLAIN = { useRecords: false, mapsAsObjects: true, useToJSON: false, structuredClone: false } as const;

// msgpackr moves on to memory of its own when less than this is left behind what it packs.
const SLACK_BYTES = 2048 + 64;
const SMALLEST_SCRATCH_BYTES = 8 * 1024;
const LARGEST_SCRATCH_BYTES = 1024 * 1024;

// msgpackr packs into one memory for the whole process, whoever uses it. It is left a full one, so that it takes another.
const FULL = Buffer.allocUnsafeSlow(SMALLEST_SCRATCH_BYTES);

// A getter of a value that is being packed may itself encode: not into the memory at hand then.
let isPacking = false;

// Frames are unpacked from a copy: the other process could change memory that is shared after it was looked over.
const SMALL_FRAME_BYTES = 64 * 1024;
const smallFrame = Buffer.allocUnsafeSlow(SMALL_FRAME_BYTES);

const packr = new Packr({ ...PLAIN, writeFunction: refuseFunction });
const copying = new Unpackr({ ...PLAIN, copyBuffers: true });
/** For copies made for one frame, which its own values may keep. */
const keeping = new Unpackr({ ...PLAIN, copyBuffers: false });

class LaneCodec implements Codec {
  readonly #reviveRef: (address: Address) => unknown;
  readonly #encoder = new ShapedEncoder();
  readonly #decoder: ShapedDecoder;
  #scratch = Buffer.allocUnsafeSlow(SMALLEST_SCRATCH_BYTES);
  #packed: Buffer = this.#scratch;
  #packedBytes = 0;

  constructor({ reviveRef, beforeLarge = () => undefined }: CodecOptions) {
    this.#reviveRef = reviveRef;
    this.#decoder = new ShapedDecoder(reviveRef, beforeLarge);
  }

  encodeInto(value: unknown, target: Buffer, offset: number, room: number): number {
    const end = this.#encoder.encode(value, target, offset, room);
    return end === NOT_HERE ? this.#packInto(value, target, offset, room) : end;
  }

  takeBack(): void {
    this.#encoder.takeBack();
  }

  #packInto(value: unknown, target: Buffer, offset: number, room: number): number {
    const mostBytes = plainBytes(value);
    if (mostBytes >= 0) return this.#place(value, false, mostBytes, target, offset, room);
    const tree = dismantle(value);
    return this.#place(tree, true, structuredBytes(tree), target, offset, room);
  }

  overflow(): Uint8Array {
    return this.#packed.subarray(0, this.#packedBytes);
  }

  encode(value: unknown): Buffer {
    const mostBytes = plainBytes(value);
    if (mostBytes >= 0) {
      this.#packAside(value, false, mostBytes);
    } else {
      const tree = dismantle(value);
      this.#packAside(tree, true, structuredBytes(tree));
    }
    const copy = Buffer.allocUnsafe(this.#packedBytes);
    this.#packed.copy(copy, 0, 0, this.#packedBytes);
    return copy;
  }

  decode(memory: Buffer, start: number, end: number): unknown {
    try {
      if (start < end && memory[start] === SHAPED) return this.#decoder.decode(memory, start, end);
      if (start >= end || memory[start] !== STRUCTURED) return unpack(memory, start, end);
      return restore(unpack(memory, start + 1, end), this.#reviveRef);
    } catch (error) {
      throw isTroupeError(error, 'TROUPE_PROTOCOL_VIOLATION')
        ? error
        : protocolViolation('its values do not fit', error);
    }
  }

  #place(
    tree: unknown,
    isStructured: boolean,
    mostBytes: number,
    target: Buffer,
    offset: number,
    room: number,
  ): number {
    if (mostBytes <= room && mostBytes + SLACK_BYTES <= target.length - offset && !isPacking) {
      return pack(tree, isStructured, target, offset, mostBytes);
    }
    this.#packAside(tree, isStructured, mostBytes);
    if (this.#packedBytes > room) return -1;
    this.#packed.copy(target, offset, 0, this.#packedBytes);
    return offset + this.#packedBytes;
  }

  #packAside(tree: unknown, isStructured: boolean, mostBytes: number): void {
    if (isPacking) {
      const packed = packr.pack(tree);
      this.#packed = isStructured ? Buffer.concat([Buffer.of(STRUCTURED), packed]) : packed;
      this.#packedBytes = this.#packed.length;
      return;
    }
    const memory = this.#memoryFor(mostBytes + SLACK_BYTES);
    this.#packedBytes = pack(tree, isStructured, memory, 0, mostBytes);
    this.#packed = memory;
  }

  #memoryFor(bytes: number): Buffer {
    if (bytes <= this.#scratch.length) return this.#scratch;
    if (bytes > LARGEST_SCRATCH_BYTES) return allocate(bytes);
    this.#scratch = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(bytes)));
    return this.#scratch;
  }
}

/** Most bytes that `value` takes as it is; negative when it has to be dismantled. */
function plainBytes(value: unknown): number {
  try {
    return measure(value, MAX_DEPTH);
  } catch {
    // A getter threw; `dismantle` will tell which.
    return NOT_PLAIN;
  }
}

function structuredBytes(tree: unknown): number {
  const bytes = measure(tree, MAX_FRAME_DEPTH);
  if (bytes === NOT_PLAIN) throw notSerializable([], `has more than ${String(MAX_VALUES)} values`);
  return bytes + 1;
}

/** Packs where there is room for `mostBytes` and the slack; where the packed bytes end. */
function pack(
  tree: unknown,
  isStructured: boolean,
  target: Buffer,
  offset: number,
  mostBytes: number,
): number {
  const start = isStructured ? offset + 1 : offset;
  // msgpackr starts at multiples of 8, but leaves room for a header where it is asked to.
  const behindBoundary = start % 8;
  isPacking = true;
  try {
    packr.useBuffer(target);
    packr.position = start - behindBoundary;
    const memory = packr.pack(tree, REUSE_BUFFER_MODE | RESERVE_START_SPACE | behindBoundary);
    const end = packr.offset;
    if (memory !== target || end > offset + mostBytes) throw new Error('it became larger');
    if (isStructured) target[offset] = STRUCTURED;
    return end;
  } catch (error) {
    throw notSerializable([], 'changed while it was read; send what does not compute its properties', error);
  } finally {
    isPacking = false;
    packr.useBuffer(FULL);
    packr.position = FULL.length;
  }
}

function unpack(memory: Buffer, start: number, end: number): unknown {
  const length = end - start;
  if (length <= 0) throw protocolViolation('it is empty');
  countUnpacked(length);
  if (length <= SMALL_FRAME_BYTES) {
    memory.copy(smallFrame, 0, start, end);
    skim(smallFrame, length, MAX_FRAME_DEPTH);
    return copying.unpack(smallFrame, length);
  }
  const frame = Buffer.allocUnsafeSlow(length);
  memory.copy(frame, 0, start, end);
  const isMostlyBinary = skim(frame, length, MAX_FRAME_DEPTH) * 2 > length;
  return (isMostlyBinary ? keeping : copying).unpack(frame, length);
}

function allocate(bytes: number): Buffer {
  try {
    return Buffer.allocUnsafeSlow(bytes);
  } catch (cause) {
    throw new TroupeError(
      'TROUPE_FRAME_TOO_LARGE',
      `cannot send: the message may take ${String(bytes)} bytes`,
      { cause },
    );
  }
}

function refuseFunction(): never {
  throw new TypeError('it became a function');
}
