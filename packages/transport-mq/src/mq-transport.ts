// A transport over one queue a node: made when the first lane or the letterbox needs it, gone with the last. The two transports
// of this package differ in the kind of queue only.
import type {
  Letterbox,
  LetterboxOptions,
  LetterboxTransport,
  LaneOffer,
  LaneReceiver,
  LaneSender,
  ReceiveOptions,
  SendOptions,
} from '@troupe/core/transport';
import { noKinship, readStagingBytes, RECORD_LENGTH_BYTES } from '@troupe/core/transport';
import { closeDescriptor } from '@troupe/posix';
import { receiveFailure, sendFailure } from './lane-failure.ts';
import { LEAST_STAGING_BYTES } from './lane-options.ts';
import { hangLetterbox } from './letterbox.ts';
import { openConnection } from './mq-connection.ts';
import { MqReceiver } from './mq-receiver.ts';
import { MqSender } from './mq-sender.ts';
import { NodeQueue } from './node-queue.ts';
import type { QueueKind } from './queue.ts';

const MAX_MQ_FRAME_BYTES = 64 * 1024 - RECORD_LENGTH_BYTES;

export class MqTransport implements LetterboxTransport {
  readonly name: string;
  readonly capabilities = {
    reach: 'host',
    maxFrameBytes: MAX_MQ_FRAME_BYTES,
    survivesSender: true,
    survivesReceiver: false,
    priority: true,
  } as const;
  readonly prepareChild = noKinship.prepareChild;
  readonly adoptParent = noKinship.adoptParent;
  readonly close = noKinship.close;
  readonly #kind: QueueKind;
  readonly #stagingBytes: number;
  // A node has one directory, and one queue.
  readonly #queues = new Map<string, NodeQueue>();

  constructor(kind: QueueKind, options: Readonly<Record<string, unknown>>) {
    this.name = kind.name;
    this.#kind = kind;
    this.#stagingBytes = readStagingBytes(kind.name, options, LEAST_STAGING_BYTES);
  }

  async receive(options: ReceiveOptions): Promise<LaneReceiver> {
    const queue = this.#openQueue(options.directory);
    try {
      return new MqReceiver(options, queue, {
        transport: this.name,
        maxFrameBytes: MAX_MQ_FRAME_BYTES,
        onClosed: () => this.#closeUnused(queue, options.directory),
      });
    } catch (error) {
      this.#closeUnused(queue, options.directory);
      throw error;
    }
  }

  async send(offer: LaneOffer, options: SendOptions): Promise<LaneSender> {
    const connection = await openConnection(this.#kind, offer, options.timeoutMs);
    try {
      return new MqSender(connection, { stagingBytes: this.#stagingBytes, onEnd: options.onEnd });
    } catch (error) {
      connection.queue.close();
      closeDescriptor(connection.socket);
      throw sendFailure(error, connection.name, connection.path);
    }
  }

  async openLetterbox(options: LetterboxOptions): Promise<Letterbox> {
    const queue = this.#openQueue(options.directory);
    queue.setLetterbox(options);
    try {
      const takeDown = hangLetterbox(options.directory, this.name, queue.own);
      return {
        close: async () => {
          takeDown();
          queue.setLetterbox(undefined);
          this.#closeUnused(queue, options.directory);
        },
      };
    } catch (error) {
      queue.setLetterbox(undefined);
      this.#closeUnused(queue, options.directory);
      throw error;
    }
  }

  #openQueue(directory: string): NodeQueue {
    let queue = this.#queues.get(directory);
    if (queue === undefined) {
      queue = openNodeQueue(this.#kind, directory);
      this.#queues.set(directory, queue);
    }
    return queue;
  }

  #closeUnused(queue: NodeQueue, directory: string): void {
    if (queue.isUsed || this.#queues.get(directory) !== queue) return;
    this.#queues.delete(directory);
    queue.close();
  }
}

function openNodeQueue(kind: QueueKind, directory: string): NodeQueue {
  const own = kind.create(directory);
  try {
    return new NodeQueue(own);
  } catch (error) {
    own.close();
    throw receiveFailure(error, `the queue of ${kind.name}`, directory);
  }
}
