// The process of an actor, as the process that started it may see and control it: the contract, and the states it can be in. One
// is for one process: an actor that is started again in another has another.
import type { EndReason } from '../actor/end-reason.ts';

/**
 * `starting`: its actor does not run yet. `ready`: it runs. `lagging`: its event loop has not turned for a while.
 * `stopped`: the kernel has stopped it, as SIGSTOP does. `draining`: its actor was asked to stop. `exited`: it is gone.
 * None but the last means that it is dead.
 */
export type ProcessState = 'starting' | 'ready' | 'lagging' | 'stopped' | 'draining' | 'exited';

/** When a process counts as lagging. */
export interface LagSettings {
  readonly everyMs: number;
  readonly afterMs: number;
}

export const DEFAULT_LAG: LagSettings = { everyMs: 2000, afterMs: 500 };

/** The process of an actor; `system.processOf(ref)` gives it to the process that started it. */
export interface ActorProcess {
  readonly pid: number;
  readonly state: ProcessState;
  /** Resolves with the reason when the process is gone, as those get it who watch the actor. */
  readonly exited: Promise<EndReason>;
  /** Sends a signal to this very process, never to another with its number. False when it has ended. */
  signal(signal: NodeJS.Signals | number): boolean;
  /** Stops it as SIGSTOP does; resolves when the kernel has: true, or false when it has ended. */
  suspend(): Promise<boolean>;
  /** Lets it go on after `suspend`. False when it has ended. */
  resume(): boolean;
  /**
   * Sets the nice value of all its threads, from -20 to 19; a lower one than it has needs a right that most users do not have.
   */
  setNice(nice: number): void;
  /** The state now, and each that follows; ends after `exited`. */
  states(): AsyncIterableIterator<ProcessState>;
}
