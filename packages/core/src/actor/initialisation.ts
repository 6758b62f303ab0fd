// The call of `init` that is under way for one actor: it gives a state in time, or nobody waits for it any more. What it gives later
// is not taken.
import type { Address } from '../address.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Behavior } from './behavior.ts';
import { startTimeout } from './failure.ts';
import { isPromise } from './is-promise.ts';

/** How long `init` of an actor of that kind may take; undefined: as long as it takes. */
export function startTimeoutOf(behavior: Behavior, defaultMs: number | undefined): number | undefined {
  // Each child of a supervisor has its own time.
  return behavior.isSupervisor === true ? undefined : defaultMs;
}

export class Initialisation {
  readonly #address: Address;
  readonly #clock: Clock;
  #giveUp: ((error: Error) => void) | undefined;

  constructor(address: Address, clock: Clock) {
    this.#address = address;
    this.#clock = clock;
  }

  /**
   * What `init` gives. Rejects as it does; with TROUPE_START_TIMEOUT when it has not done so within `timeoutMs`, where undefined is
   * as long as it takes; or as `giveUp` says.
   */
  async of(init: () => unknown, timeoutMs: number | undefined): Promise<unknown> {
    const state = init();
    if (!isPromise(state)) return state;
    let timer: Timer | undefined;
    try {
      return await new Promise((resolve, reject) => {
        this.#giveUp = reject;
        if (timeoutMs !== undefined)
          timer = this.#clock.after(timeoutMs, () => reject(startTimeout(this.#address, timeoutMs)));
        state.then(resolve, reject);
      });
    } finally {
      timer?.cancel();
      this.#giveUp = undefined;
    }
  }

  /** Nobody wants the state any more. */
  giveUp(error: Error): void {
    this.#giveUp?.(error);
  }
}
