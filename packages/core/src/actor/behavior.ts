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
import type { Strategy } from '../supervision/strategy.ts';
import { milliseconds, type Duration, type Size } from '../units.ts';
import type { ActorRef, AnyRef, UntypedRef } from './actor-ref.ts';
import { addDefinition, moduleUrl } from './definitions.ts';
import type { EndReason } from './end-reason.ts';
import type { Group } from './group.ts';
import type { MailboxOptions } from './mailbox-limits.ts';
import type { Forwarded, Protocol, ProtocolOf, Stashed, TellArguments } from './protocol.ts';
import type { Timers } from './timers.ts';
import { urgentTypes } from './urgent.ts';

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
   * with is the payload of a message of `failureType`; left out, the actor fails with it. Nothing comes after a restart or `stop`.
   */
  pipe(promise: PromiseLike<unknown>, type: string, failureType?: string): void;
  /**
   * Hands the asker of the message at hand to another actor: its answer, or its error, is what the asker gets, within the time that
   * the ask has left, and `context.signal` there is aborted when the asker gives up. Without `type` the message goes on as it is. This
   * actor goes on with its next message: what the handler returns is not heard, so `return context.forward(...)`. A message that was
   * told is told on. Throws as `tell` does, and the asker is this actor's again then.
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
   * Puts the message at hand aside, with its asker, whose answer is that of its next turn: what the handler returns is not heard, so
   * `return context.stash()`. As many fit as the mailbox may hold; TROUPE_MAILBOX_FULL beyond. A restart puts them back.
   */
  stash(): Stashed;
  /** Puts back what was put aside, in its order, in front of what waits. */
  unstash(): void;
  /** Ends this actor after the messages it already has. */
  stop(): void;
}

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
   * `'process'`: a process of its own, started from this one. `'cluster'`: the same as a worker of node:cluster, which shares the ports
   * it listens on with all other workers of this process. Left out: this event loop.
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

type Handlers<State> = Readonly<Record<string, (state: State, payload: never, context: Context) => unknown>>;

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

/**
 * Defines a kind of actor. `module` is `import.meta.url` (or `__filename`): a process started for the actor imports it.
 * The module should do nothing else of weight when imported, and must not create the system.
 */
export function defineActor<State, Args, H, M = unknown, U extends string = never>(
  module: string | URL,
  behavior: {
    readonly init?: (context: Context, args: Args) => State | Promise<State>;
    readonly handlers: H & Handlers<State>;
    /** Handlers by mode: what the actor does otherwise after `context.become(mode)`. */
    readonly modes?: M & Readonly<Record<string, Handlers<State>>>;
    /** Types of messages that go before others in the mailbox, in their own order; mailboxes.md says how. */
    readonly urgent?: readonly U[];
    /** How long no message may come before `onIdle` is called: once, and again after another message. */
    readonly idleTimeout?: Duration;
    readonly onIdle?: (state: State, context: Context) => void | Promise<void>;
    readonly onDown?: (state: State, down: Down, context: Context) => void | Promise<void>;
    readonly onStop?: (state: State, context: Context) => void | Promise<void>;
    /** `true`: the end of an actor it is linked to is a notice to `onDown`, not a failure of its own. Default `false`. */
    readonly trapExit?: boolean;
  },
  ..._mistakes: Mistakes<H, U, keyof ProtocolOf<H, M>>
): ActorDefinition<Args, ProtocolOf<H, M>> {
  const url = moduleUrl(module);
  if (typeof behavior !== 'object' || behavior === null || typeof behavior.handlers !== 'object')
    throw new TypeError('defineActor: the second argument must be an object with `handlers`');
  return addDefinition(url, resolved(behavior as unknown as Written));
}

// No argument that anybody gives: one is missing when a name in `urgent` is wrong. As the type of the list itself this would be looked
// at before the handlers, and decide what they are. Until they have been looked at, H is unknown.
type Mistakes<H, Urgent, Types> = unknown extends H
  ? []
  : [Urgent] extends [Types]
    ? []
    : [urgentWithoutHandler: Exclude<Urgent, Types>];

/** What `defineActor` is given. */
interface Written extends Omit<Behavior, 'urgent'> {
  readonly urgent?: readonly string[];
  readonly idleTimeout?: Duration;
}

function resolved({ idleTimeout, urgent: urgentList, ...behavior }: Written): Behavior {
  const { handlers, modes = {}, onIdle } = behavior;
  const idleTimeoutMs = milliseconds(idleTimeout);
  const urgent = urgentTypes(urgentList, typesOf(behavior));
  if ((onIdle === undefined) !== (idleTimeout === undefined))
    throw new TypeError('defineActor: `idleTimeout` and `onIdle` need each other');
  if (idleTimeout !== undefined && (idleTimeoutMs === undefined || idleTimeoutMs < 1))
    throw new TypeError(
      `defineActor: idleTimeout is ${JSON.stringify(idleTimeout)}; expected milliseconds, 1 or more, or a string such as '30s'`,
    );
  return {
    ...behavior,
    handlers: merged(handlers),
    modes: Object.fromEntries(Object.entries(modes).map(([mode, own]) => [mode, merged(handlers, own)])),
    ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
    ...(urgent === undefined ? {} : { urgent }),
  };
}

// Without a prototype: a message called 'constructor' finds nothing.
function merged(...handlers: readonly Behavior['handlers'][]): Behavior['handlers'] {
  return Object.assign(Object.create(null) as object, ...handlers) as Behavior['handlers'];
}
