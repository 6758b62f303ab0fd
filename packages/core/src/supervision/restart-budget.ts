// Bounds the restarts of one process over all its supervisors: a bucket of tokens that fills slowly. Who finds it empty waits
// for its turn; nobody is refused. Limits of single actors are the strategy's.
import type { Clock } from '../clock.ts';

// 200 actors of this event loop may restart at once, then 100 a second; or 20 processes, then 10 a second. Starting a process
// costs some 80 ms of a core and memory; ten a second leave a small machine able to do something else.
const CAPACITY = 200;
const TOKENS_PER_SECOND = 100;

/** What a restart costs: in an event loop that runs already, or with a process of its own to be started. */
export const RESTART_COST = { inLoop: 1, newProcess: 10 } as const;

export class RestartBudget {
  readonly #clock: Clock;
  #tokens = CAPACITY;
  #filledAtMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#filledAtMs = clock.now();
  }

  /** How long a restart that costs so much must wait, in milliseconds; 0 as long as restarts are rare. */
  waitMs(cost: number): number {
    this.#fill();
    return Math.max(0, Math.round(((cost - this.#tokens) / TOKENS_PER_SECOND) * 1000));
  }

  /** Takes the tokens of a restart that was decided on; whoever asks next waits behind it. */
  take(cost: number): void {
    this.#fill();
    this.#tokens -= cost;
  }

  #fill(): void {
    const nowMs = this.#clock.now();
    this.#tokens = Math.min(CAPACITY, this.#tokens + ((nowMs - this.#filledAtMs) / 1000) * TOKENS_PER_SECOND);
    this.#filledAtMs = nowMs;
  }
}
