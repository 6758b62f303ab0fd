// An asker in another process: its answer goes back over the link the ask came by.
import { NO_DEADLINE, timeLeft } from '../actor/deadline.ts';
import type { Asker } from '../actor/asker.ts';
import type { Clock } from '../clock.ts';
import type { Inflow } from './inflow.ts';

/** Sends the answer; `inflow` counts how the ask ended. */
type Answer = (correlation: number, inflow: Inflow, failed: boolean, value: unknown) => void;

export class RemoteAsker implements Asker {
  deadline: number;
  onAbandon: (() => void) | undefined;
  protected readonly correlation: number;
  readonly #clock: Clock;
  readonly #inflow: Inflow;
  readonly #answer: Answer;
  #abandoned = false;
  #answered = false;

  constructor(correlation: number, deadline: number, clock: Clock, inflow: Inflow, answer: Answer) {
    this.deadline = deadline;
    this.#clock = clock;
    this.correlation = correlation;
    this.#inflow = inflow;
    this.#answer = answer;
  }

  get wants(): 'answer' | 'items' {
    return 'answer';
  }

  // By its deadline, too: the word that it has given up may come late, from a process that is busy, or behind much else.
  get abandoned(): boolean {
    if (this.#abandoned || this.deadline === NO_DEADLINE) return this.#abandoned;
    return timeLeft(this.deadline, this.#clock.now()) <= 0;
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
    this.#answer(this.correlation, this.#inflow, failed, value);
  }
}
