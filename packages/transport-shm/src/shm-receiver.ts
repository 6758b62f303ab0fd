// The receiving end of a ring in shared memory, until its sender has come: makes the memory, waits for the one connection a
// lane is, refuses everybody who is not of this user, and hands over what the sender needs. From then on ring-delivery.ts
// reads.
import { step } from '@troupe/core/transport';
import type { LaneOffer, LaneReceiver, ReceiveOptions } from '@troupe/core/transport';
import {
  acceptUnix,
  closeDescriptor,
  createEventDescriptor,
  createMemfdSegment,
  currentUid,
  isSystemError,
  listenUnix,
  peerCredentials,
  sendDescriptors,
  watchDescriptor,
} from '@troupe/posix';
import type { DescriptorWatch, MemfdSegment } from '@troupe/posix';
import { randomBytes } from 'node:crypto';
import { receiveFailure } from './lane-failure.ts';
import { ringIdentity } from './lane-offer.ts';
import type { LaneOptions } from './lane-options.ts';
import { inodeAt, lanePath, removeName } from './lane-path.ts';
import { ringBytes } from './ring-buffer-layout.ts';
import { RingDelivery } from './ring-delivery.ts';
import { initialiseHeader } from './ring-header.ts';
import { MappedRingMemory } from './ring-memory.ts';

const BACKLOG = 4;
const INCARNATION_BYTES = 16;
/** Descriptors travel beside a byte; what it is does not matter. */
const HANDOVER = Buffer.alloc(1);

/** What waits for the sender. */
interface Prepared {
  readonly segment: MemfdSegment;
  readonly readerBell: number;
  readonly writerBell: number;
}

export class ShmReceiver implements LaneReceiver {
  readonly offer: LaneOffer;
  readonly #options: ReceiveOptions;
  readonly #laneOptions: LaneOptions;
  readonly #name: string;
  readonly #path: string;
  readonly #inode: number | undefined;
  readonly #listener: number;
  // Until the sender has come, or is not waited for any more.
  #prepared: Prepared | undefined;
  #watch: DescriptorWatch | undefined;
  #delivery: RingDelivery | undefined;
  #isStarted = false;
  #hasEnded = false;

  constructor(options: ReceiveOptions, transport: string, laneOptions: LaneOptions) {
    const { capacityBytes } = laneOptions;
    this.#options = options;
    this.#laneOptions = laneOptions;
    this.#name = `${transport} lane ${options.lane}`;
    this.#path = lanePath(options);
    const incarnation = randomBytes(INCARNATION_BYTES).toString('hex');
    this.offer = { transport, path: this.#path, capacityBytes, incarnation };
    const opened: number[] = [];
    let segment: MemfdSegment | undefined;
    try {
      step('shm.create.before');
      this.#listener = listenUnix(this.#path, BACKLOG);
      step('shm.create.listening');
      opened.push(this.#listener);
      this.#inode = inodeAt(this.#path);
      const readerBell = createEventDescriptor();
      opened.push(readerBell);
      const writerBell = createEventDescriptor();
      opened.push(writerBell);
      step('shm.create.bells');
      segment = createMemfdSegment(ringBytes(capacityBytes));
      step('shm.create.segment');
      initialiseHeader(new MappedRingMemory(segment.buffer), ringIdentity({ capacityBytes, incarnation }));
      this.#prepared = { segment, readerBell, writerBell };
      this.#watch = watchDescriptor(this.#listener, () => this.#accept());
    } catch (error) {
      segment?.close();
      for (const fd of opened) closeDescriptor(fd);
      removeName(this.#path, this.#inode);
      throw receiveFailure(error, this.#name, this.#path);
    }
    this.#watch.update({ readable: true });
    step('shm.create.after');
  }

  start(): void {
    this.#isStarted = true;
    this.#delivery?.start();
  }

  async drain(): Promise<void> {
    if (this.#delivery !== undefined) {
      await this.#delivery.drain();
      return;
    }
    // Who was never handed the memory has committed nothing.
    this.#stopWaiting();
    this.#end();
  }

  async close(): Promise<void> {
    this.#stopWaiting();
    this.#delivery?.close();
    this.#end();
  }

  #accept(): void {
    try {
      for (let fd = acceptUnix(this.#listener); fd >= 0; fd = acceptUnix(this.#listener)) {
        if (peerCredentials(fd).uid === currentUid() && this.#handOver(fd)) return;
        closeDescriptor(fd);
      }
    } catch (error) {
      // Nothing can come over a listener that fails, and it would fail again on each turn of the loop.
      this.#stopWaiting();
      this.#end(receiveFailure(error, this.#name, this.#path) as Error);
    }
  }

  /** False: it has left while it waited. */
  #handOver(socket: number): boolean {
    const prepared = this.#prepared;
    if (prepared === undefined) return false;
    const { segment, readerBell, writerBell } = prepared;
    step('shm.hand-over.before');
    try {
      if (sendDescriptors(socket, [segment.descriptor, readerBell, writerBell], HANDOVER) < 0) return false;
    } catch (error) {
      if (isSystemError(error, 'EPIPE') || isSystemError(error, 'ECONNRESET')) return false;
      closeDescriptor(socket);
      throw error;
    }
    step('shm.hand-over.sent');
    this.#delivery = new RingDelivery(
      { socket, readerBell, writerBell, memory: segment.buffer },
      {
        lane: this.#name,
        ...this.#laneOptions,
        onFrame: this.#options.onFrame,
        onEnd: (error) => this.#end(error),
      },
    );
    segment.close();
    this.#prepared = undefined;
    this.#stopListening();
    step('shm.hand-over.after');
    if (this.#isStarted) this.#delivery.start();
    return true;
  }

  #stopWaiting(): void {
    this.#stopListening();
    if (this.#prepared === undefined) return;
    this.#prepared.segment.close();
    closeDescriptor(this.#prepared.readerBell);
    closeDescriptor(this.#prepared.writerBell);
    this.#prepared = undefined;
  }

  #stopListening(): void {
    if (this.#watch === undefined) return;
    this.#watch.close();
    this.#watch = undefined;
    closeDescriptor(this.#listener);
    removeName(this.#path, this.#inode);
  }

  #end(error?: Error): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#options.onEnd(error);
  }
}
