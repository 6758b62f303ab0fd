// What is compared: ways for actors, threads or processes to talk, used as their own documentation would have it. Each offers
// what it can do; a measure takes those that offer what it needs.
import type { Item, PayloadSize } from './payload.ts';
import type { Handled } from './tally.ts';

/** The near end of a conversation; messages arrive in the order they were sent. */
export interface Conversation {
  /** Sends the item and resolves with what came back: the item, by way of the far end. */
  echo(item: Item): Promise<Item>;
  /** Sends the item, which nobody answers. False: `ready()` has to be awaited before the next. */
  tell(item: Item): boolean;
  ready(): Promise<void>;
  /** What was handled, once all that was told before has been. */
  handled(): Promise<Handled>;
  close(): Promise<void>;
}

export interface Gathered {
  /** How many each sender says it has sent. */
  readonly counts: readonly number[];
  readonly handled: Handled;
}

/** Many senders, each in a process or thread of its own, and one receiver in this one. */
export interface Gathering {
  /** Has each sender send items, numbered from 0, for `durationMs`; resolves once the last has been handled here. */
  gather(size: PayloadSize, durationMs: number): Promise<Gathered>;
  /** Brings all that can talk to each other together, as far as there is such a thing. */
  acquaint(): Promise<void>;
  /** Of the processes with a sender. */
  readonly pids: readonly number[];
  close(): Promise<void>;
}

/** Actors in the event loop of one process. */
export interface Stage {
  readonly conversation: Conversation;
  /** Starts an actor, has it handle one message and stops it. */
  live(): Promise<void>;
  /** Starts `count` actors that stay; resolves with what stops them. */
  populate(count: number): Promise<() => Promise<void>>;
}

/** A process that was started and has replied once. */
export interface Started {
  /** Undefined for a thread. */
  readonly pid: number | undefined;
  close(): Promise<void>;
}

export interface Starter {
  readonly start: () => Promise<Started>;
  readonly close: () => Promise<void>;
}

/** Packs in this process and unpacks in another one, with nothing between the two. */
export interface CodecPair {
  /** Both sides at the same time; messages a second of each. */
  rates(size: PayloadSize, durationMs: number): Promise<{ readonly pack: number; readonly unpack: number }>;
  close(): Promise<void>;
}

export interface Contender {
  readonly name: string;
  /** What stands behind the name, for the reader of the tables. */
  readonly description: string;
  /** Whether it is Troupe, or something Troupe is compared with. */
  readonly kind: 'troupe' | 'reference';
  /** It occupies a processor whenever it runs, so it runs only while it is measured. */
  readonly neverSleeps?: boolean;
  /** Starts the far process or thread. */
  readonly converse?: () => Promise<Conversation>;
  readonly gather?: (senders: number) => Promise<Gathering>;
  readonly stage?: () => Promise<Stage>;
  /** Makes ready to start processes or threads, and starts one each time it is told to. */
  readonly starter?: () => Promise<Starter>;
  /** What `starter` starts, and what takes part in `gather`, are threads of this process. */
  readonly startsThreads?: boolean;
  readonly codec?: () => Promise<CodecPair>;
}
