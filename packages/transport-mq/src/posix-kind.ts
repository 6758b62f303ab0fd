// Queues of POSIX: found by a name, waited for by their descriptor, both ways. A message ahead has the higher priority.
import { step, wrongOffer } from '@troupe/core/transport';
import type { LaneOffer } from '@troupe/core/transport';
import {
  closeDescriptor,
  createNamedObject,
  createPosixQueue,
  describeDescriptor,
  describePosixQueue,
  openPosixQueue,
  readPosixQueueLimits,
  receiveFromPosixQueue,
  removeKernelObject,
  sendToPosixQueue,
  waitDescriptor,
  watchDescriptor,
} from '@troupe/posix';
import type { DescriptorWatch, PosixQueueGeometry } from '@troupe/posix';
import { isUserFull, posixQueueFailure } from './queue-limit.ts';
import type { OwnQueue, PeerQueue, QueueKind } from './queue.ts';

const NAME = 'posix-mq';
const QUEUE_NAME = /^\/troupe-[0-9a-f]{32}$/;

// The first counts for 41,440 bytes: nineteen nodes fit into the 819,200 that a user has by default. Where less is left, a
// smaller queue is slower and as good.
const GEOMETRIES: readonly PosixQueueGeometry[] = [
  { messages: 5, messageBytes: 8192 },
  { messages: 4, messageBytes: 4096 },
  { messages: 2, messageBytes: 2048 },
  { messages: 2, messageBytes: 1024 },
];

const IN_LINE_PRIORITY = 0;
const AHEAD_PRIORITY = 1;

export const posixKind: QueueKind = {
  name: NAME,
  handoverCount: 0,

  create(directory) {
    const limits = readPosixQueueLimits();
    let geometry: PosixQueueGeometry = { messages: 0, messageBytes: 0 };
    let refusal: unknown;
    for (const wanted of GEOMETRIES) {
      geometry = {
        messages: Math.min(wanted.messages, limits.messages),
        messageBytes: Math.min(wanted.messageBytes, limits.messageBytes),
      };
      try {
        const { object, made } = createNamedObject(directory, 'posix-queue', (name) => {
          step('mq.create-posix.before');
          return { name, fd: createPosixQueue(name, geometry) };
        });
        step('mq.create-posix.after');
        return new OwnPosixQueue(made.fd, made.name, geometry.messageBytes, () =>
          removeKernelObject(directory, object),
        );
      } catch (error) {
        refusal = error;
        if (!isUserFull(error)) break;
      }
    }
    throw posixQueueFailure(refusal, geometry);
  },

  checkOffer(offer) {
    queueIn(offer);
  },

  open(offer) {
    const fd = openPosixQueue(queueIn(offer));
    try {
      return new PeerPosixQueue(fd);
    } catch (error) {
      closeDescriptor(fd);
      throw error;
    }
  },
};

function queueIn(offer: LaneOffer): string {
  const { queue } = offer;
  if (typeof queue === 'string' && QUEUE_NAME.test(queue)) return queue;
  throw wrongOffer(offer, NAME);
}

class OwnPosixQueue implements OwnQueue {
  readonly offer: Readonly<Record<string, string>>;
  readonly address: string;
  readonly messageBytes: number;
  readonly handover = [];
  readonly buffer: Buffer;
  readonly bodyStart = 0;
  readonly #fd: number;
  readonly #remove: () => void;
  #watch: DescriptorWatch | undefined;

  constructor(fd: number, name: string, messageBytes: number, remove: () => void) {
    this.offer = { queue: name };
    this.address = name;
    this.messageBytes = messageBytes;
    this.buffer = Buffer.allocUnsafeSlow(messageBytes);
    this.#fd = fd;
    this.#remove = remove;
  }

  receive(): number {
    return receiveFromPosixQueue(this.#fd, this.buffer);
  }

  isThere(): boolean {
    return describeDescriptor(this.#fd).links > 0;
  }

  waiting(): number {
    return describePosixQueue(this.#fd).waiting;
  }

  watch(onReady: () => void): void {
    this.#watch = watchDescriptor(this.#fd, onReady);
    this.#watch.update({ readable: true });
    // What keeps a process alive is its connections.
    this.#watch.unref();
  }

  hangBell(): boolean {
    return false;
  }

  close(): void {
    this.#watch?.close();
    step('mq.remove-posix.before');
    this.#remove();
    step('mq.remove-posix.after');
    closeDescriptor(this.#fd);
  }
}

class PeerPosixQueue implements PeerQueue {
  readonly messageBytes: number;
  readonly frontBytes = 0;
  readonly #fd: number;
  readonly #watch: DescriptorWatch;
  #onRoom: (() => void) | undefined;

  /** Takes over `fd`, unless it throws. */
  constructor(fd: number) {
    this.#fd = fd;
    this.messageBytes = describePosixQueue(fd).messageBytes;
    this.#watch = watchDescriptor(fd, () => this.#writable());
  }

  send(memory: Buffer, start: number, end: number, isAhead: boolean): boolean {
    return sendToPosixQueue(
      this.#fd,
      memory.subarray(start, end),
      isAhead ? AHEAD_PRIORITY : IN_LINE_PRIORITY,
    );
  }

  // Whoever waits in poll or mq_receive is woken by the message itself.
  ring(): void {}

  awaitRoom(onRoom: () => void): void {
    this.#onRoom = onRoom;
    this.#watch.update({ writable: true });
  }

  answered(): void {}

  blockForRoom(timeoutMs: number): void {
    waitDescriptor(this.#fd, 'writable', timeoutMs);
  }

  close(): void {
    this.#watch.close();
    closeDescriptor(this.#fd);
  }

  #writable(): void {
    const onRoom = this.#onRoom;
    this.#onRoom = undefined;
    this.#watch.update({});
    onRoom?.();
  }
}
