// One connection of the control plane: control messages in both directions over a Unix socket. The socket's end is the
// kernel's word that the peer is gone; what it said before is delivered first.
import { Socket } from 'node:net';
import { TroupeError } from '../errors.ts';
import type { Codec } from '../wire/codec.ts';
import { parseControlMessage, type ControlMessage } from './control-message.ts';

// Arguments of an actor travel here, so the bound is that of a frame; a stranger that has not said hello gets far less.
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
const MAX_HELLO_BYTES = 4096;
const LENGTH_BYTES = 4;
const NOTHING = Buffer.alloc(0);

export interface ControlHandler {
  onMessage(message: ControlMessage): void;
  /** Called once, when nothing will come any more; with TROUPE_PROTOCOL_VIOLATION when what came was no message. */
  onEnd(error?: TroupeError): void;
}

/** A connection after the handshake: what two nodes say to each other on the control plane. */
export type ControlLine = Pick<ControlChannel, 'listen' | 'send' | 'close' | 'destroy'>;

export class ControlChannel {
  readonly #socket: Socket;
  readonly #codec: Codec;
  #handler: ControlHandler | undefined;
  #maxBytes = MAX_HELLO_BYTES;
  #chunks: Buffer[] = [];
  #receivedBytes = 0;
  // Until this many bytes are there, nothing can be delivered.
  #wantedBytes = LENGTH_BYTES;
  #ended = false;
  #violation: TroupeError | undefined;

  /** Takes over a connected descriptor. Nothing is read before `listen`. */
  constructor(descriptor: number, codec: Codec) {
    this.#codec = codec;
    this.#socket = new Socket({ fd: descriptor, readable: true, writable: true, allowHalfOpen: false });
    this.#socket.pause();
    // A write to a peer that is gone fails; that it is gone is told by `close`, which always follows.
    this.#socket.on('error', () => undefined);
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on('close', () => this.#end());
  }

  /** Says who gets what comes from now on; may change, as after the handshake. */
  listen(handler: ControlHandler): void {
    this.#handler = handler;
    if (this.#ended) {
      queueMicrotask(() => handler.onEnd(this.#violation));
      return;
    }
    this.#socket.resume();
    // What came together with the last message of the handler before.
    queueMicrotask(() => this.#deliver());
  }

  /** Keeps what comes until the next `listen`. */
  pause(): void {
    this.#handler = undefined;
    this.#socket.pause();
  }

  /** The peer has said who it is: messages of any size may come. */
  trust(): void {
    this.#maxBytes = MAX_MESSAGE_BYTES;
  }

  /** Sends a message; nothing happens when the peer is gone, which the handler learns anyway. Throws what the codec throws. */
  send(message: ControlMessage): void {
    const body = this.#codec.encode(message);
    if (this.#ended || this.#socket.destroyed) return;
    const length = Buffer.allocUnsafe(LENGTH_BYTES);
    length.writeUInt32LE(body.length);
    this.#socket.cork();
    this.#socket.write(length);
    this.#socket.write(body);
    this.#socket.uncork();
  }

  /** Hands over what was sent, at most `timeoutMs` long, then closes. */
  close(timeoutMs = 1000): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#socket.destroy(), timeoutMs);
      this.#socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      this.#socket.end(() => this.#socket.destroy());
    });
  }

  /** Closes at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#receivedBytes += chunk.length;
    if (this.#receivedBytes >= this.#wantedBytes) this.#deliver();
  }

  #deliver(): void {
    // Joined only when a whole message is there: a large one comes in thousands of chunks.
    const received = this.#chunks.length === 1 ? (this.#chunks[0] ?? NOTHING) : Buffer.concat(this.#chunks);
    let position = 0;
    this.#wantedBytes = LENGTH_BYTES;
    while (this.#handler !== undefined && received.length - position >= LENGTH_BYTES) {
      const start = position + LENGTH_BYTES;
      const end = start + received.readUInt32LE(position);
      if (end - start > this.#maxBytes) {
        this.#violate(
          `a message of ${String(end - start)} bytes was announced; ${String(this.#maxBytes)} are allowed`,
        );
        return;
      }
      this.#wantedBytes = end - position;
      if (end > received.length) break;
      const message = this.#decode(received, start, end);
      if (message === undefined) return;
      position = end;
      this.#wantedBytes = LENGTH_BYTES;
      this.#handler.onMessage(message);
      if (this.#ended) return;
    }
    this.#receivedBytes = received.length - position;
    this.#chunks = this.#receivedBytes === 0 ? [] : [received.subarray(position)];
  }

  #decode(received: Buffer, start: number, end: number): ControlMessage | undefined {
    try {
      const message = parseControlMessage(this.#codec.decode(received, start, end));
      if (message !== undefined) return message;
      this.#violate('a message has an unknown shape');
    } catch (error) {
      this.#violate('a message cannot be decoded', error);
    }
    return undefined;
  }

  #violate(what: string, cause?: unknown): void {
    this.#end(
      new TroupeError('TROUPE_PROTOCOL_VIOLATION', `the control connection was closed: ${what}`, { cause }),
    );
    this.#socket.destroy();
  }

  #end(error?: TroupeError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#violation = error;
    this.#handler?.onEnd(error);
  }
}
