// The reference transport: lanes inside one process, without any kernel object. What it lacks is declared: nobody can
// be killed at the other end of it.
import { TroupeError } from '../errors.ts';
import type {
  LaneOffer,
  LaneReceiver,
  LaneSender,
  ReceiveOptions,
  SendOptions,
  Transport,
} from './contract.ts';
import { addressInUse, noListener, peerLost } from './lane-errors.ts';

const MEMORY_FRAME_BYTES = 64 * 1024;
const BLOCK_BYTES = 128 * 1024;
const LENGTH_BYTES = 4;

// On a registered symbol: the ESM and the CommonJS build of this package share the lanes of the process.
const RECEIVERS = Symbol.for('troupe.memory-receivers');
const shared = globalThis as { [RECEIVERS]?: Map<string, MemoryReceiver> };
const receivers = (shared[RECEIVERS] ??= new Map<string, MemoryReceiver>());

/** Lanes between nodes of one process. A lane holds at most 128 KiB that were not read yet. */
export function memoryTransport(): Transport {
  return {
    name: 'memory',
    capabilities: {
      reach: 'process',
      maxFrameBytes: MEMORY_FRAME_BYTES,
      survivesSender: false,
      survivesReceiver: false,
      priority: false,
    },
    async receive(options) {
      const address = `${options.directory}/${options.lane}`;
      if (receivers.has(address)) throw addressInUse(`memory lane ${options.lane}`, address);
      const receiver = new MemoryReceiver(address, options);
      receivers.set(address, receiver);
      return receiver;
    },
    async send(offer, options) {
      const address = String(offer['address']);
      const receiver = receivers.get(address);
      if (receiver === undefined || receiver.hasSender) throw noListener('a memory lane', address);
      const sender = new MemorySender(receiver, options);
      receiver.join(sender);
      return sender;
    },
    prepareChild() {
      throw new TroupeError(
        'TROUPE_TRANSPORT_REACH',
        "The transport 'memory' stays within this process and cannot reach a child. Use 'unix', 'fifo' or 'pipe'.",
      );
    },
    adoptParent: () => {},
    close: async () => {},
  };
}

/** Reads, once a turn, the block its sender has filled. */
class MemoryReceiver implements LaneReceiver {
  readonly offer: LaneOffer;
  readonly #address: string;
  readonly #options: ReceiveOptions;
  #sender: MemorySender | undefined;
  #isStarted = false;
  #isScheduled = false;
  #hasEnded = false;

  constructor(address: string, options: ReceiveOptions) {
    this.offer = { transport: 'memory', address };
    this.#address = address;
    this.#options = options;
  }

  get hasSender(): boolean {
    return this.#sender !== undefined;
  }

  join(sender: MemorySender): void {
    this.#sender = sender;
  }

  start(): void {
    this.#isStarted = true;
    this.schedule();
  }

  async drain(): Promise<void> {
    this.#deliver();
    this.#end();
  }

  async close(): Promise<void> {
    this.#end();
  }

  schedule(): void {
    if (this.#isScheduled || !this.#isStarted || this.#hasEnded) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const sender = this.#sender;
    if (sender === undefined || this.#hasEnded) return;
    const filledBytes = sender.filledBytes;
    const block = sender.exchange();
    let position = 0;
    try {
      while (position < filledBytes && !this.#hasEnded) {
        const start = position + LENGTH_BYTES;
        position = start + block.readUInt32LE(position);
        this.#options.onFrame(block, start, position);
      }
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error(String(error)));
    }
    if (sender.isClosed && sender.filledBytes === 0) this.#end();
  }

  #end(error?: Error): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    receivers.delete(this.#address);
    this.#sender?.lose();
    this.#options.onEnd(error);
  }
}

/** Fills one of two blocks while the other is read; they change hands once a turn. */
class MemorySender implements LaneSender {
  memory: Buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  filledBytes = 0;
  isClosed = false;
  readonly #receiver: MemoryReceiver;
  readonly #options: SendOptions;
  #otherBlock: Buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  #isLost = false;
  #hasRefused = false;
  #hasEnded = false;
  #waiting: (() => void)[] = [];

  constructor(receiver: MemoryReceiver, options: SendOptions) {
    this.#receiver = receiver;
    this.#options = options;
  }

  get room(): number {
    return BLOCK_BYTES - LENGTH_BYTES - this.filledBytes;
  }

  claim(bytes: number): number {
    if (!this.#isLost && bytes <= this.room) return this.filledBytes + LENGTH_BYTES;
    this.#hasRefused = true;
    return -1;
  }

  commit(bytes: number): void {
    this.memory.writeUInt32LE(bytes, this.filledBytes);
    this.filledBytes += LENGTH_BYTES + bytes;
    this.#receiver.schedule();
  }

  /** Nothing to do: what is committed is where it can be. */
  flushBlocking(): void {}

  drained(): Promise<void> {
    if (this.isClosed || this.#hasEnded || !this.#hasRefused) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.#wake();
    this.#receiver.schedule();
  }

  /** Hands out the filled block; the one that was read before is filled next. */
  exchange(): Buffer {
    const filled = this.memory;
    this.memory = this.#otherBlock;
    this.#otherBlock = filled;
    this.filledBytes = 0;
    this.#hasRefused = this.#isLost;
    this.#wake();
    return filled;
  }

  lose(): void {
    this.#isLost = true;
    setImmediate(() => {
      this.#hasEnded = true;
      if (!this.isClosed) this.#options.onEnd(peerLost('a memory lane', 'its receiver closed'));
      this.#wake();
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
