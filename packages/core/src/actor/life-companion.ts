// What goes along with the life of an actor, and is told at each turn it takes.
import type { Address } from '../address.ts';
import type { Context } from './behavior.ts';

/** What goes along with a life. */
export interface LifeCompanion {
  readonly address: Address;
  readonly context: Context;
  /** It runs, again. */
  running(): void;
  /** It takes no new message; `drain`: what waits is still handled. */
  stopping(drain: boolean): void;
  /** It is about to have a fresh state: what belonged to the former one is void. */
  renewing(): void;
  /** It has ended, and what waits with it. */
  ending(): void;
  /** And its children too. */
  ended(): void;
}
