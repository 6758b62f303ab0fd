// How a user defines a kind of actor: checks what was written, and makes of it what the runtime calls. The names of messages, and
// what they carry, are read off the handlers.
import { milliseconds, type Duration } from '../units.ts';
import { typesOf, type ActorDefinition, type Behavior, type Context, type Down } from './behavior.ts';
import { addDefinition, moduleUrl } from './definitions.ts';
import type { ProtocolOf } from './protocol.ts';
import { urgentTypes } from './urgent.ts';

type Handlers<State> = Readonly<Record<string, (state: State, payload: never, context: Context) => unknown>>;

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

// No argument that anybody gives: one is missing when a name in `urgent` is wrong. As the type of the list itself this would be
// looked at before the handlers, and decide what they are. Until they have been looked at, H is unknown.
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
