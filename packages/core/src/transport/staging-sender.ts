// What the sending ends of several transports have alike: records are laid in memory of this process, one behind the other, and
// go to the kernel in as few calls as it takes them. What it does not take yet stays here, up to a bound. How bytes reach the
// kernel, and how its room is waited for, is the transport's matter.
//
// A record is a length, u32 little endian, and as many bytes.
import { systemClock } from '../clock.ts';
import type { LaneSender } from './contract.ts';
import { peerLost } from './lane-errors.ts';

/** Bytes in front of each record. */
export const RECORD_LENGTH_BYTES = 4;

/** What a staging sender is told by its transport. */
export interface StagingOptions {
  /** Names the lane in errors. */
  readonly lane: string;
  /** Bytes that may wait for the kernel; at least a record of the largest frame. */
  readonly stagingBytes: number;
  /** Bytes in front of all that waits, for what the transport itself puts before a piece of it. */
  readonly frontBytes: number;
  /** As many bytes go to the kernel at once; fewer wait until the turn ends. */
  readonly pieceBytes: number;
  /** What it means when `sendWaiting` throws, as the end of a sentence: 'it stopped reading'. */
  readonly refusal: string;
  readonly onEnd: (error: Error) => void;
}

/** Claims, waiting, the end and closing of a sending end; a transport adds how its kernel object is written to. */
export abstract class StagingSender implements LaneSender {
  memory: Buffer;
  readonly #options: StagingOptions;
  readonly #frontBytes: number;
  readonly #pieceBytes: number;
  // Committed bytes that the kernel has not taken stand from #head to #tail.
  #head: number;
  #tail: number;
  #isOpen = true;
  #hasEnded = false;
  // Bytes of the last claim that failed; 0 when there is room for it again.
  #refusedBytes = 0;
  // The kernel took no more at the last attempt; the transport says when to go on.
  #isBlocked = false;
  #isScheduled = false;
  #waiting: (() => void)[] = [];
  #onEmpty: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: StagingOptions) {
    this.#options = options;
    this.#frontBytes = options.frontBytes;
    this.#pieceBytes = options.pieceBytes;
    this.memory = Buffer.allocUnsafeSlow(options.frontBytes + options.stagingBytes);
    this.#head = options.frontBytes;
    this.#tail = options.frontBytes;
  }

  get room(): number {
    return this.memory.length - this.#tail - RECORD_LENGTH_BYTES;
  }

  claim(bytes: number): number {
    const neededBytes = RECORD_LENGTH_BYTES + bytes;
    if (this.#tail + neededBytes > this.memory.length && !this.#makeRoom(neededBytes)) {
      return this.#refuse(neededBytes);
    }
    return this.#isOpen ? this.#tail + RECORD_LENGTH_BYTES : this.#refuse(neededBytes);
  }

  commit(bytes: number): void {
    this.memory.writeUInt32LE(bytes, this.#tail);
    this.#tail += RECORD_LENGTH_BYTES + bytes;
    if (this.#isBlocked) return;
    // Full pieces at once, so that the receiver begins; the rest of the turn fills the last one.
    if (this.#tail - this.#head >= this.#pieceBytes) this.flush(this.#pieceBytes);
    if (this.#tail > this.#head) this.flushSoon();
  }

  flushBlocking(timeoutMs: number): void {
    const deadline = systemClock.now() + timeoutMs;
    this.flush();
    while (this.#isOpen && !this.isEmpty) {
      const remainingMs = deadline - systemClock.now();
      if (remainingMs <= 0) return;
      this.block(remainingMs);
      this.flush();
    }
  }

  drained(): Promise<void> {
    const isSettled = this.#closing !== undefined || this.#hasEnded || this.#refusedBytes === 0;
    return isSettled ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(timeoutMs: number): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  /**
   * Sends what waits, from `waitingStart` to `waitingEnd`, while at least `leastBytes` do, and says `taken` of what has gone.
   * False when the kernel takes no more. Throws when the peer is gone.
   */
  protected abstract sendWaiting(leastBytes: number): boolean;

  /** The kernel takes no more: from now on the transport waits for its room, and calls `flush` then. Or no longer. */
  protected abstract setBlocked(isBlocked: boolean): void;

  /** Blocks until a send may succeed, for at most `timeoutMs`. Does not throw. */
  protected abstract block(timeoutMs: number): void;

  /** Frees all the transport has. Called once. */
  protected abstract free(): void;

  protected get waitingStart(): number {
    return this.#head;
  }

  protected get waitingEnd(): number {
    return this.#tail;
  }

  protected get isOpen(): boolean {
    return this.#isOpen;
  }

  protected get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Whether the kernel has all there was to send. */
  protected get isEmpty(): boolean {
    return this.#head === this.#tail;
  }

  /** The kernel has taken the next `bytes` of what waits. */
  protected taken(bytes: number): void {
    this.#head += bytes;
  }

  /** Sends what waits, if that is as much as `leastBytes`. */
  protected flush(leastBytes = 1): void {
    if (!this.#isOpen) return;
    let hasRoom: boolean;
    try {
      hasRoom = this.sendWaiting(leastBytes);
    } catch (error) {
      this.lose(this.#options.refusal, error);
      return;
    }
    if (!this.#isOpen) return;
    if (this.#isBlocked === hasRoom) {
      this.#isBlocked = !hasRoom;
      this.setBlocked(!hasRoom);
    }
    if (this.#head === this.#tail) {
      this.#head = this.#frontBytes;
      this.#tail = this.#frontBytes;
    }
    if (this.isEmpty) this.#onEmpty?.();
    if (this.#refusedBytes > 0) this.#wakeForRoom();
  }

  /** Sends what waits once the callback, or the chain of promises, that sends now is through: one call for all of it. */
  protected flushSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(this.#flushAtTurn);
  }

  /** Resolves when the kernel has everything, when the lane has ended, or after `timeoutMs`. */
  protected waitUntilEmpty(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = systemClock.after(timeoutMs, resolve);
      this.#onEmpty = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  /** The peer is gone. `reason` is the end of a sentence. */
  protected lose(reason: string, cause: unknown): void {
    if (!this.#isOpen) return;
    this.#release();
    setImmediate(() => {
      this.#hasEnded = true;
      const { lane, onEnd } = this.#options;
      if (this.#closing === undefined) onEnd(peerLost(lane, reason, cause));
      this.#wake();
    });
  }

  async #close(timeoutMs: number): Promise<void> {
    this.flush();
    if (this.#isOpen && !this.isEmpty) await this.waitUntilEmpty(timeoutMs);
    this.#release();
    this.#wake();
  }

  #refuse(neededBytes: number): -1 {
    this.#refusedBytes = neededBytes;
    return -1;
  }

  /** Moves what waits to the front when that makes room for `neededBytes` behind it. */
  #makeRoom(neededBytes: number): boolean {
    if (!this.#isBlocked) this.flush();
    const waitingBytes = this.#tail - this.#head;
    if (this.#frontBytes + waitingBytes + neededBytes > this.memory.length) return false;
    this.memory.copyWithin(this.#frontBytes, this.#head, this.#tail);
    this.#head = this.#frontBytes;
    this.#tail = this.#frontBytes + waitingBytes;
    return true;
  }

  readonly #flushAtTurn = (): void => {
    this.#isScheduled = false;
    if (!this.#isBlocked) this.flush();
  };

  // Half of the memory, not just the room that was missing: woken for a single frame, a sender would be full again at once.
  #wakeForRoom(): void {
    const freeBytes = this.memory.length - this.#frontBytes - (this.#tail - this.#head);
    if (freeBytes < Math.max(this.#refusedBytes, this.memory.length / 2)) return;
    this.#refusedBytes = 0;
    this.#wake();
  }

  #release(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.free();
    this.memory = Buffer.alloc(0);
    this.#head = 0;
    this.#tail = 0;
    this.#onEmpty?.();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
