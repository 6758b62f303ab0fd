// Everything that crosses a lane, as one header laid out by hand before the payload. What the payload says is the codec's
// concern; which actor gets it, the system's. Most frames are messages whose recipient and type the lane has seen before:
// they have a short header, see `routed-header.ts`.
//
//   0      1      2             4             8             12            16            20
//   +------+------+-------------+-------------+-------------+-------------+-------------+----------+---------
//   | kind | flags| type length | to          | from        | correlation | amount      | type ... | payload
//   +------+------+-------------+-------------+-------------+-------------+-------------+----------+---------
//     u8     u8     u16           u32           u32           u32           u32           utf8       codec
//
// `to` is an actor's number on the node that reads, `from` on the node that writes; 0 is no actor. `amount` of an ASK is the
// time at which its asker gives up, see `actor/deadline.ts`. Little endian.
//
// `from` of a TELL or an ASK says until when it may wait for its turn, or 0.
// A message with the flag NUMBERS gives its recipient and its type the number in `from`; later ones name them by it.
import { ROUTES } from './routed-header.ts';

export const TELL = 1;
export const ASK = 2;
/**
 * Answers an ask: the payload is the handler's return value. The header has counts too, as in `Settled`, of messages to the
 * actor `to` that were delivered: `from` is how many, `amount` their bytes.
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
 * Stop the actor `to` once it has handled what came before; `amount` is how many milliseconds it may take. The watcher `from`,
 * or 0, waits.
 */
export const STOP = 8;

/** An ASK for a stream: `from` is how many items its asker takes before it grants more. REPLY or FAILURE is its end. */
export const STREAM = 9;
/** One item of the stream that answers `correlation`. */
export const ITEM = 10;
/** The reader of the stream that answers `correlation` takes `amount` more items. */
export const GRANT = 11;

const LAST_KIND = GRANT;

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
const AMOUNT_OFFSET = 16;

/** Longest name of a message, in bytes: what the field holds. */
export const MAX_TYPE_BYTES = 0xffff;

/** All that a header says. */
export interface Envelope {
  readonly kind: number;
  readonly type: string;
  readonly to: number;
  readonly from: number;
  readonly correlation: number;
  /** By kind a deadline, bytes, items or milliseconds. */
  readonly amount: number;
  readonly prompt: boolean;
  /** Whether `from` is the number that its route has from now on. */
  readonly numbers: boolean;
}

/** The header of a frame, as far as it says nothing. */
export const EMPTY_ENVELOPE: Envelope = {
  kind: 0,
  type: '',
  to: 0,
  from: 0,
  correlation: 0,
  amount: 0,
  prompt: false,
  numbers: false,
};

type Writable<Shape> = { -readonly [Field in keyof Shape]: Shape[Field] };

/** A header that was read; one object is reused for every frame of a lane. */
export interface Header extends Writable<Envelope> {
  /** Where the payload starts, in the same memory. */
  payloadStart: number;
}

export function emptyHeader(): Header {
  return { ...EMPTY_ENVELOPE, payloadStart: 0 };
}

/** Bytes that `writeHeader` needs at most for a message of this type. */
export function headerBytes(type: string): number {
  return HEADER_BYTES + type.length * 3;
}

/** Writes the header at `offset` and returns where the payload starts. */
export function writeHeader(memory: Buffer, offset: number, envelope: Envelope): number {
  const { kind, type, to, from, correlation, amount, prompt, numbers } = envelope;
  const typeBytes = writeType(memory, offset + HEADER_BYTES, type);
  memory[offset + KIND_OFFSET] = kind;
  memory[offset + FLAGS_OFFSET] = (prompt ? PROMPT : 0) | (numbers ? NUMBERS : 0);
  memory.writeUInt16LE(typeBytes, offset + TYPE_LENGTH_OFFSET);
  memory.writeUInt32LE(to, offset + TO_OFFSET);
  memory.writeUInt32LE(from, offset + FROM_OFFSET);
  memory.writeUInt32LE(correlation, offset + CORRELATION_OFFSET);
  memory.writeUInt32LE(amount, offset + AMOUNT_OFFSET);
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
  header.amount = memory.readUInt32LE(start + AMOUNT_OFFSET);
  header.type = readType(memory, start + HEADER_BYTES, typeEnd);
  header.payloadStart = typeEnd;
  return true;
}
