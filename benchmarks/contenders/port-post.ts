// Letters over a MessagePort of worker_threads, at either end. A port takes everything at once, so the
// ends grant each other credit.
import type { MessagePort, Worker } from 'node:worker_threads';
import { Credit, Debt } from './credit.ts';
import type { Letter, Post } from './letter.ts';

interface Taken {
  readonly type: 'taken';
  readonly letters: number;
  readonly bytes: number;
}

export class PortPost implements Post {
  readonly #port: MessagePort | Worker;
  readonly #credit = new Credit();
  readonly #debt = new Debt((letters, bytes) =>
    this.#port.postMessage({ type: 'taken', letters, bytes } satisfies Taken),
  );

  constructor(port: MessagePort | Worker) {
    this.#port = port;
  }

  listen(receive: (letter: Letter) => void): void {
    this.#port.on('message', (message: Letter | Taken) => {
      if (message.type === 'taken') {
        this.#credit.restore(message.letters, message.bytes);
      } else {
        this.#debt.take(message);
        receive(message);
      }
    });
  }

  send(letter: Letter): boolean {
    this.#port.postMessage(letter);
    return this.#credit.spend(letter);
  }

  ready(): Promise<void> {
    return this.#credit.ready();
  }
}
