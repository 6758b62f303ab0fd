// Records of msgpackr over a Unix socket, as little as it takes to do that well: what is sent in one turn goes out in as few
// writes as possible, and both ends learn the shapes of records from the stream. No addresses, no bounds, no supervision.
//
// A record is a length, u32 little endian, and as many bytes.
import type { Socket } from 'node:net';
import { Packr } from 'msgpackr';

const LENGTH_BYTES = 4;
const BATCH_BYTES = 64 * 1024;

export class RecordStream {
  readonly #socket: Socket;
  readonly #packr = new Packr({ sequential: true });
  readonly #unpackr = new Packr({ sequential: true });
  #batch = Buffer.allocUnsafeSlow(BATCH_BYTES);
  #batchBytes = 0;
  #isScheduled = false;
  #isFull = false;
  #rest: Buffer | undefined;

  /** `onRecord` is called for each record that comes. */
  constructor(socket: Socket, onRecord: (record: unknown) => void) {
    this.#socket = socket;
    socket.on('drain', () => (this.#isFull = false));
    socket.on('data', (chunk: Buffer) => this.#receive(chunk, onRecord));
  }

  /** False when `drained()` has to be awaited before the next. */
  send(record: object): boolean {
    const packed = this.#packr.pack(record);
    const bytes = LENGTH_BYTES + packed.length;
    if (this.#batchBytes + bytes > this.#batch.length) this.#flush();
    if (bytes > this.#batch.length) this.#batch = Buffer.allocUnsafeSlow(bytes);
    this.#batch.writeUInt32LE(packed.length, this.#batchBytes);
    this.#batch.set(packed, this.#batchBytes + LENGTH_BYTES);
    this.#batchBytes += bytes;
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      process.nextTick(this.#flushAtTurn);
    }
    return !this.#isFull;
  }

  drained(): Promise<void> {
    if (!this.#isFull) return Promise.resolve();
    return new Promise((resolve) => this.#socket.once('drain', resolve));
  }

  readonly #flushAtTurn = (): void => {
    this.#isScheduled = false;
    this.#flush();
  };

  #flush(): void {
    if (this.#batchBytes === 0) return;
    const batch = this.#batch.subarray(0, this.#batchBytes);
    // The socket keeps the memory until it is written.
    this.#batch = Buffer.allocUnsafeSlow(BATCH_BYTES);
    this.#batchBytes = 0;
    if (!this.#socket.write(batch)) this.#isFull = true;
  }

  #receive(chunk: Buffer, onRecord: (record: unknown) => void): void {
    const data = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    let position = 0;
    while (data.length - position >= LENGTH_BYTES) {
      const start = position + LENGTH_BYTES;
      const end = start + data.readUInt32LE(position);
      if (end > data.length) break;
      position = end;
      onRecord(this.#unpackr.unpack(data, { start, end }));
    }
    this.#rest = position === data.length ? undefined : data.subarray(position);
  }
}
