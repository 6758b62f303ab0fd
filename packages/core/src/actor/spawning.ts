// What a user says when actors are started and looked for: one, a pool of them, or one that has a name. Checked, and with the
// defaults filled in, it is in `system/spawn-options.ts`.
import type { Strategy } from '../supervision/strategy.ts';
import type { Duration, Size } from '../units.ts';
import type { MailboxOptions } from './mailbox-limits.ts';

/** How long to look for a name. */
export interface FindOptions {
  /** How long to wait for somebody to claim the name; default 0: as it is now. */
  readonly timeout?: Duration;
}

/** Where an actor runs, what it is called, and who looks after it. */
export interface SpawnOptions<Args> {
  /** Second argument of `init`, the same at every restart; must be serializable when the actor has its own process. */
  readonly args?: Args;
  /**
   * `'process'`: a process of its own, started from this one. `'cluster'`: the same as a worker of node:cluster, which shares the
   * ports it listens on with all other workers of this process. Left out: this event loop.
   */
  readonly in?: ProcessKind;
  /** Claimed exclusively in the whole system until the actor ends; found with `find`. TROUPE_NAME_TAKEN if held. */
  readonly name?: string;
  readonly mailbox?: MailboxOptions;
  /** Most memory for JavaScript values in its own process, at least `'16MiB'`; it ends with `memory` beyond. Default: Node's. */
  readonly maxHeap?: Size;
  /** What to do when it fails. Left out: it ends, and whoever watches it gets `down`. */
  readonly supervise?: Strategy<'one-for-one'>;
}

/** What an actor's own process is: any, or a worker of node:cluster. */
export type ProcessKind = 'process' | 'cluster';

/** How many actors a pool has, where, and which gets a message. */
export interface PoolOptions<Args> extends Omit<SpawnOptions<Args>, 'in'> {
  /** How many members, and where: each in a process or a worker of node:cluster of its own, or all in this event loop. */
  readonly in: { readonly processes: number } | { readonly cluster: number } | { readonly actors: number };
  /**
   * Which member gets a message; default `'round-robin'`. With that, `'random'` and `'least-busy'` members that cannot take it
   * at once are passed over. `'consistent-hash'`: that of its `key`, always; `'broadcast'`: each gets its own, and the first
   * answer is the answer; `'pull'`: whoever is idle takes the next from one queue, which has the bounds of `mailbox`.
   */
  readonly router?: 'round-robin' | 'random' | 'least-busy' | 'consistent-hash' | 'broadcast' | 'pull';
  /** For `'consistent-hash'`: messages of equal key go to the same member. */
  readonly key?: (type: string, payload: unknown) => string | number;
  /**
   * What becomes of messages that wait for a member which ends for good: `'redistribute'` (default) gives them to the others,
   * while there are any; `'dead-letter'` does not.
   */
  readonly orphans?: 'redistribute' | 'dead-letter';
}

/** The options of `spawnPool`, with `args` where `init` takes some. */
export type PoolArguments<Args> = undefined extends Args
  ? [options: PoolOptions<Args>]
  : [options: PoolOptions<Args> & { readonly args: Args }];

/** The options of `spawn`, to be left out where nothing in them is required. */
export type SpawnArguments<Args> = undefined extends Args
  ? [options?: SpawnOptions<Args>]
  : [options: SpawnOptions<Args> & { readonly args: Args }];
