// Letters over the channel of `child_process.fork`, at either end. JSON has no form for bytes; they travel as base64 text.
import type { ChildProcess } from 'node:child_process';
import type { Letter, Post } from './letter.ts';

export type Serialization = 'json' | 'advanced';

interface EncodedLetter {
  readonly type: 'item' | 'echo';
  readonly id: number;
  readonly base64: string;
}

export class ChannelPost implements Post {
  readonly #channel: ChildProcess | NodeJS.Process;
  readonly #encodes: boolean;
  #unsent = 0;
  #wake: (() => void) | undefined;

  constructor(channel: ChildProcess | NodeJS.Process, serialization: Serialization) {
    this.#channel = channel;
    this.#encodes = serialization === 'json';
  }

  listen(receive: (letter: Letter) => void): void {
    this.#channel.on('message', (message: Letter | EncodedLetter) => receive(decoded(message)));
  }

  // `send` says false when 128 KiB wait in this process; the callbacks tell when they have been written.
  send(letter: Letter): boolean {
    this.#unsent += 1;
    return this.#send(this.#encodes ? encoded(letter) : letter);
  }

  #send(message: Letter | EncodedLetter): boolean {
    return this.#channel.send?.(message, undefined, undefined, this.#onSent) ?? true;
  }

  async ready(): Promise<void> {
    if (this.#unsent > 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
  }

  readonly #onSent = (): void => {
    this.#unsent -= 1;
    if (this.#unsent === 0) this.#wake?.();
  };
}

function encoded(letter: Letter): Letter | EncodedLetter {
  if (!('payload' in letter) || typeof letter.payload === 'string') return letter;
  const { type, id, payload } = letter;
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  return { type, id, base64: bytes.toString('base64') };
}

function decoded(message: Letter | EncodedLetter): Letter {
  if (!('base64' in message)) return message;
  const { type, id, base64 } = message;
  return { type, id, payload: Buffer.from(base64, 'base64') };
}
