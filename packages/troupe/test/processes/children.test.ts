// The actors that an actor starts are its children from when it begins to start them: whatever becomes of it meanwhile, none is
// left that nobody looks after.
import { describe, expect, it } from '@jest/globals';
import { child, createSystem, defineActor, defineSupervisor, oneForOne, type ActorSystem } from 'troupe';
import { down, Worker } from '../actors.ts';
import { eventually, failure, soon } from '../eventually.ts';
import { processesOfThisTest, watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();

interface Places {
  readonly where: 'process' | undefined;
  readonly spawned: string[];
  starts: number;
}

const Slow = defineActor(import.meta.url, {
  init: () => new Promise<object>((resolve) => setTimeout(resolve, 300, {})),
  handlers: { ping: () => 'pong' },
});

/** Starts a child by the same name in `init`, when it is started again, and in a handler. */
const Parent = defineActor(import.meta.url, {
  init: async (context, places: Places) => {
    places.starts += 1;
    const begin = async (): Promise<void> => {
      const { where } = places;
      const spawning: Promise<unknown> =
        where === undefined
          ? context.spawn(Slow, { name: 'child' })
          : context.spawn(Worker, { name: 'child', in: where });
      await spawning.then(
        () => places.spawned.push('started'),
        (error: unknown) => places.spawned.push((error as { code: string }).code),
      );
    };
    if (places.starts > 1) await begin();
    return { begin };
  },
  handlers: {
    begin: ({ begin }) => void begin(),
    beginAndFail: ({ begin }) => {
      void begin();
      throw new Error('on purpose');
    },
    ping: () => 'pong',
  },
});

const Leaf = defineActor(import.meta.url, {
  handlers: {
    fail: () => {
      throw new Error('on purpose');
    },
    ping: () => 'pong',
  },
});

async function open(transport: string): Promise<ActorSystem> {
  return createSystem({
    name: 'children',
    transport,
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
  });
}

describe.each([
  ['this event loop', 'unix', undefined],
  ['a process of its own', 'unix', 'process'],
  ['a process of its own', 'shm', 'process'],
] as const)('in %s, over %s, a child that is being started', (_place, transport, where) => {
  it.each(['stops', 'fails'] as const)('ends with its parent, when that %s meanwhile', async (how) => {
    await using system = await open(transport);
    const places: Places = { where, spawned: [], starts: 0 };
    const parent = await system.spawn(Parent, { args: places });
    const ended = soon('down', down(system, parent));
    parent.tell(how === 'stops' ? 'begin' : 'beginAndFail');
    if (how === 'stops') await parent.stop();
    expect((await ended).reason.kind).toBe(how === 'stops' ? 'normal' : 'error');
    await eventually('the spawn is settled', () => places.spawned.length === 1);
    expect(system.actors()).toEqual([]);
    await eventually('its process is gone', () => processesOfThisTest().length === 0);
    expect(await system.find(Slow, 'child')).toBeUndefined();
  });

  it('is none of the next incarnation of its parent, and its name is free for that', async () => {
    await using system = await open(transport);
    const places: Places = { where, spawned: [], starts: 0 };
    const parent = await system.spawn(Parent, { args: places, supervise: oneForOne({ backoff: [0, 0] }) });
    parent.tell('beginAndFail');
    await eventually('it runs again, with a child', () => places.spawned.includes('started'));
    expect(await parent.ask('ping')).toBe('pong');
    await eventually('both spawns are settled', () => places.spawned.length === 2);
    expect(places.spawned).not.toContain('TROUPE_NAME_TAKEN');
    expect(system.actors()).toHaveLength(2);
    expect(await system.find(Slow, 'child')).toBeDefined();
  });
});

describe('a spawn that is refused', () => {
  it.each([undefined, 'process'] as const)('for its mailbox leaves its name free, in %s', async (where) => {
    await using system = await open('unix');
    const options = { name: 'one', ...(where === undefined ? {} : { in: where }) };
    const error = await failure(system.spawn(Worker, { ...options, mailbox: { capacity: 0 } }));
    expect(error.code).toBe('TROUPE_CONFIGURATION');
    const worker = await system.spawn(Slow, { name: 'one' });
    expect(await worker.ask('ping')).toBe('pong');
  });
});

const Inner = defineSupervisor(import.meta.url, {
  strategy: oneForOne({ restarts: 1, within: '1m', backoff: [0, 0] }),
  children: () => ({ leaf: child(Leaf) }),
});
const Outer = defineSupervisor(import.meta.url, {
  strategy: oneForOne({ onFailure: () => 'resume', backoff: [0, 0] }),
  children: () => ({ inner: child(Inner) }),
});

it('a supervisor that gave up is started again, with new children, where its own supervisor says resume', async () => {
  await using system = await open('unix');
  const codes: string[] = [];
  system.on('supervision', ({ type, code }) => codes.push(`${type}: ${code}`));
  const { inner } = await (await system.spawn(Outer)).ask('children');
  const { leaf } = await inner.ask('children');
  leaf.tell('fail');
  leaf.tell('fail');
  await eventually('all is decided', () => codes.length === 3);
  expect(codes).toEqual(['restart: failure', 'escalate: too-many', 'restart: failure']);
  const again = await inner.ask('children');
  expect(await again.leaf.ask('ping')).toBe('pong');
});
