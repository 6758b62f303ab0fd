// The sending end of a ring in shared memory. Claims point into the ring itself, and a commit is there for the receiver at
// once, whatever becomes of this process; what stands here is who is rung, and when a full ring is asked again.
import { peerLost, step } from '@troupe/core/transport';
import type { LaneSender, TroupeError } from '@troupe/core/transport';
import { waitDescriptor, watchDescriptor } from '@troupe/posix';
import type { DescriptorWatch } from '@troupe/posix';
import type { AwakeWindow } from './awake-window.ts';
import { MappedRingMemory } from './ring-memory.ts';
import { RingWriter } from './ring-writer.ts';
import { closeConnection } from './shm-connection.ts';
import type { ShmConnection } from './shm-connection.ts';

// While blocked on its bell a process looks that often whether the peer still lives.
const LOOK_MS = 20;

export interface ShmSenderOptions {
  /** Names the lane in errors. */
  readonly lane: string;
  readonly capacityBytes: number;
  /** From when the ring was full until the sender sleeps. */
  readonly window: AwakeWindow;
  readonly onEnd: (error: Error) => void;
}

export class ShmSender implements LaneSender {
  memory: Buffer;
  readonly #connection: Omit<ShmConnection, 'memory'>;
  readonly #options: ShmSenderOptions;
  readonly #peerWatch: DescriptorWatch;
  // Gone once the lane has ended or is closed, so that the memory can be unmapped.
  #ring: RingWriter | undefined;
  #hasEnded = false;
  #lastClaimBytes = 0;
  #wasRefused = false;
  // An immediate is on its way that will look for room.
  #isLooking = false;
  // The reader has been asked to ring once there is room.
  #isWaiting = false;
  #waiting: (() => void)[] = [];
  #isClosed = false;

  /** Takes over `connection`, unless it throws. */
  constructor({ memory, ...connection }: ShmConnection, options: ShmSenderOptions) {
    this.memory = Buffer.from(memory);
    this.#connection = connection;
    this.#options = options;
    this.#ring = new RingWriter(new MappedRingMemory(memory), options);
    this.#peerWatch = watchDescriptor(connection.socket, () =>
      this.#lose('it was killed, or closed the lane', undefined),
    );
    this.#peerWatch.update({ hangup: true });
    // An idle lane is no reason for a process to live.
    this.#peerWatch.unref();
  }

  /** To be called after every ring, for whichever lane it was. */
  onRing(): void {
    if (!this.#isWaiting) return;
    step('shm.wait.rung');
    this.#stopWaiting();
    this.#wait();
  }

  /** Nobody can wake this side any more, when there is room or anything else. */
  bellRemoved(error: TroupeError): void {
    this.#fail(error);
  }

  get room(): number {
    return this.#ring?.room ?? 0;
  }

  claim(bytes: number): number {
    this.#lastClaimBytes = bytes;
    const offset = this.#claim(bytes);
    this.#wasRefused = offset < 0;
    return offset;
  }

  commit(bytes: number): void {
    if (this.#ring?.commit(bytes) !== true) return;
    step('shm.wake-reader.before');
    this.#ringReader();
    step('shm.wake-reader.after');
  }

  /** What is committed is where it belongs. Waits for room for one more like the last: a frame in parts may want it. */
  flushBlocking(timeoutMs: number): void {
    const { socket, bell } = this.#connection;
    const deadline = performance.now() + timeoutMs;
    const ring = this.#ring;
    if (ring === undefined) return;
    try {
      while (ring.beginWait(this.#lastClaimBytes)) {
        step('shm.flush.waiting');
        const remainingMs = deadline - performance.now();
        // The socket is readable at its end only.
        if (remainingMs <= 0 || waitDescriptor(socket, 'readable', 0)) break;
        // Again: a ring may have been refused, and no timer runs here.
        this.#ringReader();
        if (this.#ring === undefined) return;
        bell.wait(Math.min(LOOK_MS, remainingMs));
      }
      ring.endWait();
    } catch (error) {
      this.#lose('it broke the rules of the ring', error);
    }
    this.#stopWaiting();
    if (this.#waiting.length > 0) this.#wait();
  }

  drained(): Promise<void> {
    if (this.#isClosed || this.#hasEnded || !this.#wasRefused) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#wait();
    });
  }

  async close(_timeoutMs: number): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#ring?.close() === true) this.#ringReader();
    step('shm.writer-close.rung');
    this.#release();
    step('shm.writer-close.after');
    this.#wake();
  }

  #claim(bytes: number): number {
    try {
      return this.#ring?.claim(bytes) ?? -1;
    } catch (error) {
      this.#lose('it broke the rules of the ring', error);
      return -1;
    }
  }

  #wait(): void {
    if (this.#isWaiting || this.#isLooking) return;
    this.#options.window.begin();
    this.#look();
  }

  /** Wakes who waits, if there is room by now; else looks again soon, or has the reader ring. */
  readonly #look = (): void => {
    this.#isLooking = false;
    const ring = this.#ring;
    const { window } = this.#options;
    if (ring === undefined) return;
    try {
      if (ring.hasRoomAgain(this.#lastClaimBytes)) window.caught();
      else if (window.staysOpen() && !ring.isReaderClosed) {
        this.#isLooking = true;
        setImmediate(this.#look);
        return;
      } else if (ring.beginWait(this.#lastClaimBytes)) {
        this.#isWaiting = true;
        this.#peerWatch.ref();
        return;
      }
    } catch (error) {
      this.#lose('it broke the rules of the ring', error);
      return;
    }
    if (ring.isReaderClosed) {
      // Before its socket says so: whoever is told of room that is none would ask for ever.
      this.#lose('it closed the lane', undefined);
      return;
    }
    this.#wasRefused = false;
    this.#wake();
  };

  #ringReader(): void {
    try {
      this.#connection.ringer.ring();
    } catch (error) {
      // What was handed over for ringing can be rung no more, or was removed.
      this.#lose('it cannot be woken', error);
    }
  }

  #stopWaiting(): void {
    this.#isWaiting = false;
    this.#peerWatch.unref();
  }

  #lose(reason: string, cause: unknown): void {
    if (this.#ring !== undefined) this.#fail(peerLost(this.#options.lane, reason, cause));
  }

  #fail(error: Error): void {
    if (this.#ring === undefined) return;
    this.#release();
    setImmediate(() => {
      this.#hasEnded = true;
      if (!this.#isClosed) this.#options.onEnd(error);
      this.#wake();
    });
  }

  #release(): void {
    if (this.#ring === undefined) return;
    this.#ring = undefined;
    this.memory = Buffer.alloc(0);
    this.#options.window.close();
    this.#peerWatch.close();
    closeConnection(this.#connection);
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
