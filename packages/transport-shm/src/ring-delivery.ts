// Reads a ring in the event loop: takes its turns, keeps looking for a while after the last frame, then sleeps until it is
// rung or the peer is gone. What stands in the ring, and who must wake whom, is decided in ring-reader.ts; how, in wake-up/.
import { step } from '@troupe/core/transport';
import type { AwakeWindow } from './awake-window.ts';
import { RingReader } from './ring-reader.ts';
import { MappedRingMemory } from './ring-memory.ts';

// After that the event loop gets its turn; what is left is read on the next one.
const TURN_POLLS = 2;
const POLL_FRAMES = 512;

export interface RingDeliveryOptions {
  /** Names the lane in errors. */
  readonly lane: string;
  readonly capacityBytes: number;
  /** From the last frame until the reader sleeps. */
  readonly window: AwakeWindow;
  readonly onFrame: (memory: Buffer, start: number, end: number) => void;
  /** Rings the bell of the writer, which waits for room. */
  readonly ringWriter: () => void;
  /** Called once: without an error when the writer has closed, or is gone, and everything was delivered. */
  readonly onEnd: (error?: Error) => void;
}

export class RingDelivery {
  readonly #options: RingDeliveryOptions;
  // Gone once the lane has ended, so that the memory can be unmapped.
  #ring: RingReader | undefined;
  #memory: Buffer;
  #isStarted = false;
  #endsOnceRead = false;
  #failure: Error | undefined;
  #isDelivering = false;
  // An immediate is on its way that will look again.
  #isAwake = false;
  #draining: Promise<void> | undefined;

  constructor(memory: ArrayBuffer, options: RingDeliveryOptions) {
    this.#options = options;
    this.#memory = Buffer.from(memory);
    this.#ring = new RingReader(new MappedRingMemory(memory), options);
  }

  /** Nothing is read before. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#lookSoon();
  }

  /** To be called after every ring, for whichever lane it was. */
  wakeUp(): void {
    if (!this.#isStarted || this.#isAwake || this.#ring === undefined) return;
    step('shm.sleep.rung');
    this.#ring.endSleep();
    this.#look();
  }

  /** Nothing more will come, or nobody would hear of it: the lane ends when everything is read, with the first such `error`. */
  endOnceRead(error?: Error): void {
    this.#failure ??= error;
    this.#endsOnceRead = true;
    this.wakeUp();
  }

  drain(): Promise<void> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  close(error?: Error): void {
    this.#end(error);
  }

  async #drain(): Promise<void> {
    step('shm.drain.before');
    while (this.#ring !== undefined) {
      if (!this.#isDelivering && this.#deliver() === 0) this.#end(undefined);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    step('shm.drain.after');
  }

  #lookSoon(): void {
    this.#isAwake = true;
    setImmediate(this.#look);
  }

  /** One turn: delivers what there is, and decides whether to look again. */
  readonly #look = (): void => {
    this.#isAwake = false;
    const { window } = this.#options;
    let frames = this.#deliver();
    const ring = this.#ring;
    if (ring === undefined) return;
    if (frames === 0) {
      if (this.#endsOnceRead || ring.hasEnded()) {
        this.#end(this.#failure);
        return;
      }
      if (!window.staysOpen()) {
        if (!ring.beginSleep()) this.#lookSoon();
        return;
      }
      if (ring.becomesReadable(window.looks)) frames = this.#deliver();
    }
    if (this.#ring === undefined) return;
    if (frames > 0) {
      window.caught();
      window.begin();
    }
    this.#lookSoon();
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
        this.#options.ringWriter();
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
    this.#options.window.close();
    if (ring.close()) this.#options.ringWriter();
    step('shm.reader-close.rung');
    this.#options.onEnd(error);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
