// A transport over one queue a node, into which all its peers send. The two transports of this package differ in the kind of
// queue only.
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
import { sendFailure } from './lane-failure.ts';
import { LEAST_STAGING_BYTES } from './lane-options.ts';
import { openConnection } from './mq-connection.ts';
import { MqReceiver } from './mq-receiver.ts';
import { MqSender } from './mq-sender.ts';
import { OwnQueues } from './own-queues.ts';
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
  readonly #queues: OwnQueues;

  constructor(kind: QueueKind, options: Readonly<Record<string, unknown>>) {
    this.name = kind.name;
    this.#kind = kind;
    this.#queues = new OwnQueues(kind);
    this.#stagingBytes = readStagingBytes(kind.name, options, LEAST_STAGING_BYTES);
  }

  async receive(options: ReceiveOptions): Promise<LaneReceiver> {
    const queue = this.#queues.open(options.directory);
    try {
      return new MqReceiver(options, queue, {
        transport: this.name,
        maxFrameBytes: MAX_MQ_FRAME_BYTES,
        onClosed: () => this.#queues.closeUnused(queue, options.directory),
      });
    } catch (error) {
      this.#queues.closeUnused(queue, options.directory);
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
    return this.#queues.openLetterbox(options);
  }
}
