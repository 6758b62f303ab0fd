// Queues of System V: found by a number, and by nothing an event loop could wait for. Who sends rings an eventfd that the
// receiver has handed over; who finds the queue full asks over the connection of its lane, and is answered there.
import { step, wrongOffer } from '@troupe/core/transport';
import type { LaneOffer } from '@troupe/core/transport';
import {
  checkEventDescriptor,
  clearEventDescriptor,
  closeDescriptor,
  createEventDescriptor,
  createFifo,
  createKeyedObject,
  createSysvQueue,
  describeSysvQueue,
  isSystemError,
  openFifoForReading,
  openFifoForWriting,
  readDescriptor,
  readSysvQueueLimits,
  receiveFromSysvQueue,
  removeKernelObject,
  ringEventDescriptor,
  sendToSysvQueue,
  SYSV_TYPE_BYTES,
  SystemError,
  waitDescriptor,
  watchDescriptor,
  writeDescriptor,
} from '@troupe/posix';
import type { DescriptorWatch } from '@troupe/posix';
import { constants } from 'node:os';
import { sysvQueueFailure } from './queue-limit.ts';
import type { OwnQueue, PeerQueue, QueueKind } from './queue.ts';

const NAME = 'sysv-mq';
// Half of what a queue holds by default: one message is read while another is written.
const LARGEST_MESSAGE_BYTES = 8192;

// Types: the lowest there is comes first.
const AHEAD_TYPE = 1;
const IN_LINE_TYPE = 2;
const ANY_TYPE = Number.MAX_SAFE_INTEGER;

const REQUEST = Buffer.of(1);
const RINGS_BYTES = 4096;

export const sysvKind: QueueKind = {
  name: NAME,
  handoverCount: 1,

  create(directory) {
    let bell: number | undefined;
    try {
      bell = createEventDescriptor();
      const eventDescriptor = bell;
      const { object, made } = createKeyedObject(directory, 'sysv-queue', (key) => {
        step('mq.create-sysv.before');
        return { key, id: createSysvQueue(key) };
      });
      step('mq.create-sysv.after');
      return new OwnSysvQueue(made.id, made.key, eventDescriptor, () =>
        removeKernelObject(directory, object),
      );
    } catch (error) {
      if (bell !== undefined) closeDescriptor(bell);
      throw sysvQueueFailure(error);
    }
  },

  checkOffer(offer) {
    queueIn(offer);
  },

  open(offer, handover, socket) {
    const { queue, key } = queueIn(offer);
    const [bell] = handover;
    if (bell === undefined) throw wrongOffer(offer, NAME);
    checkEventDescriptor(bell);
    const found = describeSysvQueue(queue);
    if (found.key !== key) {
      // Numbers come again.
      const reason = `it has the key ${found.key}, the one that was offered ${key}`;
      const { EINVAL } = constants.errno;
      throw new SystemError({
        code: 'EINVAL',
        errno: EINVAL,
        syscall: 'msgctl',
        subject: `queue ${queue}`,
        reason,
      });
    }
    return new PeerSysvQueue(queue, messageBytesFor(found.queueBytes), bell, socket);
  },
};

function queueIn(offer: LaneOffer): { readonly queue: number; readonly key: number } {
  const { queue, key } = offer;
  if (isNumberOfKernel(queue) && isNumberOfKernel(key)) return { queue, key };
  throw wrongOffer(offer, NAME);
}

function isNumberOfKernel(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0x7fffffff;
}

function messageBytesFor(queueBytes: number): number {
  return Math.min(LARGEST_MESSAGE_BYTES, readSysvQueueLimits().messageBytes, queueBytes);
}

class OwnSysvQueue implements OwnQueue {
  readonly offer: Readonly<Record<string, number>>;
  readonly address: string;
  readonly messageBytes: number;
  readonly handover: readonly number[];
  readonly buffer: Buffer;
  readonly bodyStart = SYSV_TYPE_BYTES;
  readonly #id: number;
  readonly #bell: number;
  readonly #remove: () => void;
  readonly #watches: DescriptorWatch[] = [];
  #onReady: () => void = () => {};
  // The bell with a name: its reading end, and a writing end so that it never hangs up.
  #namedBell: readonly number[] = [];

  /** Takes over `bell`. */
  constructor(id: number, key: number, bell: number, remove: () => void) {
    const { queueBytes } = describeSysvQueue(id);
    this.offer = { queue: id, key };
    this.address = String(id);
    this.messageBytes = messageBytesFor(queueBytes);
    this.handover = [bell];
    this.buffer = Buffer.allocUnsafeSlow(SYSV_TYPE_BYTES + queueBytes);
    this.#id = id;
    this.#bell = bell;
    this.#remove = remove;
  }

  receive(): number {
    return receiveFromSysvQueue(this.#id, this.buffer, ANY_TYPE);
  }

  isThere(): boolean {
    try {
      // Numbers come again.
      return describeSysvQueue(this.#id).key === this.offer['key'];
    } catch (error) {
      // Gone, or another user's by now: nobody could open it.
      if (isSystemError(error)) return false;
      throw error;
    }
  }

  waiting(): number {
    return describeSysvQueue(this.#id).waiting;
  }

  watch(onReady: () => void): void {
    this.#onReady = onReady;
    this.#watchBell(this.#bell, () => clearEventDescriptor(this.#bell));
  }

  hangBell(path: string): boolean {
    if (this.#namedBell.length > 0) return true;
    createFifo(path);
    const reading = openFifoForReading(path);
    this.#namedBell = [reading];
    this.#namedBell = [reading, openFifoForWriting(path)];
    const rings = Buffer.alloc(RINGS_BYTES);
    this.#watchBell(reading, () => readDescriptor(reading, rings, 0, rings.length));
    return true;
  }

  close(): void {
    for (const watch of this.#watches) watch.close();
    step('mq.remove-sysv.before');
    this.#remove();
    step('mq.remove-sysv.after');
    for (const fd of [this.#bell, ...this.#namedBell]) closeDescriptor(fd);
  }

  #watchBell(fd: number, clear: () => unknown): void {
    const watch = watchDescriptor(fd, () => {
      clear();
      this.#onReady();
    });
    watch.update({ readable: true });
    // What keeps a process alive is its connections.
    watch.unref();
    this.#watches.push(watch);
  }
}

class PeerSysvQueue implements PeerQueue {
  readonly messageBytes: number;
  readonly frontBytes = SYSV_TYPE_BYTES;
  readonly #id: number;
  readonly #bell: number;
  readonly #socket: number;
  #onRoom: (() => void) | undefined;
  #hasAsked = false;

  constructor(id: number, messageBytes: number, bell: number, socket: number) {
    this.messageBytes = messageBytes;
    this.#id = id;
    this.#bell = bell;
    this.#socket = socket;
  }

  send(memory: Buffer, start: number, end: number, isAhead: boolean): boolean {
    const typeStart = start - SYSV_TYPE_BYTES;
    memory.writeUInt32LE(isAhead ? AHEAD_TYPE : IN_LINE_TYPE, typeStart);
    memory.writeUInt32LE(0, typeStart + 4);
    return sendToSysvQueue(this.#id, memory.subarray(typeStart, end));
  }

  ring(): void {
    step('mq.ring.before');
    ringEventDescriptor(this.#bell);
  }

  awaitRoom(onRoom: () => void): void {
    this.#onRoom = onRoom;
    this.#ask();
  }

  answered(): void {
    const onRoom = this.#onRoom;
    this.#hasAsked = false;
    this.#onRoom = undefined;
    onRoom?.();
  }

  blockForRoom(timeoutMs: number): void {
    this.#ask();
    waitDescriptor(this.#socket, 'readable', timeoutMs);
  }

  close(): void {
    closeDescriptor(this.#bell);
  }

  #ask(): void {
    if (this.#hasAsked) return;
    this.#hasAsked = true;
    step('mq.ask.before');
    writeDescriptor(this.#socket, REQUEST, 0, REQUEST.length);
    step('mq.ask.after');
  }
}
