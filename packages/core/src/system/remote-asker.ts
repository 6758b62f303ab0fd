// An asker in another process: its answer goes back over the link the ask came by.
import type { Asker } from '../actor/message.ts';

export class RemoteAsker implements Asker {
  onAbandon: (() => void) | undefined;
  readonly #correlation: number;
  readonly #answer: (correlation: number, failed: boolean, value: unknown) => void;
  #abandoned = false;
  #answered = false;

  constructor(correlation: number, answer: (correlation: number, failed: boolean, value: unknown) => void) {
    this.#correlation = correlation;
    this.#answer = answer;
  }

  get abandoned(): boolean {
    return this.#abandoned;
  }

  resolve(value: unknown): void {
    this.#reply(false, value);
  }

  reject(error: unknown): void {
    this.#reply(true, error);
  }

  /** The asker no longer waits, or is gone. */
  abandon(): void {
    if (this.#abandoned || this.#answered) return;
    this.#abandoned = true;
    this.onAbandon?.();
  }

  #reply(failed: boolean, value: unknown): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#answer(this.#correlation, failed, value);
  }
}
