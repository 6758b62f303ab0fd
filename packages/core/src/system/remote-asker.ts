// An asker in another process: its answer goes back over the link the ask came by.
import type { Asker } from '../actor/message.ts';
import type { Inflow } from './inflow.ts';

/** Sends the answer; `inflow` counts how the ask ended. */
type Answer = (correlation: number, inflow: Inflow, failed: boolean, value: unknown) => void;

export class RemoteAsker implements Asker {
  onAbandon: (() => void) | undefined;
  readonly #correlation: number;
  readonly #inflow: Inflow;
  readonly #answer: Answer;
  #abandoned = false;
  #answered = false;

  constructor(correlation: number, inflow: Inflow, answer: Answer) {
    this.#correlation = correlation;
    this.#inflow = inflow;
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
    this.#answer(this.#correlation, this.#inflow, failed, value);
  }
}
