// Letters over sockets of ZeroMQ, at either end.
import { Packr } from 'msgpackr';
import { Pull, Push } from 'zeromq';
import type { Letter, Post } from './letter.ts';

export { Pull };

// One pulls from many, so each message has to be whole in itself.
const packr = new Packr({ useRecords: false });

export class PushPost implements Post {
  readonly #socket = new Push();
  #sent: Promise<void> = Promise.resolve();

  static connect(address: string): PushPost {
    const post = new PushPost();
    post.#socket.connect(address);
    return post;
  }

  // A socket takes the next message once it has taken the one before.
  send(letter: Letter): boolean {
    this.#sent = this.#socket.send(packr.pack(letter));
    return false;
  }

  ready(): Promise<void> {
    return this.#sent;
  }

  close(): void {
    this.#socket.close();
  }
}

/** Until the socket is closed. */
export async function receiveAll(socket: Pull, receive: (letter: Letter) => void): Promise<void> {
  for await (const [message] of socket) {
    if (message !== undefined) receive(packr.unpack(message) as Letter);
  }
}
