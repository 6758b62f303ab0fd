// The receiving end over a descriptor, whichever way it was obtained: reads many records at once into memory made
// beforehand and hands out views of it. The sending end stands in descriptor-sender.ts.
import { protocolViolation, RECORD_LENGTH_BYTES, step } from '@troupe/core/transport';
import { closeDescriptor, isSystemError, readDescriptor, watchDescriptor } from '@troupe/posix';
import type { DescriptorWatch } from '@troupe/posix';

// Four times what a pipe holds: the part of a record that waits for its rest never leaves less than a pipe of room.
const BUFFER_BYTES = 256 * 1024;
// After that many the event loop gets its turn; what is left is read on the next one.
const TURN_BYTES = 512 * 1024;
// Less in one read means the descriptor is nearly empty: the loop is asked before another system call is spent on it.
const BUSY_READ_BYTES = 16 * 1024;

export interface DescriptorReceiverOptions {
  /** Names the lane in errors. */
  readonly lane: string;
  /** Most bytes of a record; what announces more is no record. */
  readonly maxFrameBytes: number;
  readonly onFrame: (memory: Buffer, start: number, end: number) => void;
  /** Called once: without an error at the end of the stream, whether or not a record was cut off there. */
  readonly onEnd: (error?: Error) => void;
}

export class DescriptorReceiver {
  readonly #fd: number;
  readonly #options: DescriptorReceiverOptions;
  #buffer: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #filledBytes = 0;
  #watch: DescriptorWatch | undefined;
  #isOpen = true;
  #isDelivering = false;
  #draining: Promise<void> | undefined;

  /** Takes over `fd`, which does not block. */
  constructor(fd: number, options: DescriptorReceiverOptions) {
    this.#fd = fd;
    this.#options = options;
  }

  start(): void {
    if (!this.#isOpen || this.#watch !== undefined) return;
    this.#watch = watchDescriptor(this.#fd, this.#onReadable);
    this.#watch.update({ readable: true });
  }

  drain(): Promise<void> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  close(): void {
    this.#end(undefined);
  }

  async #drain(): Promise<void> {
    step('pipe.drain.before');
    while (this.#isOpen) {
      if (!this.#isDelivering) {
        const bytes = this.#readOnce();
        // Empty, yet not at its end: somebody else holds the writing end. The peer cannot be among them.
        if (bytes < 0) this.#end(undefined);
      }
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  readonly #onReadable = (): void => {
    let turnBytes = 0;
    let bytes: number;
    do {
      bytes = this.#readOnce();
      turnBytes += bytes;
    } while (this.#isOpen && bytes >= BUSY_READ_BYTES && turnBytes < TURN_BYTES);
  };

  /** Reads once and delivers what is whole; returns the bytes read, 0 after the end, -1 when there was nothing. */
  #readOnce(): number {
    let bytes = 0;
    step('pipe.read.before');
    try {
      bytes = readDescriptor(
        this.#fd,
        this.#buffer,
        this.#filledBytes,
        this.#buffer.length - this.#filledBytes,
      );
    } catch (error) {
      // The kernel's word for a peer that went away with something unread is an end like any other.
      this.#end(isSystemError(error, 'ECONNRESET') ? undefined : asError(error));
      return 0;
    }
    if (bytes === 0) this.#end(undefined);
    if (bytes > 0) {
      this.#filledBytes += bytes;
      step('pipe.read.after');
      this.#deliver();
    }
    return bytes;
  }

  #deliver(): void {
    const buffer = this.#buffer;
    const filledBytes = this.#filledBytes;
    const { maxFrameBytes, onFrame, lane } = this.#options;
    let position = 0;
    this.#isDelivering = true;
    try {
      while (filledBytes - position >= RECORD_LENGTH_BYTES) {
        const frameBytes = buffer.readUInt32LE(position);
        if (frameBytes > maxFrameBytes) {
          throw protocolViolation(lane, `a record of ${frameBytes} bytes came, ${maxFrameBytes} are allowed`);
        }
        const start = position + RECORD_LENGTH_BYTES;
        const next = start + frameBytes;
        if (next > filledBytes) break;
        position = next;
        step('pipe.frame.before');
        onFrame(buffer, start, next);
        step('pipe.frame.after');
        if (!this.#isOpen) return;
      }
    } catch (error) {
      this.#end(asError(error));
    } finally {
      this.#isDelivering = false;
    }
    if (position > 0) buffer.copyWithin(0, position, filledBytes);
    this.#filledBytes = filledBytes - position;
  }

  #end(error: Error | undefined): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#watch?.close();
    closeDescriptor(this.#fd);
    step('pipe.reader-close.after');
    this.#buffer = Buffer.alloc(0);
    this.#options.onEnd(error);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
