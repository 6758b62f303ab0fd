// The sending end over a descriptor, whichever way it was obtained: records are laid in staging memory and handed to the
// kernel in as few writes as the descriptor allows. What the kernel does not take yet stays here, up to a bound.
//
// A record is a length, u32 little endian, and as many bytes; the receiving end stands in descriptor-receiver.ts.
import { peerLost, step } from '@troupe/core/transport';
import type { LaneSender } from '@troupe/core/transport';
import { closeDescriptor, waitDescriptor, watchDescriptor, writeDescriptor } from '@troupe/posix';
import type { DescriptorEvents, DescriptorWatch } from '@troupe/posix';

export const LENGTH_BYTES = 4;
/** Most bytes a kernel pipe takes at once by default; as much is not held back until the end of the turn. */
export const PIPE_BYTES = 64 * 1024;

export interface DescriptorSenderOptions {
  /** Names the lane in errors. */
  readonly lane: string;
  /** Bytes that may wait for the kernel; at least a record of the largest frame. */
  readonly stagingBytes: number;
  /** Most bytes of one write that holds several records; a record never stands in two such writes. Infinity: no bound. */
  readonly writeBytes: number;
  readonly onEnd: (error: Error) => void;
}

export class DescriptorSender implements LaneSender {
  memory: Buffer;
  readonly #fd: number;
  readonly #options: DescriptorSenderOptions;
  readonly #watch: DescriptorWatch;
  // Committed bytes that the kernel has not taken stand from #head to #tail.
  #head = 0;
  #tail = 0;
  #isOpen = true;
  #hasEnded = false;
  // Bytes of the last claim that failed; 0 when there is room for it again.
  #refusedBytes = 0;
  // The kernel was full at the last write; the watch says when to go on.
  #isBlocked = false;
  #isScheduled = false;
  #waiting: (() => void)[] = [];
  #onEmpty: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  /** Takes over `fd`, which does not block. */
  constructor(fd: number, options: DescriptorSenderOptions) {
    this.memory = Buffer.allocUnsafeSlow(options.stagingBytes);
    this.#fd = fd;
    this.#options = options;
    this.#watch = watchDescriptor(fd, this.#onEvents);
    this.#rest();
  }

  get room(): number {
    return this.memory.length - this.#tail - LENGTH_BYTES;
  }

  claim(bytes: number): number {
    const neededBytes = LENGTH_BYTES + bytes;
    if (this.#tail + neededBytes > this.memory.length && !this.#makeRoom(neededBytes)) {
      return this.#refuse(neededBytes);
    }
    return this.#isOpen ? this.#tail + LENGTH_BYTES : this.#refuse(neededBytes);
  }

  commit(bytes: number): void {
    this.memory.writeUInt32LE(bytes, this.#tail);
    this.#tail += LENGTH_BYTES + bytes;
    step('pipe.commit.after');
    if (this.#isBlocked) return;
    if (this.#tail - this.#head >= PIPE_BYTES) {
      this.#flush();
    } else if (!this.#isScheduled) {
      this.#isScheduled = true;
      // A tick runs once the callback, or the chain of promises, that sends now is through: one write for all of it.
      process.nextTick(this.#flushAtTurn);
    }
  }

  flushBlocking(timeoutMs: number): void {
    const deadline = performance.now() + timeoutMs;
    this.#flush();
    while (this.#isOpen && this.#head < this.#tail) {
      const remainingMs = deadline - performance.now();
      if (remainingMs <= 0 || !waitDescriptor(this.#fd, 'writable', remainingMs)) return;
      this.#flush();
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

  async #close(timeoutMs: number): Promise<void> {
    step('pipe.writer-close.before');
    this.#flush();
    if (this.#isOpen && this.#head < this.#tail) {
      step('pipe.writer-close.waiting');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.#onEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#release();
    step('pipe.writer-close.after');
    this.#wake();
  }

  #refuse(neededBytes: number): -1 {
    this.#refusedBytes = neededBytes;
    return -1;
  }

  /** Moves what waits to the front when that makes room for `neededBytes` behind it. */
  #makeRoom(neededBytes: number): boolean {
    if (!this.#isBlocked) this.#flush();
    const waitingBytes = this.#tail - this.#head;
    if (waitingBytes + neededBytes > this.memory.length) return false;
    this.memory.copyWithin(0, this.#head, this.#tail);
    this.#head = 0;
    this.#tail = waitingBytes;
    return true;
  }

  readonly #flushAtTurn = (): void => {
    this.#isScheduled = false;
    if (!this.#isBlocked) this.#flush();
  };

  #flush(): void {
    if (!this.#isOpen) return;
    let isFull = false;
    try {
      while (this.#head < this.#tail && !isFull) {
        const bytes = this.#nextWriteBytes();
        step('pipe.write.before');
        const writtenBytes = writeDescriptor(this.#fd, this.memory, this.#head, bytes);
        step('pipe.write.after');
        if (writtenBytes > 0) this.#head += writtenBytes;
        isFull = writtenBytes < bytes;
      }
    } catch (error) {
      this.#lose('it stopped reading', error);
      return;
    }
    this.#setBlocked(isFull);
    if (!isFull) {
      this.#head = 0;
      this.#tail = 0;
      this.#onEmpty?.();
    }
    if (this.#refusedBytes > 0) this.#wakeForRoom();
  }

  // Half of the memory, not just the room that was missing: woken for a single frame, a sender would be full again at once.
  #wakeForRoom(): void {
    const freeBytes = this.memory.length - (this.#tail - this.#head);
    if (freeBytes < Math.max(this.#refusedBytes, this.memory.length / 2)) return;
    this.#refusedBytes = 0;
    this.#wake();
  }

  /** All that waits, or as many whole records as one write may hold. */
  #nextWriteBytes(): number {
    const { writeBytes } = this.#options;
    if (this.#tail - this.#head <= writeBytes) return this.#tail - this.#head;
    let end = this.#head;
    let next = end;
    while (next - this.#head <= writeBytes) {
      end = next;
      if (end === this.#tail) break;
      next = end + LENGTH_BYTES + this.memory.readUInt32LE(end);
    }
    return end - this.#head;
  }

  #setBlocked(isBlocked: boolean): void {
    if (isBlocked === this.#isBlocked) return;
    this.#isBlocked = isBlocked;
    if (!isBlocked) {
      this.#rest();
      return;
    }
    this.#watch.ref();
    this.#watch.update({ writable: true });
  }

  /** Only the end of the peer matters now, and an idle lane is no reason for a process to live. */
  #rest(): void {
    this.#watch.update({ hangup: true });
    this.#watch.unref();
  }

  readonly #onEvents = (events: DescriptorEvents): void => {
    if (events.hangup) this.#lose('it was killed, or closed the lane', undefined);
    else this.#flush();
  };

  #lose(reason: string, cause: unknown): void {
    if (!this.#isOpen) return;
    this.#release();
    setImmediate(() => {
      this.#hasEnded = true;
      if (this.#closing === undefined) this.#options.onEnd(peerLost(this.#options.lane, reason, cause));
      this.#wake();
    });
  }

  #release(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#watch.close();
    closeDescriptor(this.#fd);
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
