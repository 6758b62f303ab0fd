// The receiving end of a Unix socket: a door for the one connection a lane is, and what reads it once the sender has come.
import { lanePath, step } from '@troupe/core/transport';
import type { LaneOffer, LaneReceiver, ReceiveOptions } from '@troupe/core/transport';
import { UnixDoor } from '@troupe/posix';
import { DescriptorReceiver } from './descriptor-receiver.ts';
import { receiveFailure } from './lane-failure.ts';

export class UnixReceiver implements LaneReceiver {
  readonly offer: LaneOffer;
  readonly #options: ReceiveOptions;
  readonly #name: string;
  readonly #maxFrameBytes: number;
  readonly #door: UnixDoor;
  #reader: DescriptorReceiver | undefined;
  #isStarted = false;
  #hasEnded = false;

  constructor(options: ReceiveOptions, transport: string, maxFrameBytes: number) {
    this.#options = options;
    this.#name = `${transport} lane ${options.lane}`;
    this.#maxFrameBytes = maxFrameBytes;
    const path = lanePath(options, '.sock');
    this.offer = { transport, path };
    step('unix.create.before');
    try {
      this.#door = new UnixDoor(path, {
        letIn: (connection) => this.#take(connection),
        onError: (error) => this.#end(receiveFailure(error, this.#name, path) as Error),
      });
    } catch (error) {
      throw receiveFailure(error, this.#name, path);
    }
    step('unix.create.after');
  }

  start(): void {
    this.#isStarted = true;
    this.#reader?.start();
  }

  async drain(): Promise<void> {
    // The peer may have connected, sent everything and died before this process looked.
    this.#door.answer();
    if (this.#reader !== undefined) await this.#reader.drain();
    else this.#end();
  }

  async close(): Promise<void> {
    this.#door.close();
    this.#reader?.close();
    this.#end();
  }

  #take(connection: number): true {
    step('unix.accept.before');
    this.#door.close();
    this.#reader = new DescriptorReceiver(connection, {
      lane: this.#name,
      maxFrameBytes: this.#maxFrameBytes,
      onFrame: this.#options.onFrame,
      onEnd: (error) => this.#end(error),
    });
    step('unix.accept.after');
    if (this.#isStarted) this.#reader.start();
    return true;
  }

  #end(error?: Error): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#options.onEnd(error);
  }
}
