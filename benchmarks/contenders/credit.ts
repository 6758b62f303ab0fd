// Back-pressure for a channel that has none of its own: the sender stops when too much is under way, the receiver says from
// time to time what it has taken.
import type { Letter } from './letter.ts';

const WINDOW_LETTERS = 4096;
const WINDOW_BYTES = 8 * 1024 * 1024;

export class Credit {
  #letters = 0;
  #bytes = 0;
  #wake: (() => void) | undefined;

  /** A letter goes out; false when the next should wait. */
  spend(letter: Letter): boolean {
    this.#letters += 1;
    this.#bytes += lengthOf(letter);
    return this.#hasRoom();
  }

  /** The receiver has taken so much. */
  restore(letters: number, bytes: number): void {
    this.#letters -= letters;
    this.#bytes -= bytes;
    if (this.#hasRoom()) this.#wake?.();
  }

  async ready(): Promise<void> {
    if (!this.#hasRoom()) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
  }

  #hasRoom(): boolean {
    return this.#letters < WINDOW_LETTERS && this.#bytes < WINDOW_BYTES;
  }
}

/** What the receiver has taken and not told the sender. */
export class Debt {
  readonly #tell: (letters: number, bytes: number) => void;
  #letters = 0;
  #bytes = 0;

  constructor(tell: (letters: number, bytes: number) => void) {
    this.#tell = tell;
  }

  take(letter: Letter): void {
    this.#letters += 1;
    this.#bytes += lengthOf(letter);
    if (this.#letters < WINDOW_LETTERS / 4 && this.#bytes < WINDOW_BYTES / 4) return;
    this.#tell(this.#letters, this.#bytes);
    this.#letters = this.#bytes = 0;
  }
}

function lengthOf(letter: Letter): number {
  return 'payload' in letter ? letter.payload.length : 0;
}
