// What the compiler knows of the children of a supervisor, and what it must refuse.
import { expectTypeOf } from 'expect-type';
import type { RefOf } from '../src/actor/behavior.ts';
import { defineActor } from '../src/actor/define-actor.ts';
import { child, defineSupervisor } from '../src/supervision/define-supervisor.ts';
import { oneForAll } from '../src/supervision/strategy.ts';

const Counter = defineActor(import.meta.url, {
  init: (_context, start: number) => ({ count: start }),
  handlers: { add: (state, amount: number) => (state.count += amount) },
});
const Clock = defineActor(import.meta.url, { handlers: { now: () => new Date() } });

const Inner = defineSupervisor(import.meta.url, {
  strategy: oneForAll(),
  children: () => ({ clock: child(Clock) }),
});
const Outer = defineSupervisor(import.meta.url, {
  strategy: oneForAll(),
  children: (args: { start: number }) => ({
    counter: child(Counter, { args: args.start, restart: 'transient', stopTimeout: '1s' }),
    inner: child(Inner, { in: 'process' }),
  }),
});

export async function inference(outer: RefOf<typeof Outer>): Promise<void> {
  const { counter, inner } = await outer.ask('children');
  expectTypeOf(counter).toEqualTypeOf<RefOf<typeof Counter>>();
  expectTypeOf(await counter.ask('add', 1)).toEqualTypeOf<number>();
  const { clock } = await inner.ask('children');
  expectTypeOf(clock).toEqualTypeOf<RefOf<typeof Clock>>();
}

export function refusals(): void {
  child(Outer, { args: { start: 1 } });
  // @ts-expect-error -- init takes a number
  child(Counter, { args: 'one' });
  // @ts-expect-error -- init takes arguments
  child(Counter);
  // @ts-expect-error -- who restarts it is said by its supervisor
  child(Clock, { supervise: oneForAll() });
  // @ts-expect-error -- there is no such type of child
  child(Clock, { restart: 'always' });
}
