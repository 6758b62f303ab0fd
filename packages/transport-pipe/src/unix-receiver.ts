// The receiving end of a Unix socket: waits for the one connection a lane is, refuses everybody who is not of this user
// before a byte is read, and gives up listener and name once the sender has come.
import { inodeAt, step } from '@troupe/core/transport';
import type { LaneOffer, LaneReceiver, ReceiveOptions } from '@troupe/core/transport';
import {
  acceptUnix,
  closeDescriptor,
  currentUid,
  listenUnix,
  peerCredentials,
  watchDescriptor,
} from '@troupe/posix';
import type { DescriptorWatch } from '@troupe/posix';
import { DescriptorReceiver } from './descriptor-receiver.ts';
import { receiveFailure } from './lane-failure.ts';
import { lanePath, removeName } from './lane-path.ts';

const BACKLOG = 4;

export class UnixReceiver implements LaneReceiver {
  readonly offer: LaneOffer;
  readonly #options: ReceiveOptions;
  readonly #name: string;
  readonly #maxFrameBytes: number;
  readonly #path: string;
  readonly #inode: bigint | undefined;
  readonly #listener: number;
  #watch: DescriptorWatch | undefined;
  #reader: DescriptorReceiver | undefined;
  #isStarted = false;
  #hasEnded = false;

  constructor(options: ReceiveOptions, transport: string, maxFrameBytes: number) {
    this.#options = options;
    this.#name = `${transport} lane ${options.lane}`;
    this.#maxFrameBytes = maxFrameBytes;
    this.#path = lanePath(options, '.sock');
    this.offer = { transport, path: this.#path };
    step('unix.create.before');
    try {
      this.#listener = listenUnix(this.#path, BACKLOG);
    } catch (error) {
      throw receiveFailure(error, this.#name, this.#path);
    }
    step('unix.create.after');
    this.#inode = inodeAt(this.#path);
    this.#watch = watchDescriptor(this.#listener, () => this.#accept());
    this.#watch.update({ readable: true });
  }

  start(): void {
    this.#isStarted = true;
    this.#reader?.start();
  }

  async drain(): Promise<void> {
    // The peer may have connected, sent everything and died before this process looked.
    if (this.#watch !== undefined) this.#accept();
    if (this.#reader !== undefined) await this.#reader.drain();
    else this.#end();
  }

  async close(): Promise<void> {
    this.#stopListening();
    this.#reader?.close();
    this.#end();
  }

  #accept(): void {
    try {
      for (let fd = acceptUnix(this.#listener); fd >= 0; fd = acceptUnix(this.#listener)) {
        if (peerCredentials(fd).uid === currentUid()) {
          this.#take(fd);
          return;
        }
        closeDescriptor(fd);
      }
    } catch (error) {
      // Nothing can come over a listener that fails, and it would fail again on each turn of the loop.
      this.#stopListening();
      this.#end(receiveFailure(error, this.#name, this.#path) as Error);
    }
  }

  #take(fd: number): void {
    step('unix.accept.before');
    this.#stopListening();
    this.#reader = new DescriptorReceiver(fd, {
      lane: this.#name,
      maxFrameBytes: this.#maxFrameBytes,
      onFrame: this.#options.onFrame,
      onEnd: (error) => this.#end(error),
    });
    step('unix.accept.after');
    if (this.#isStarted) this.#reader.start();
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
