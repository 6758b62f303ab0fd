// What a user writes. The runtime owns loop, mailbox, restarts and names; a definition holds only decisions:
//
//   callback                                   called                                          returns
//   init(context, args)                        before the first message, at every restart      the state, or a promise of it
//   handlers.<type>(state, payload, context)   for each message of that type                   the answer to an ask
//   onDown(state, down, context)               when an actor it watches ended, or, with         nothing
//                                              `trapExit`, one it is linked to
//   onIdle(state, context)                     once no message came for `idleTimeout`          nothing
//   onStop(state, context)                     once, after the last message                    nothing
//
// One callback at a time: while a promise is pending the actor gets nothing else. A callback that throws or rejects is
// a failure of the actor: the asker gets the error, the supervisor decides what becomes of the actor.
import type { Logger } from '../logger.ts';
import type { ActorRef, AnyRef, UntypedRef } from './actor-ref.ts';
import type { EndReason } from './end-reason.ts';
import type { Group } from './group.ts';
import type { Forwarded, Protocol, Stashed, TellArguments } from './protocol.ts';
import type { FindOptions, SpawnArguments } from './spawning.ts';
import type { Timers } from './timers.ts';

/** The notice that a watched actor ended. It comes after every message that the actor had sent. */
export interface Down {
  readonly ref: AnyRef;
  readonly reason: EndReason;
  /** Messages from this process to the actor that were under way and are unaccounted for. */
  readonly lost: number;
}

/** What a callback may do besides returning. One object for the life of an actor. */
export interface Context {
  /** The actor's own ref; it stays valid across restarts and may be sent in messages. */
  readonly self: UntypedRef;
  readonly log: Logger;
  /** Aborted when the asker of the message at hand gives up, or the actor is stopped past its deadline. */
  readonly signal: AbortSignal;
  /**
   * How long the asker of the message at hand still waits, in whole milliseconds: 0 when its time is up, Infinity for a tell.
   * `other.ask(type, payload, { timeout: context.timeLeft })` waits no longer than anybody wants to know.
   */
  readonly timeLeft: number;
  /** Starts a child, which is stopped when this actor ends. Options as for `system.spawn`. */
  spawn<Args, P extends Protocol>(
    definition: ActorDefinition<Args, P>,
    ...options: SpawnArguments<Args>
  ): Promise<ActorRef<P>>;
  /** `onDown` is called once when `ref` ends, at once if it has ended already. Watching twice is once. */
  watch(ref: AnyRef): void;
  unwatch(ref: AnyRef): void;
  /**
   * Ties this actor and `ref` together, in whichever processes: when one of them ends, but for `normal`, the other fails with the
   * same reason; at once if it has ended already. With `trapExit` in its definition an actor gets `onDown` instead, of every end.
   * A restart is no end. Linking twice is once, and either side can `unlink`.
   */
  link(ref: AnyRef): void;
  unlink(ref: AnyRef): void;
  /** As `system.find`. */
  find<Args, P extends Protocol>(
    definition: ActorDefinition<Args, P>,
    name: string,
    options?: FindOptions,
  ): Promise<ActorRef<P> | undefined>;
  /** As `system.group`. */
  group<P extends Protocol = Protocol>(name: string): Group<P>;
  /** Messages that the actor sends itself later. */
  readonly timers: Timers;
  /**
   * Does not wait for `promise`: the actor goes on, and gets its value as a message of `type`, behind what waits. What it rejects
   * with is the payload of a message of `failureType`; left out, the actor fails with it. Nothing
   * comes after a restart or `stop`.
   */
  pipe(promise: PromiseLike<unknown>, type: string, failureType?: string): void;
  /**
   * Hands the asker of the message at hand to another actor: its answer, or its error, is what the asker gets, within the time
   * that the ask has left, and `context.signal` there is aborted when the asker gives up. Without `type` the message goes on as
   * it is. This actor goes on with its next message: what the handler returns is not heard, so `return context.forward(...)`. A
   * message that was told is told on. Throws as `tell` does, and the asker is this actor's again then.
   */
  forward<P extends Protocol>(ref: ActorRef<P>): Forwarded<P[keyof P]['reply']>;
  forward<P extends Protocol, K extends keyof P & string>(
    ref: ActorRef<P>,
    type: K,
    ...payload: TellArguments<P[K]['payload']>
  ): Forwarded<P[K]['reply']>;
  /**
   * From the next message on the handlers of that mode count, and for what it has none those outside all modes, which count
   * alone again after `become()` and after a restart. A mode that the definition does not have is a TypeError.
   */
  become(mode?: string): void;
  /**
   * Puts the message at hand aside, with its asker, whose answer is that of its next turn: what the handler returns is not heard,
   * so `return context.stash()`. As many fit as the mailbox may hold; TROUPE_MAILBOX_FULL beyond. A restart puts them back.
   */
  stash(): Stashed;
  /** Puts back what was put aside, in its order, in front of what waits. */
  unstash(): void;
  /** Ends this actor after the messages it already has. */
  stop(): void;
}

/** A behavior as the runtime calls it: types are gone, `defineActor` has checked them. */
export interface Behavior {
  readonly init?: (context: Context, args: unknown) => unknown;
  readonly handlers: Readonly<
    Record<string, ((state: unknown, payload: unknown, context: Context) => unknown) | undefined>
  >;
  readonly onDown?: (state: unknown, down: Down, context: Context) => unknown;
  /** By mode: its handlers, and those outside all modes for what it has none. */
  readonly modes?: Readonly<Record<string, Behavior['handlers']>>;
  /** Types of messages that go before others; undefined when there are none. */
  readonly urgent?: ReadonlySet<string>;
  readonly idleTimeoutMs?: number;
  readonly onIdle?: (state: unknown, context: Context) => unknown;
  readonly onStop?: (state: unknown, context: Context) => unknown;
  readonly trapExit?: boolean;
  /** Its children have deadlines of their own: it has none unless somebody sets one. */
  readonly isSupervisor?: boolean;
}

/** The names of all messages that a behavior has handlers for. */
export function typesOf(behavior: Behavior): ReadonlySet<string> {
  return new Set([behavior.handlers, ...Object.values(behavior.modes ?? {})].flatMap(Object.keys));
}

/** A kind of actor: what `spawn` takes. Known in every process by the module that defines it and its place there. */
export interface ActorDefinition<Args, P extends Protocol> {
  /** The module, as a file URL. */
  readonly url: string;
  /** 0 for the first `defineActor` of the module, 1 for the next. */
  readonly index: number;
  readonly behavior: Behavior;
  /** Carries the types; there is no such value. */
  readonly '~types'?: { readonly args: Args; readonly protocol: P };
}

/** The ref to actors of a kind: `RefOf<typeof Indexer>`. */
export type RefOf<D> = D extends ActorDefinition<infer _Args, infer P> ? ActorRef<P> : never;
