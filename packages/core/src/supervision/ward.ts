// What a supervisor can do with an actor it looks after, be it in this event loop or in a process of its own. What it is told
// of the actor goes the other way, to the actor's `Place`.
import type { EndReason } from '../actor/end-reason.ts';

export interface Ward {
  /** Fresh state from `init`; what waits for it stays. Only at rest. Rejects with why it does not run: it is at rest again. */
  restart(): Promise<void>;
  /** Goes on with the next message and the state as it is. Only after a failure that left a state. */
  resume(): void;
  /**
   * Brings it to rest: the message at hand is finished, `onStop` is called, what waits stays. Resolves when it is at rest;
   * after `timeoutMs` without its consent.
   */
  rest(timeoutMs: number | undefined): Promise<void>;
  /** Ends it for good, in order; resolves when it has ended. */
  stop(timeoutMs: number | undefined, drain: boolean): Promise<void>;
  /** Ends it for good, for that reason. Only at rest. */
  end(reason: EndReason): void;
}
