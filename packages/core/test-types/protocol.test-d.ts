// What the compiler infers from handlers, and what it must refuse.
import { expectTypeOf } from 'expect-type';
import { defineActor } from '../src/actor/define-actor.ts';
import type { ActorRef, UntypedRef } from '../src/actor/actor-ref.ts';
import type { ActorDefinition, RefOf } from '../src/actor/behavior.ts';
import type { SpawnArguments } from '../src/actor/spawning.ts';
import type { ItemStream } from '../src/actor/pending-stream.ts';
import type { Protocol } from '../src/actor/protocol.ts';

declare function spawn<Args, P extends Protocol>(
  definition: ActorDefinition<Args, P>,
  ...options: SpawnArguments<Args>
): Promise<ActorRef<P>>;

const Counter = defineActor(import.meta.url, {
  init: (_context, options: { start: number }) => ({ total: options.start }),
  handlers: {
    add(state, amount: number) {
      expectTypeOf(state).toEqualTypeOf<{ total: number }>();
      state.total += amount;
    },
    total: (state) => state.total,
    async label(_state, prefix: string, context) {
      expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>();
      return Promise.resolve(`${prefix}!`);
    },
    reset(state, to?: number) {
      state.total = to ?? 0;
    },
  },
  onDown(state, down) {
    expectTypeOf(state).toEqualTypeOf<{ total: number }>();
    expectTypeOf(down.reason.kind).toEqualTypeOf<
      'normal' | 'error' | 'exit' | 'signal' | 'memory' | 'hung' | 'unreachable'
    >();
  },
  async onStop(state) {
    expectTypeOf(state.total).toEqualTypeOf<number>();
    return Promise.resolve();
  },
});

const counter = await spawn(Counter, { args: { start: 1 } });
expectTypeOf(counter.tell('add', 1)).toEqualTypeOf<boolean>();
expectTypeOf(await counter.ask('total')).toEqualTypeOf<number>();
expectTypeOf(await counter.ask('total', undefined, { timeout: '2s' })).toEqualTypeOf<number>();
expectTypeOf(await counter.ask('label', 'x')).toEqualTypeOf<string>();
expectTypeOf(counter.tell('reset')).toEqualTypeOf<boolean>();
expectTypeOf(counter.tell('reset', 3)).toEqualTypeOf<boolean>();

// @ts-expect-error no such message
counter.tell('ad', 1);
// @ts-expect-error the payload is a number
counter.tell('add', '1');
// @ts-expect-error the payload is missing
counter.tell('add');
// @ts-expect-error no such message to ask
void counter.ask('totl');
// @ts-expect-error an unknown option
void counter.ask('total', undefined, { timout: 1 });
// @ts-expect-error args are required
void spawn(Counter);
// @ts-expect-error args have another shape
void spawn(Counter, { args: { begin: 1 } });
// @ts-expect-error 'processes' is no place
void spawn(Counter, { args: { start: 1 }, in: 'processes' });

// Async init, no args, and a ref that keeps its type through a message.
const Front = defineActor(import.meta.url, {
  init: async () => Promise.resolve({ backend: undefined as typeof counter | undefined }),
  handlers: {
    use(state, backend: typeof counter) {
      state.backend = backend;
    },
    backend: (state) => state.backend,
  },
});
const front = await spawn(Front);
front.tell('use', counter);
const backend = await front.ask('backend');
expectTypeOf(backend).toEqualTypeOf<typeof counter | undefined>();
// @ts-expect-error a front is no counter
front.tell('use', front);

// No init at all: the state is unknown, args may be left out.
const Echo = defineActor(import.meta.url, { handlers: { echo: (_state, text: string) => text } });
const echo = await spawn(Echo, { in: 'process' });
expectTypeOf(await echo.ask('echo', 'hi')).toEqualTypeOf<string>();

// Modes: the protocol is that of all handlers together, and what is put aside is no reply.
const Door = defineActor(import.meta.url, {
  init: () => ({ code: '' }),
  handlers: {
    lock(state, code: string, context) {
      expectTypeOf(state).toEqualTypeOf<{ code: string }>();
      state.code = code;
      context.become('locked');
    },
    enter: (_state, name: string) => `welcome ${name}`,
    isOpen: () => true,
  },
  modes: {
    locked: {
      enter: (_state, _name, context) => context.stash(),
      isOpen: () => 'locked' as const,
      unlock(state, code: string, context) {
        expectTypeOf(state).toEqualTypeOf<{ code: string }>();
        if (code === state.code) context.become();
      },
    },
  },
});
const door = await spawn(Door);
expectTypeOf(await door.ask('enter', 'me')).toEqualTypeOf<string>();
expectTypeOf(await door.ask('isOpen')).toEqualTypeOf<boolean | 'locked'>();
expectTypeOf(door.tell('unlock', '1234')).toEqualTypeOf<boolean>();
// @ts-expect-error the payload is a string, in whichever mode
door.tell('unlock', 1234);
// @ts-expect-error the payload is a string
door.tell('enter', 1);
// @ts-expect-error no such message in any mode
door.tell('knock');

// What is forwarded is answered by the other actor, whose reply it is.
const Desk = defineActor(import.meta.url, {
  init: () => ({ counter }),
  handlers: {
    total: (state, _nothing: undefined, context) => context.forward(state.counter, 'total'),
    label: async (state, prefix: string, context) => {
      if (prefix === '') return 0 as const;
      return Promise.resolve(context.forward(state.counter, 'label', prefix));
    },
    asItIs: (state, _amount: number, context) => context.forward(state.counter),
    wrong(state, _amount: number, context) {
      // @ts-expect-error the payload is a number
      context.forward(state.counter, 'add', 'one');
      // @ts-expect-error the payload is missing
      context.forward(state.counter, 'add');
      // @ts-expect-error no such message
      context.forward(state.counter, 'ad', 1);
    },
  },
});
const desk = await spawn(Desk);
expectTypeOf(await desk.ask('total')).toEqualTypeOf<number>();
expectTypeOf(await desk.ask('label', 'x')).toEqualTypeOf<string | 0>();
expectTypeOf(await desk.ask('asItIs', 1)).not.toBeUnknown();

// Handlers that answer with streams are read, not asked; all others are asked, not read.
const Library = defineActor(import.meta.url, {
  init: () => ({ desk }),
  handlers: {
    async *lines(_state, path: string) {
      yield await Promise.resolve(`${path}: 1`);
    },
    *numbers() {
      yield 1;
      yield Promise.resolve(2);
    },
    later: async (_state, _from?: number) => Promise.resolve(new Set<boolean>().values()),
    table: () => [1, 2, 3],
    never: (): never => {
      throw new Error('as always');
    },
    lend: (state, _nothing: undefined, context) => context.forward(state.desk, 'total'),
  },
  modes: { closed: { table: () => 'closed' as const } },
});
const library = await spawn(Library);
const lines = library.stream('lines', '/etc/services', { window: 4, timeout: '2s' });
expectTypeOf(lines).toEqualTypeOf<ItemStream<string>>();
for await (const line of lines) expectTypeOf(line).toEqualTypeOf<string>();
expectTypeOf(library.stream('numbers')).toEqualTypeOf<ItemStream<number>>();
expectTypeOf(library.stream('later')).toEqualTypeOf<ItemStream<boolean>>();
expectTypeOf(await library.ask('table')).toEqualTypeOf<number[] | 'closed'>();
expectTypeOf(await library.ask('never')).toEqualTypeOf<never>();
expectTypeOf(await library.ask('lend')).toEqualTypeOf<number>();
expectTypeOf(library.tell('lines', 'x')).toEqualTypeOf<boolean>();
// @ts-expect-error it answers with a stream
void library.ask('lines', 'x');
// @ts-expect-error it answers with one value
library.stream('table');
// @ts-expect-error the payload is missing
library.stream('lines');
// @ts-expect-error an unknown option
library.stream('lines', 'x', { windows: 4 });

// A stream that is forwarded is a stream.
const Lobby = defineActor(import.meta.url, {
  init: () => ({ library }),
  handlers: {
    lines: (state, path: string, context) => context.forward(state.library, 'lines', path),
  },
});
expectTypeOf((await spawn(Lobby)).stream('lines', 'x')).toEqualTypeOf<ItemStream<string>>();

// What nobody knows at compile time may be either.
declare const anybody: ActorRef<Protocol>;
expectTypeOf(anybody.stream('anything', 1)).toEqualTypeOf<ItemStream<unknown>>();
expectTypeOf(await anybody.ask('anything', 1)).toEqualTypeOf<unknown>();
declare const untyped: UntypedRef;
expectTypeOf(untyped.stream('anything', 1)).toEqualTypeOf<ItemStream<unknown>>();

// What is urgent is among what the actor understands, its modes included.
const _Pausable = defineActor(import.meta.url, {
  urgent: ['pause', 'resume'],
  handlers: { work: (_state, _item: string) => 1, pause: () => true },
  modes: { paused: { resume: () => true } },
});
expectTypeOf<RefOf<typeof _Pausable>['ask']>().toBeCallableWith('work', 'item');
// @ts-expect-error there is no handler 'pasue'
defineActor(import.meta.url, { urgent: ['pasue'], handlers: { pause: () => true } });
