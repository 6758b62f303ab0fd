// The sending end over a descriptor, whichever way it was obtained: what StagingSender has gathered is written in as few calls as
// the descriptor allows. The receiving end stands in descriptor-receiver.ts.
import { RECORD_LENGTH_BYTES, StagingSender, step } from '@troupe/core/transport';
import { closeDescriptor, waitDescriptor, watchDescriptor, writeDescriptor } from '@troupe/posix';
import type { DescriptorEvents, DescriptorWatch } from '@troupe/posix';

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

export class DescriptorSender extends StagingSender {
  readonly #fd: number;
  readonly #writeBytes: number;
  readonly #watch: DescriptorWatch;

  /** Takes over `fd`, which does not block. */
  constructor(fd: number, { lane, stagingBytes, writeBytes, onEnd }: DescriptorSenderOptions) {
    super({
      lane,
      stagingBytes,
      frontBytes: 0,
      pieceBytes: PIPE_BYTES,
      refusal: 'it stopped reading',
      onEnd,
    });
    this.#fd = fd;
    this.#writeBytes = writeBytes;
    this.#watch = watchDescriptor(fd, this.#onEvents);
    this.#rest();
  }

  override commit(bytes: number): void {
    super.commit(bytes);
    step('pipe.commit.after');
  }

  override close(timeoutMs: number): Promise<void> {
    step('pipe.writer-close.before');
    return super.close(timeoutMs);
  }

  protected override waitUntilEmpty(timeoutMs: number): Promise<void> {
    step('pipe.writer-close.waiting');
    return super.waitUntilEmpty(timeoutMs);
  }

  protected sendWaiting(): boolean {
    while (this.waitingStart < this.waitingEnd) {
      const bytes = this.#nextWriteBytes();
      step('pipe.write.before');
      const writtenBytes = writeDescriptor(this.#fd, this.memory, this.waitingStart, bytes);
      step('pipe.write.after');
      if (writtenBytes > 0) this.taken(writtenBytes);
      if (writtenBytes < bytes) return false;
    }
    return true;
  }

  protected setBlocked(isBlocked: boolean): void {
    if (!isBlocked) {
      this.#rest();
      return;
    }
    this.#watch.ref();
    this.#watch.update({ writable: true });
  }

  protected block(timeoutMs: number): void {
    waitDescriptor(this.#fd, 'writable', timeoutMs);
  }

  protected free(): void {
    this.#watch.close();
    closeDescriptor(this.#fd);
    step('pipe.writer-close.after');
  }

  /** All that waits, or as many whole records as one write may hold. */
  #nextWriteBytes(): number {
    const start = this.waitingStart;
    const waitingBytes = this.waitingEnd - start;
    if (waitingBytes <= this.#writeBytes) return waitingBytes;
    let end = start;
    let next = end;
    while (next - start <= this.#writeBytes) {
      end = next;
      if (end === this.waitingEnd) break;
      next = end + RECORD_LENGTH_BYTES + this.memory.readUInt32LE(end);
    }
    return end - start;
  }

  /** Only the end of the peer matters now, and an idle lane is no reason for a process to live. */
  #rest(): void {
    this.#watch.update({ hangup: true });
    this.#watch.unref();
  }

  readonly #onEvents = (events: DescriptorEvents): void => {
    if (events.hangup) this.lose('it was killed, or closed the lane', undefined);
    else this.flush();
  };
}
