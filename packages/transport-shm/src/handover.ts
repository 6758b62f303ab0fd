// What the two ends of a lane tell each other over its socket, once each: the receiver where the memory is and how it is rung,
// the sender, once it has attached, how it is rung. A length, a line of JSON, and descriptors beside it.
import { TroupeError } from '@troupe/core/transport';
import { receiveDescriptors, sendDescriptors } from '@troupe/posix';
import { isSegmentKind, segmentDescriptors } from './ring-segment.ts';
import type { SegmentAddress } from './ring-segment.ts';
import { bellDescriptors, isRealTimeSignal, isWakeUp } from './wake-up/contract.ts';
import type { BellAddress } from './wake-up/contract.ts';

/** From the receiver. */
export interface Handover {
  readonly segment: SegmentAddress;
  readonly bell: BellAddress;
}

const LENGTH_BYTES = 4;
const MAX_BYTES = 1024;
const MAX_DESCRIPTORS = 4;

/** False: nobody reads any more, or not now. Throws EPIPE or ECONNRESET when the sender has left. */
export function sendHandover(socket: number, { segment, bell }: Handover): boolean {
  return send(socket, { segment: plain(segment), bell: plain(bell) }, [
    ...segment.descriptors,
    ...bell.descriptors,
  ]);
}

/** The sender's answer. */
export function sendBell(socket: number, bell: BellAddress): boolean {
  return send(socket, { bell: plain(bell) }, bell.descriptors);
}

/** What came: an object, or `'nothing'` yet, or `'end'`. Its descriptors are the caller's. */
export type Incoming = { readonly told: object; readonly descriptors: readonly number[] } | 'nothing' | 'end';

/** Throws TROUPE_PROTOCOL_VIOLATION for what is no message, after `close` has taken its descriptors. */
export function receiveMessage(socket: number, lane: string, close: (fd: number) => void): Incoming {
  const buffer = Buffer.alloc(LENGTH_BYTES + MAX_BYTES);
  const { bytes, descriptors } = receiveDescriptors(socket, buffer, MAX_DESCRIPTORS);
  if (bytes <= 0) return bytes < 0 ? 'nothing' : 'end';
  try {
    // Written at once, and so small that it is never cut.
    if (bytes < LENGTH_BYTES || buffer.readUInt32LE(0) !== bytes - LENGTH_BYTES) {
      throw new RangeError(`${bytes} bytes came, which are no message`);
    }
    const told: unknown = JSON.parse(buffer.toString('utf8', LENGTH_BYTES, bytes));
    if (typeof told !== 'object' || told === null) throw new RangeError('what came is no object');
    return { told, descriptors };
  } catch (error) {
    for (const fd of descriptors) close(fd);
    throw notAHandover(lane, error instanceof Error ? error.message : String(error));
  }
}

/** What the receiver told. Throws TROUPE_PROTOCOL_VIOLATION; the descriptors stay the caller's. */
export function readHandover(told: object, descriptors: readonly number[], lane: string): Handover {
  const { segment, bell } = told as { readonly segment?: Partial<SegmentAddress>; readonly bell?: unknown };
  const kind = segment?.segment;
  const id = segment?.id;
  if (!isSegmentKind(kind) || typeof id !== 'string') throw notAHandover(lane, 'it names no segment');
  if (kind === 'sysv' && !/^\d{1,10}$/.test(id))
    throw notAHandover(lane, `'${id}' is the number of no segment`);
  const count = segmentDescriptors(kind);
  return {
    segment: { segment: kind, id, descriptors: descriptors.slice(0, count) },
    bell: readBell({ bell }, descriptors.slice(count), lane),
  };
}

/** What the sender answered. Throws TROUPE_PROTOCOL_VIOLATION; the descriptors stay the caller's. */
export function readBell(told: object, descriptors: readonly number[], lane: string): BellAddress {
  const { wakeUp, number } = (told as { readonly bell?: Partial<BellAddress> }).bell ?? {};
  if (!isWakeUp(wakeUp) || !Number.isInteger(number)) throw notAHandover(lane, 'it names no wake-up');
  if (descriptors.length !== bellDescriptors(wakeUp)) {
    throw notAHandover(lane, `${descriptors.length} descriptors came for the wake-up '${wakeUp}'`);
  }
  // Never one that stops or kills.
  if (wakeUp === 'signal' && !isRealTimeSignal(Number(number))) {
    throw notAHandover(lane, `${number} is no real-time signal`);
  }
  return { wakeUp, number: Number(number), descriptors };
}

function send(socket: number, told: unknown, descriptors: readonly number[]): boolean {
  const text = Buffer.from(JSON.stringify(told));
  const message = Buffer.alloc(LENGTH_BYTES + text.length);
  message.writeUInt32LE(text.length);
  text.copy(message, LENGTH_BYTES);
  return sendDescriptors(socket, descriptors, message) === message.length;
}

/** Descriptors travel beside it, not in it. */
function plain<Address extends { readonly descriptors: unknown }>({
  descriptors: _,
  ...rest
}: Address): Omit<Address, 'descriptors'> {
  return rest;
}

function notAHandover(lane: string, reason: string): TroupeError {
  return new TroupeError(
    'TROUPE_PROTOCOL_VIOLATION',
    `Cannot open ${lane}: the peer does not hand over what belongs to a lane: ${reason}. ` +
      'Run the same version of Troupe in every process of a system.',
  );
}
