// Records of msgpackr over a Unix socket, as little as it takes to do that well: what is sent in one turn goes out in as few
// writes as possible, and both ends learn the shapes of records from the stream. No addresses, no bounds, no supervision.
//
// A record is a length, u32 little endian, and as many bytes.
import type { Socket } from 'node:net';
import { Packr } from 'msgpackr';
import type { Letter, Post } from './letter.ts';

const LENGTH_BYTES = 4;
const BATCH_BYTES = 64 * 1024;

export class RecordStream implements Post {
  readonly #socket: Socket;
  readonly #packr = new Packr({ sequential: true });
  readonly #unpackr = new Packr({ sequential: true });
  #batch = Buffer.allocUnsafeSlow(BATCH_BYTES);
  #batchBytes = 0;
  #isScheduled = false;
  #isFull = false;
  // The beginning of a record, in the pieces it came in; they are joined once it is whole.
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #wantedBytes = LENGTH_BYTES;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('drain', () => (this.#isFull = false));
  }

  listen(onRecord: (record: Letter) => void): void {
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk, onRecord));
  }

  send(record: Letter): boolean {
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

  ready(): Promise<void> {
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

  #receive(chunk: Buffer, onRecord: (record: Letter) => void): void {
    this.#pieces.push(chunk);
    this.#pieceBytes += chunk.length;
    if (this.#pieceBytes < this.#wantedBytes) return;
    const data = this.#pieces.length === 1 ? chunk : Buffer.concat(this.#pieces);
    let position = 0;
    this.#wantedBytes = LENGTH_BYTES;
    while (data.length - position >= LENGTH_BYTES) {
      const start = position + LENGTH_BYTES;
      const end = start + data.readUInt32LE(position);
      if (end > data.length) {
        this.#wantedBytes = end - position;
        break;
      }
      position = end;
      onRecord(this.#unpackr.unpack(data, { start, end }) as Letter);
    }
    this.#pieces = position === data.length ? [] : [data.subarray(position)];
    this.#pieceBytes = data.length - position;
  }
}
