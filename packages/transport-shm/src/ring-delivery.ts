// Reads a ring in the event loop: takes its turns, keeps looking for a while after the last frame, then sleeps until it is
// rung or the peer is gone. What stands in the ring, and who must wake whom, is decided in ring-buffer.ts.
import { step } from '@troupe/core/transport';
import { clearEventDescriptor, closeDescriptor, ringEventDescriptor, watchDescriptor } from '@troupe/posix';
import type { DescriptorWatch } from '@troupe/posix';
import { RingReader } from './ring-buffer.ts';
import { MappedRingMemory } from './ring-memory.ts';
import type { ShmConnection } from './shm-connection.ts';

// After that the event loop gets its turn; what is left is read on the next one.
const TURN_POLLS = 2;
const POLL_FRAMES = 512;

export interface RingDeliveryOptions {
  /** Names the lane in errors. */
  readonly lane: string;
  readonly capacityBytes: number;
  /** Milliseconds from the last frame until the reader sleeps. */
  readonly awakeMs: number;
  readonly onFrame: (memory: Buffer, start: number, end: number) => void;
  /** Called once: without an error when the writer has closed, or is gone, and everything was delivered. */
  readonly onEnd: (error?: Error) => void;
}

export class RingDelivery {
  readonly #connection: Omit<ShmConnection, 'memory'>;
  readonly #options: RingDeliveryOptions;
  // Gone once the lane has ended, so that the memory can be unmapped.
  #ring: RingReader | undefined;
  #memory: Buffer;
  #peerWatch: DescriptorWatch | undefined;
  #bellWatch: DescriptorWatch | undefined;
  #isPeerGone = false;
  #isDelivering = false;
  // An immediate is on its way that will look again.
  #isAwake = false;
  #lastFrameAt = -Infinity;
  #draining: Promise<void> | undefined;

  /** Takes over the descriptors of `connection`. */
  constructor({ socket, readerBell, writerBell, memory }: ShmConnection, options: RingDeliveryOptions) {
    this.#connection = { socket, readerBell, writerBell };
    this.#options = options;
    this.#memory = Buffer.from(memory);
    this.#ring = new RingReader(new MappedRingMemory(memory), options);
  }

  start(): void {
    if (this.#ring === undefined || this.#bellWatch !== undefined) return;
    const { socket, readerBell } = this.#connection;
    try {
      this.#bellWatch = watchDescriptor(readerBell, this.#onBell);
      this.#peerWatch = watchDescriptor(socket, this.#onPeerGone);
    } catch (error) {
      this.#end(asError(error));
      return;
    }
    this.#bellWatch.update({ readable: true });
    this.#peerWatch.update({ hangup: true });
    this.#lookSoon();
  }

  drain(): Promise<void> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  close(): void {
    this.#end(undefined);
  }

  async #drain(): Promise<void> {
    step('shm.drain.before');
    while (this.#ring !== undefined) {
      if (!this.#isDelivering && this.#deliver() === 0) this.#end(undefined);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    step('shm.drain.after');
  }

  readonly #onBell = (): void => {
    step('shm.sleep.rung');
    clearEventDescriptor(this.#connection.readerBell);
    this.#wakeUp();
  };

  readonly #onPeerGone = (): void => {
    this.#isPeerGone = true;
    this.#wakeUp();
  };

  #wakeUp(): void {
    if (this.#isAwake) return;
    this.#ring?.endSleep();
    this.#look();
  }

  #lookSoon(): void {
    this.#isAwake = true;
    setImmediate(this.#look);
  }

  /** One turn: delivers what there is, and decides whether to look again. */
  readonly #look = (): void => {
    this.#isAwake = false;
    const frames = this.#deliver();
    const ring = this.#ring;
    if (ring === undefined) return;
    if (frames > 0) {
      this.#lastFrameAt = performance.now();
      this.#lookSoon();
    } else if (this.#isPeerGone || ring.hasEnded()) {
      this.#end(undefined);
    } else if (performance.now() - this.#lastFrameAt < this.#options.awakeMs || !ring.beginSleep()) {
      this.#lookSoon();
    }
  };

  /** Delivers as much as one turn may take; returns the number of frames. */
  #deliver(): number {
    const ring = this.#ring;
    let frames = 0;
    this.#isDelivering = true;
    try {
      for (let polls = 0; polls < TURN_POLLS && ring !== undefined; polls += 1) {
        const polled = ring.poll(POLL_FRAMES, this.#onFrame);
        // A frame may have closed the lane, and its bells with it.
        if (polled === 0 || this.#ring !== ring) break;
        frames += polled;
        if (!ring.takeWakeOfWriter()) continue;
        step('shm.wake-writer.before');
        ringEventDescriptor(this.#connection.writerBell);
        step('shm.wake-writer.after');
      }
    } catch (error) {
      this.#end(asError(error));
    } finally {
      this.#isDelivering = false;
    }
    return frames;
  }

  readonly #onFrame = (start: number, end: number): void => {
    // The frame before may have closed the lane.
    if (this.#ring !== undefined) this.#options.onFrame(this.#memory, start, end);
  };

  #end(error: Error | undefined): void {
    const ring = this.#ring;
    if (ring === undefined) return;
    this.#ring = undefined;
    this.#memory = Buffer.alloc(0);
    const { socket, readerBell, writerBell } = this.#connection;
    if (ring.close()) ringEventDescriptor(writerBell);
    step('shm.reader-close.rung');
    this.#bellWatch?.close();
    this.#peerWatch?.close();
    for (const fd of [socket, readerBell, writerBell]) closeDescriptor(fd);
    step('shm.reader-close.after');
    this.#options.onEnd(error);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
