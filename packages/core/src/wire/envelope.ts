// Everything that crosses a lane, as one header laid out by hand before the payload. What the payload says is the codec's
// concern; which actor gets it, the system's.
//
//   0      1      2             4             8             12            16            20
//   +------+------+-------------+-------------+-------------+-------------+-------------+----------+---------
//   | kind | flags| type length | to          | from        | correlation | timeout     | type ... | payload
//   +------+------+-------------+-------------+-------------+-------------+-------------+----------+---------
//     u8     u8     u16           u32           u32           u32           u32 ms        utf8       codec
//
// `to` is an actor's number on the node that reads, `from` on the node that writes; 0 is no actor. Little endian.

export const TELL = 1;
export const ASK = 2;
/** Answers an ask: the payload is the handler's return value. */
export const REPLY = 3;
/** Answers an ask: the payload is the error. */
export const FAILURE = 4;
/** The asker no longer waits for `correlation`. */
export const CANCEL = 5;
/** How many messages to `to` came to an end since it was reported last, see `Settled`. */
export const SETTLED = 6;
/** The actor `from` ended, says the payload, its `EndReason`, to the watcher `to`; after all that it sent there. */
export const DOWN = 7;
/** Stop the actor `to` once it has handled what came before; `timeout` is how long it may take. */
export const STOP = 8;

const LAST_KIND = STOP;

/** Flag: the sender is running out of room; report how this message ended as soon as it has. */
const PROMPT = 1;

const HEADER_BYTES = 20;
const KIND_OFFSET = 0;
const FLAGS_OFFSET = 1;
const TYPE_LENGTH_OFFSET = 2;
const TO_OFFSET = 4;
const FROM_OFFSET = 8;
const CORRELATION_OFFSET = 12;
const TIMEOUT_OFFSET = 16;

/** Longest name of a message, in bytes: what the field holds. */
export const MAX_TYPE_BYTES = 0xffff;

/** A header that was read; one object is reused for every frame of a lane. */
export interface Header {
  kind: number;
  to: number;
  from: number;
  correlation: number;
  timeoutMs: number;
  prompt: boolean;
  type: string;
  /** Where the payload starts, in the same memory. */
  payloadStart: number;
}

export function emptyHeader(): Header {
  return { kind: 0, to: 0, from: 0, correlation: 0, timeoutMs: 0, prompt: false, type: '', payloadStart: 0 };
}

/** Bytes that `writeHeader` needs at most for a message of this type. */
export function headerBytes(type: string): number {
  return HEADER_BYTES + type.length * 3;
}

/** Writes the header at `offset` and returns where the payload starts. */
export function writeHeader(
  memory: Buffer,
  offset: number,
  kind: number,
  type: string,
  to: number,
  from: number,
  correlation: number,
  timeoutMs: number,
  prompt: boolean,
): number {
  const typeBytes = writeType(memory, offset + HEADER_BYTES, type);
  memory[offset + KIND_OFFSET] = kind;
  memory[offset + FLAGS_OFFSET] = prompt ? PROMPT : 0;
  memory.writeUInt16LE(typeBytes, offset + TYPE_LENGTH_OFFSET);
  memory.writeUInt32LE(to, offset + TO_OFFSET);
  memory.writeUInt32LE(from, offset + FROM_OFFSET);
  memory.writeUInt32LE(correlation, offset + CORRELATION_OFFSET);
  memory.writeUInt32LE(timeoutMs, offset + TIMEOUT_OFFSET);
  return offset + HEADER_BYTES + typeBytes;
}

// A native call costs more than the few letters that most types have.
const LONGEST_BY_HAND = 32;

function writeType(memory: Buffer, offset: number, type: string): number {
  const { length } = type;
  if (length > LONGEST_BY_HAND) return memory.write(type, offset, 'utf8');
  for (let index = 0; index < length; index += 1) {
    const unit = type.charCodeAt(index);
    if (unit > LAST_ASCII) return memory.write(type, offset, 'utf8');
    memory[offset + index] = unit;
  }
  return length;
}

const LAST_ASCII = 0x7f;
// Messages of one type come in runs.
let lastType = '';

function readType(memory: Buffer, start: number, end: number): string {
  if (isLastType(memory, start, end)) return lastType;
  const type = memory.toString('utf8', start, end);
  if (type.length <= LONGEST_BY_HAND) lastType = type;
  return type;
}

function isLastType(memory: Buffer, start: number, end: number): boolean {
  if (lastType.length !== end - start) return false;
  for (let index = 0; start + index < end; index += 1) {
    const byte = memory[start + index] ?? 0;
    if (byte > LAST_ASCII || byte !== lastType.charCodeAt(index)) return false;
  }
  return true;
}

/** A frame that waited gets what was not known when it was packed: the actor's number where it goes. */
export function readdress(frame: Buffer, to: number, prompt: boolean): void {
  frame.writeUInt32LE(to, TO_OFFSET);
  frame[FLAGS_OFFSET] = prompt ? PROMPT : 0;
}

/** Where the payload of a whole frame starts. */
export function payloadStart(frame: Buffer): number {
  return HEADER_BYTES + frame.readUInt16LE(TYPE_LENGTH_OFFSET);
}

/** Reads the header of a frame into `header`; false when the bytes are no frame. */
export function readHeader(memory: Buffer, start: number, end: number, header: Header): boolean {
  if (end - start < HEADER_BYTES) return false;
  const kind = memory[start + KIND_OFFSET] ?? 0;
  const typeEnd = start + HEADER_BYTES + memory.readUInt16LE(start + TYPE_LENGTH_OFFSET);
  const flags = memory[start + FLAGS_OFFSET] ?? 0;
  if (kind < TELL || kind > LAST_KIND || flags > PROMPT || typeEnd > end) return false;
  header.kind = kind;
  header.to = memory.readUInt32LE(start + TO_OFFSET);
  header.from = memory.readUInt32LE(start + FROM_OFFSET);
  header.correlation = memory.readUInt32LE(start + CORRELATION_OFFSET);
  header.prompt = flags === PROMPT;
  header.timeoutMs = memory.readUInt32LE(start + TIMEOUT_OFFSET);
  header.type = readType(memory, start + HEADER_BYTES, typeEnd);
  header.payloadStart = typeEnd;
  return true;
}

/** How messages to one actor came to an end since the last report. `bytes` covers all three. */
export interface Settled {
  delivered: number;
  dead: number;
  lost: number;
  bytes: number;
}

const SETTLED_BYTES = 32;

/** A SETTLED frame. Counts travel as doubles: exact to 2^53, and no bigint on the way. */
export function settledFrame(actor: number, settled: Settled): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + SETTLED_BYTES);
  const offset = writeHeader(frame, 0, SETTLED, '', actor, 0, 0, 0, false);
  frame.writeDoubleLE(settled.delivered, offset);
  frame.writeDoubleLE(settled.dead, offset + 8);
  frame.writeDoubleLE(settled.lost, offset + 16);
  frame.writeDoubleLE(settled.bytes, offset + 24);
  return frame;
}

/** The counts of a SETTLED frame; undefined when the bytes are none. */
export function readSettled(memory: Buffer, start: number, end: number): Settled | undefined {
  if (end - start !== SETTLED_BYTES) return undefined;
  return {
    delivered: memory.readDoubleLE(start),
    dead: memory.readDoubleLE(start + 8),
    lost: memory.readDoubleLE(start + 16),
    bytes: memory.readDoubleLE(start + 24),
  };
}
