// Actors that belong together under a name, in whichever processes of the system: subscribers of a topic, replicas, peers. This
// is the contract; `system/groups.ts` keeps it.
import type { ActorRef, UntypedRef } from './actor-ref.ts';
import type { Protocol, TellArguments } from './protocol.ts';

/** How a member of a group is told things. */
export interface JoinOptions {
  /**
   * What becomes of messages to the group while this member is past its high-water mark. `'backpressure'` (default): it gets
   * them, and whoever sends is told to wait. `'drop-newest'`: it gets none until it has room, and holds up nobody.
   */
  readonly overflow?: 'backpressure' | 'drop-newest';
}

/** A member that came or went. */
export interface GroupChange<P extends Protocol> {
  readonly type: 'joined' | 'left';
  readonly ref: ActorRef<P>;
}

/** The actors that have joined under one name; the same for every process of the system. */
export interface Group<P extends Protocol> {
  readonly name: string;
  /**
   * Makes the actor a member until it leaves or ends, or the process that called this does. Other processes see it a moment
   * later. Joining twice is once; the options of the last time count.
   */
  join(ref: ActorRef<P> | UntypedRef, options?: JoinOptions): void;
  /** Undoes what this process joined. */
  leave(ref: ActorRef<P> | UntypedRef): void;
  /** Who is a member now, in no particular order. */
  members(): readonly ActorRef<P>[];
  /** `count` different members (default 1), others each time; fewer when there are not so many. */
  pick(count?: number): readonly ActorRef<P>[];
  /**
   * Tells every member, each as a message of its own. False when a member that is not to lose anything is past its
   * high-water mark: await `ready()`, as with a ref. Nobody there is no error: true.
   */
  tell<K extends keyof P & string>(type: K, ...payload: TellArguments<P[K]['payload']>): boolean;
  /** Resolves once every member that is not to lose anything has room. */
  ready(): Promise<void>;
  /**
   * Wakes members with a message that has no payload, and coalesces: while a member has not handled the last, however many more
   * are one. `count`: that many of them (as `pick`); left out: all.
   */
  signal(type: keyof P & string, options?: { readonly count?: number }): void;
  /** Messages to the group that members did not get, because they had no room and had said so. From this process. */
  readonly dropped: number;
  /** Calls `listener` for every member there is, then for each that comes or goes. Returns a function that ends it. */
  watch(listener: (change: GroupChange<P>) => void): () => void;
}
