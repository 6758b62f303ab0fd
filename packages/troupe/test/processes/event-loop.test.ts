// Actors share the event loop with everything else of the program: however busy they are, timers and sockets have their turn.
import { expect, it } from '@jest/globals';
import { createSystem, defineActor, type ActorSystem } from 'troupe';
import { Worker } from '../actors.ts';
import { watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();

const Busy = defineActor(import.meta.url, {
  init: (context) => ({ self: context.self, handled: 0, isOver: false }),
  handlers: {
    again: (state) => {
      state.handled += 1;
      if (!state.isOver) state.self.tell('again');
    },
    againLater: async (state) => {
      state.handled += 1;
      if (!state.isOver) state.self.tell('againLater');
      await Promise.resolve();
    },
    pingPong: (state, partner: { tell(type: string, payload: unknown): boolean } | undefined) => {
      state.handled += 1;
      if (!state.isOver) partner?.tell('pingPong', state.self);
    },
    slow: (state, forMs: number) => {
      state.handled += 1;
      for (const end = performance.now() + forMs; performance.now() < end;);
    },
    end: (state) => {
      state.isOver = true;
      return state.handled;
    },
    handled: (state) => state.handled,
  },
});

function open(): Promise<ActorSystem> {
  return createSystem({ name: 'loop', runtimeDirectory: surroundings.directory, logLevel: 'silent' });
}

it.each(['again', 'againLater'] as const)(
  'an actor that floods itself with %s leaves room for timers and immediates',
  async (how) => {
    await using system = await open();
    const busy = await system.spawn(Busy);
    busy.tell(how);
    let timers = 0;
    let immediates = 0;
    for (let turn = 0; turn < 20; turn += 1) {
      await new Promise<void>((resolve) => setTimeout(resolve, 1));
      timers += 1;
      await new Promise<void>((resolve) => setImmediate(resolve));
      immediates += 1;
    }
    expect([timers, immediates]).toEqual([20, 20]);
    expect(await busy.ask('end')).toBeGreaterThan(20);
  },
);

it('two actors that keep each other busy leave room for timers', async () => {
  await using system = await open();
  const [one, two] = [await system.spawn(Busy), await system.spawn(Busy)];
  one.tell('pingPong', two);
  for (let turn = 0; turn < 20; turn += 1) await new Promise<void>((resolve) => setTimeout(resolve, 1));
  expect(await one.ask('end')).toBeGreaterThan(20);
  await two.ask('end');
});

it('a loop of asks leaves room for timers', async () => {
  await using system = await open();
  const busy = await system.spawn(Busy);
  let isOver = false;
  const asking = (async () => {
    while (!isOver) await busy.ask('handled');
  })();
  for (let turn = 0; turn < 20; turn += 1) await new Promise<void>((resolve) => setTimeout(resolve, 1));
  isOver = true;
  await asking;
});

it('handlers that are slow each do not run as one long block', async () => {
  await using system = await open();
  const busy = await system.spawn(Busy);
  for (let number = 0; number < 40; number += 1) busy.tell('slow', 10);
  await new Promise<void>((resolve) => setImmediate(resolve));
  await new Promise<void>((resolve) => setImmediate(resolve));
  // The budget is 5 ms: an immediate comes after one or two handlers, not after all of them.
  expect(
    await new Promise((resolve) => setImmediate(() => resolve(system.actors()[0]?.depth))),
  ).toBeGreaterThan(30);
});

it('a flood from another process leaves room for timers', async () => {
  await using system = await open();
  const worker = await system.spawn(Worker, { in: 'process' });
  const busy = await system.spawn(Busy);
  const flood = worker.ask(
    'tellPatiently',
    { to: busy, type: 'slow', count: 100_000, payload: 0.01 },
    { timeout: '60s' },
  );
  flood.catch(() => undefined);
  for (let turn = 0; turn < 50; turn += 1) await new Promise<void>((resolve) => setTimeout(resolve, 1));
  await worker.stop({ drain: false, timeout: 100 });
  expect(await busy.ask('handled')).toBeGreaterThan(0);
});
