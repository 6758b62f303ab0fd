// What a user writes to have several actors looked after together. A supervisor is an actor like any other, but its behavior is
// the runtime's:
//
//   - It is spawned like any actor, in this event loop or with `in: 'process'`, by a program, by an actor or as a
//     child of another supervisor; it has a name, can be watched and linked, and takes one message: `ask('children')`
//     gives the refs of its children.
//   - Its children are started in the order in which they are written down, each when the one before it runs.
//   - A child that fails, that cannot be started, or that is permanent and stops, is treated as the strategy says:
//     alone, with all others, or with those started after it. Those that run are brought to rest, last first; then
//     all are started, first to last.
//   - A child keeps its ref, its name, its mailbox and its watchers when it is started again; its state is fresh.
//   - A child that fails more often than its limits allow is a failure of the supervisor (TROUPE_ESCALATED): it stops the others,
//     and whoever looks after it decides. Without anybody above, it ends.
//   - When it stops, ends or is started again, its children are stopped, last first, each within its own deadline. When its
//     process is killed, they die with it, in whichever process they are.
//   - Every decision is an event of `system.on('supervision')` of the program, from however deep below it comes.
import { START_CHILDREN, type SupervisorContext } from '../actor/actor-context.ts';
import type { ActorRef } from '../actor/actor-ref.ts';
import type { ActorDefinition } from '../actor/behavior.ts';
import { defineActor } from '../actor/define-actor.ts';
import type { SpawnOptions } from '../actor/spawning.ts';
import type { Protocol } from '../actor/protocol.ts';
import type { Duration } from '../units.ts';
import type { RestartType } from './decision.ts';
import type { RestartOptions, Strategy } from './strategy.ts';

/** Where a child of a supervisor runs and how it is to be treated. */
export interface ChildOptions<Args> extends Omit<SpawnOptions<Args>, 'supervise'> {
  /**
   * `'permanent'` (default): started again whenever it ended. `'transient'`: when it failed, not when it stopped in order.
   * `'temporary'`: never.
   */
  readonly restart?: RestartType;
  /** How often and how soon; what is left out is as the strategy says. Failures are counted for each child. */
  readonly intensity?: RestartOptions;
  /** How long it may take to stop; default the system's `stopTimeout`, for a supervisor as long as its children may take. */
  readonly stopTimeout?: Duration;
}

/** A child of a supervisor, as it is to be started; made by `child`. */
export interface Child<P extends Protocol = Protocol> {
  readonly definition: ActorDefinition<never, Protocol>;
  readonly options: ChildOptions<unknown>;
  /** Carries the protocol; there is no such value. */
  readonly '~protocol'?: P;
}

/** The options of `child`, to be left out where nothing in them is required. */
export type ChildArguments<Args> = undefined extends Args
  ? [options?: ChildOptions<Args>]
  : [options: ChildOptions<Args> & { readonly args: Args }];

/** The children of a supervisor by what they are called there; started in this order. */
export type Children = Readonly<Record<string, Child>>;

/** The refs of the children, by what they are called. */
export type ChildRefs<C extends Children> = {
  readonly [K in keyof C]: C[K] extends Child<infer P> ? ActorRef<P> : never;
};

/** What the runtime is asked to start. */
export interface SupervisorPlan {
  readonly strategy: Strategy;
  readonly children: Children;
}

/** A child for `defineSupervisor`. */
export function child<Args, P extends Protocol>(
  definition: ActorDefinition<Args, P>,
  ...options: ChildArguments<Args>
): Child<P> {
  const untyped = definition as unknown as ActorDefinition<never, Protocol>;
  return { definition: untyped, options: options[0] ?? {} };
}

/**
 * Defines a supervisor. `module` is as for `defineActor`; `children` is called at every start, with the `args` of its spawn.
 * The ref answers `ask('children')` with the refs of the children by name; those of children that were started again stay valid.
 */
export function defineSupervisor<Args, C extends Children>(
  module: string | URL,
  supervisor: { readonly strategy: Strategy; readonly children: (args: Args) => C },
): ActorDefinition<
  Args,
  { readonly children: { readonly payload: undefined; readonly reply: ChildRefs<C> } }
> {
  const { strategy, children } = supervisor;
  if (typeof strategy?.type !== 'string' || typeof children !== 'function')
    throw new TypeError(
      'defineSupervisor: the second argument must be an object with a `strategy` and a function `children`',
    );
  const definition = defineActor(module, {
    init: (context, args: Args): Promise<unknown> =>
      (context as SupervisorContext)[START_CHILDREN]({ strategy, children: children(args) }),
    handlers: { children: (refs: unknown) => refs },
    ...{ isSupervisor: true },
  });
  return definition as unknown as ReturnType<typeof defineSupervisor<Args, C>>;
}
