// What an actor in a process started from here was last asked to do, until it says how that went. One request at a time: who
// looks after the actor waits for each.
import type { Clock } from '../clock.ts';

export class ActorRequest {
  readonly #clock: Clock;
  #waiting: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `send`, and `late` when no answer has come within `timeoutMs`: it is to see to it that one comes. */
  async ask(send: () => void, timeoutMs: number, late: () => void): Promise<void> {
    const timer = this.#clock.after(timeoutMs, late);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#waiting = { resolve, reject };
        send();
      });
    } finally {
      timer.cancel();
    }
  }

  succeeded(): void {
    this.#waiting?.resolve();
  }

  failed(error: unknown): void {
    this.#waiting?.reject(error);
  }
}
