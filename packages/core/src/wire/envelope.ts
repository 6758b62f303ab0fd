// Everything that crosses a lane, as one header laid out by hand before the payload. What the payload says is the codec's
// concern; which actor gets it, the system's. Most frames are messages whose recipient and type the lane has seen before:
// they have a short header, below.
//
//   0      1      2             4             8             12            16            20
//   +------+------+-------------+-------------+-------------+-------------+-------------+----------+---------
//   | kind | flags| type length | to          | from        | correlation | timeout     | type ... | payload
//   +------+------+-------------+-------------+-------------+-------------+-------------+----------+---------
//     u8     u8     u16           u32           u32           u32           u32 ms        utf8       codec
//
// `to` is an actor's number on the node that reads, `from` on the node that writes; 0 is no actor. `timeout` of an ASK is the
// time at which its asker gives up, see `actor/deadline.ts`. Little endian.
//
// `from` of a TELL or an ASK says until when it may wait for its turn, or 0.
// A message with the flag NUMBERS gives its recipient and its type the number in `from`; later ones name them by it:
//
//   0      1        2
//   +------+--------+----------
//   | kind | number | payload                                    kind = ROUTED_TELL
//   +------+--------+-------------+-------------+---------
//   | kind | number | correlation | deadline    | payload        kind = ROUTED_ASK
//   +------+--------+-------------+-------------+---------
//     u8     u8       u32           u32                          and PROMPT_KIND added when it is to be reported at once

export const TELL = 1;
export const ASK = 2;
/**
 * Answers an ask: the payload is the handler's return value. The header has counts too, as in `Settled`, of messages to the
 * actor `to` that were delivered: `from` is how many, `timeout` their bytes.
 */
export const REPLY = 3;
/** Answers an ask: the payload is the error. Counts as with REPLY. */
export const FAILURE = 4;
/** The asker no longer waits for `correlation`. */
export const CANCEL = 5;
/** How many messages to `to` came to an end since it was reported last, see `Settled`. */
export const SETTLED = 6;
/** The actor `from` ended, says the payload, its `EndReason`, to the watcher `to`; after all that it sent there. */
export const DOWN = 7;
/**
 * Stop the actor `to` once it has handled what came before; `timeout` is how long it may take. The watcher `from`, or 0, waits.
 */
export const STOP = 8;

/** An ASK for a stream: `from` is how many items its asker takes before it grants more. REPLY or FAILURE is its end. */
export const STREAM = 9;
/** One item of the stream that answers `correlation`. */
export const ITEM = 10;
/** The reader of the stream that answers `correlation` takes `timeout` more items. */
export const GRANT = 11;

const LAST_KIND = GRANT;

/** A TELL to a recipient and of a type that the lane knows by number. */
export const ROUTED_TELL = 12;
/** An ASK likewise. */
export const ROUTED_ASK = 13;
/** Added to the kind of a routed message: what the flag PROMPT says of others. */
export const PROMPT_KIND = 0x80;
/** How many numbers a lane has. */
export const ROUTES = 256;

/** Flag: the sender is running out of room; report how this message ended as soon as it has. */
const PROMPT = 1;
/** Flag of a TELL or an ASK: `from` is the number that its recipient and its type have from now on. */
const NUMBERS = 2;

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
  /** Whether `from` numbers the recipient and the type. */
  numbers: boolean;
  type: string;
  /** Where the payload starts, in the same memory. */
  payloadStart: number;
}

export function emptyHeader(): Header {
  return {
    kind: 0,
    to: 0,
    from: 0,
    correlation: 0,
    timeoutMs: 0,
    prompt: false,
    numbers: false,
    type: '',
    payloadStart: 0,
  };
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
  numbers = false,
): number {
  const typeBytes = writeType(memory, offset + HEADER_BYTES, type);
  memory[offset + KIND_OFFSET] = kind;
  memory[offset + FLAGS_OFFSET] = (prompt ? PROMPT : 0) | (numbers ? NUMBERS : 0);
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

/**
 * Says until when the message in a whole TELL or ASK may wait for its turn, see `actor/deadline.ts`; in another it has no place.
 */
export function setExpiry(frame: Buffer, deadline: number): void {
  const kind = frame[KIND_OFFSET];
  if (kind === TELL || kind === ASK) frame.writeInt32LE(deadline, FROM_OFFSET);
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
  if (kind < TELL || kind > LAST_KIND || typeEnd > end) return false;
  if (flags > PROMPT && (flags > (PROMPT | NUMBERS) || kind > ASK)) return false;
  header.kind = kind;
  header.to = memory.readUInt32LE(start + TO_OFFSET);
  header.from = memory.readUInt32LE(start + FROM_OFFSET);
  header.correlation = memory.readUInt32LE(start + CORRELATION_OFFSET);
  header.prompt = (flags & PROMPT) !== 0;
  header.numbers = (flags & NUMBERS) !== 0;
  if (header.numbers && header.from >= ROUTES) return false;
  header.timeoutMs = memory.readUInt32LE(start + TIMEOUT_OFFSET);
  header.type = readType(memory, start + HEADER_BYTES, typeEnd);
  header.payloadStart = typeEnd;
  return true;
}

/** Bytes before the payload of a routed TELL. */
export const ROUTED_TELL_BYTES = 2;
/** Bytes before the payload of a routed ASK. */
export const ROUTED_ASK_BYTES = 10;
const NUMBER_OFFSET = 1;
const ROUTED_CORRELATION_OFFSET = 2;
const ROUTED_DEADLINE_OFFSET = 6;

/** Writes the header of a routed TELL at `offset` and returns where the payload starts. */
export function writeRoutedTell(memory: Buffer, offset: number, number: number, prompt: boolean): number {
  memory[offset + KIND_OFFSET] = prompt ? ROUTED_TELL | PROMPT_KIND : ROUTED_TELL;
  memory[offset + NUMBER_OFFSET] = number;
  return offset + ROUTED_TELL_BYTES;
}

/** Writes the header of a routed ASK at `offset` and returns where the payload starts. */
export function writeRoutedAsk(
  memory: Buffer,
  offset: number,
  number: number,
  prompt: boolean,
  correlation: number,
  deadline: number,
): number {
  memory[offset + KIND_OFFSET] = prompt ? ROUTED_ASK | PROMPT_KIND : ROUTED_ASK;
  memory[offset + NUMBER_OFFSET] = number;
  memory.writeUInt32LE(correlation, offset + ROUTED_CORRELATION_OFFSET);
  memory.writeInt32LE(deadline, offset + ROUTED_DEADLINE_OFFSET);
  return offset + ROUTED_ASK_BYTES;
}

/** The number in a routed header; of a frame of at least two bytes. */
export function routeNumber(memory: Buffer, start: number): number {
  return memory[start + NUMBER_OFFSET] ?? 0;
}

/** The correlation of a routed ASK, which is whole. */
export function routedCorrelation(memory: Buffer, start: number): number {
  return memory.readUInt32LE(start + ROUTED_CORRELATION_OFFSET);
}

/** When the asker of a routed ASK, which is whole, gives up. */
export function routedDeadline(memory: Buffer, start: number): number {
  return memory.readInt32LE(start + ROUTED_DEADLINE_OFFSET);
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
