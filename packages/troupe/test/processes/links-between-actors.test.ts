// Linked actors end together, in whichever processes they are, and the one that traps exits is told instead.
import { describe, expect, it } from '@jest/globals';
import {
  createSystem,
  defineActor,
  oneForOne,
  type ActorRef,
  type ActorSystem,
  type AnyRef,
  type Protocol,
  type RefOf,
  type SupervisionEvent,
} from 'troupe';
import { down, elsewhere, fixtureUrl } from '../actors.ts';
import { eventually, failure, soon } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();
const atOnce = oneForOne({ restarts: 3, within: '1m', backoff: [0, 0] });

interface NotedEnd {
  readonly kind: string;
  /** Messages that had come before. */
  readonly notes: number;
}

// Only the types of these are used: the code is that of the fixture, in the same order.
const twin = {
  init: (_context: unknown, partner: AnyRef | undefined): AnyRef | undefined => partner,
  handlers: {
    pid: (_state: unknown): number => elsewhere(),
    link: (_state: unknown, _ref: unknown): void => elsewhere(),
    unlink: (_state: unknown, _ref: unknown): void => elsewhere(),
    note: (_state: unknown): void => elsewhere(),
    noteTo: (_state: unknown, _target: { to: unknown; count: number }): void => elsewhere(),
    ends: (_state: unknown): readonly NotedEnd[] => elsewhere(),
    spawnInside: (_state: unknown): ActorRef<Protocol> => elsewhere(),
    fail: (_state: unknown, _message: string): void => elsewhere(),
    exit: (_state: unknown, _code: number): void => elsewhere(),
    kill: (_state: unknown, _signal: string): void => elsewhere(),
    finish: (_state: unknown): void => elsewhere(),
  },
};
const Plain = defineActor(fixtureUrl('linked.actor.mjs'), twin);
const Trapping = defineActor(fixtureUrl('linked.actor.mjs'), twin);
type PlainRef = RefOf<typeof Plain>;

/** In this event loop. */
const Local = defineActor(import.meta.url, {
  handlers: {
    link: (_state, ref: AnyRef, context) => context.link(ref),
    ping: () => 'pong',
    fail: (_state, message: string) => {
      throw new RangeError(message);
    },
  },
});

async function open(transport: string) {
  const system = await createSystem({
    name: 'links',
    transport,
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
  });
  const events: SupervisionEvent[] = [];
  system.on('supervision', (event) => events.push(event));
  return { system, events, [Symbol.asyncDispose]: () => system[Symbol.asyncDispose]() };
}

async function two(system: ActorSystem): Promise<readonly [PlainRef, PlainRef]> {
  return Promise.all([system.spawn(Plain, { in: 'process' }), system.spawn(Plain, { in: 'process' })]);
}

describe.each(['unix', 'shm'])('over %s', (transport) => {
  it.each([
    ['fail', 'on purpose', { kind: 'error', error: { name: 'RangeError', message: 'on purpose' } }],
    ['exit', 3, { kind: 'exit', code: 3 }],
    ['kill', 'SIGKILL', { kind: 'signal', name: 'SIGKILL' }],
  ] as const)(
    'linked actors end together and with the same reason, on %s of either',
    async (how, what, reason) => {
      await using run = await open(transport);
      for (const first of [0, 1]) {
        const pair = await two(run.system);
        const [linker, linked] = pair;
        await linker.ask('link', linked);
        // It is linked from its own side once it has heard of it.
        await linked.ask('pid');
        const ends = pair.map((ref) => down(run.system, ref));
        (pair[first] as ActorRef<Protocol>).tell(how, what);
        for (const end of ends) expect((await soon('down', end)).reason).toMatchObject(reason);
      }
    },
  );

  it('a normal end leaves the other as it is', async () => {
    await using run = await open(transport);
    const [linker, linked] = await two(run.system);
    await linker.ask('link', linked);
    await linked.stop();
    const [another, last] = await two(run.system);
    await another.ask('link', last);
    another.tell('finish');
    await soon('down', down(run.system, another));
    expect(await linker.ask('pid')).toBeGreaterThan(0);
    expect(await last.ask('pid')).toBeGreaterThan(0);
    expect(run.events).toEqual([]);
  });

  it('who traps exits is told of every end, after everything the other had sent, and goes on', async () => {
    await using run = await open(transport);
    const trapping = await run.system.spawn(Trapping, { in: 'process' });
    for (const how of ['finish', 'exit'] as const) {
      const partner = await run.system.spawn(Plain, { in: 'process' });
      await trapping.ask('link', partner);
      await partner.ask('noteTo', { to: trapping, count: 500 });
      (partner as ActorRef<Protocol>).tell(how, 4);
      await soon('down', down(run.system, partner));
    }
    await eventually('both are told', async () => (await trapping.ask('ends')).length === 2);
    expect(await trapping.ask('ends')).toEqual([
      { kind: 'normal', notes: 500 },
      { kind: 'exit', notes: 1000 },
    ]);
  });

  it('a link to an actor that has ended already takes effect at once', async () => {
    await using run = await open(transport);
    const [linker, gone] = await two(run.system);
    gone.tell('exit', 5);
    await soon('down', down(run.system, gone));
    const trapping = await run.system.spawn(Trapping, { in: 'process' });
    await trapping.ask('link', gone);
    await eventually('it is told', async () => (await trapping.ask('ends')).length === 1);
    const ended = down(run.system, linker);
    linker.tell('link', gone);
    expect((await soon('down', ended)).reason).toEqual({ kind: 'exit', code: 5 });
  });

  it('a link in init to an actor that has failed is a failed start', async () => {
    await using run = await open(transport);
    const [gone] = await two(run.system);
    gone.tell('exit', 5);
    await soon('down', down(run.system, gone));
    const actor = run.system.spawn(Plain, { in: 'process', args: gone });
    // Whether it is told of the end before or after it runs is a matter of a moment: it does not stay.
    const outcome = await actor.then(
      (ref) => down(run.system, ref).then(({ reason }) => reason.kind),
      () => 'exit',
    );
    expect(outcome).toBe('exit');
  });

  it('either side can end a link', async () => {
    await using run = await open(transport);
    for (const side of [0, 1]) {
      const pair = await two(run.system);
      await pair[0].ask('link', pair[1]);
      await pair[1].ask('pid');
      const unlinking = pair[side] ?? pair[0];
      const other = pair[1 - side] ?? pair[1];
      await unlinking.ask('unlink', other);
      other.tell('exit', 6);
      await soon('down', down(run.system, other));
      expect(await unlinking.ask('pid')).toBeGreaterThan(0);
    }
    expect(run.events.map(({ code }) => code)).toEqual(['unsupervised', 'unsupervised']);
  });

  it('an actor of this event loop and one inside another process are linked in the same way', async () => {
    await using run = await open(transport);
    for (const first of ['local', 'inside'] as const) {
      const host = await run.system.spawn(Plain, { in: 'process' });
      const inside = await host.ask('spawnInside');
      const local = await run.system.spawn(Local);
      await local.ask('link', inside);
      await inside.ask('pid');
      const ends = [local, inside].map((ref) => down(run.system, ref));
      if (first === 'local') local.tell('fail', 'on purpose');
      else inside.tell('fail', 'on purpose');
      for (const end of ends)
        expect((await soon('down', end)).reason).toMatchObject({
          kind: 'error',
          error: { message: 'on purpose' },
        });
      expect(await host.ask('pid')).toBeGreaterThan(0);
    }
  });

  it('a restart is no end: the link stays, also when the process is another', async () => {
    await using run = await open(transport);
    const [linker, linked] = await Promise.all([
      run.system.spawn(Plain, { in: 'process' }),
      run.system.spawn(Plain, { in: 'process', supervise: atOnce }),
    ]);
    await linker.ask('link', linked);
    const before = await linked.ask('pid');
    linked.tell('exit', 7);
    await eventually('it runs again', async () => (await linked.ask('pid').catch(() => before)) !== before);
    expect(await linker.ask('pid')).toBeGreaterThan(0);
    linker.tell('exit', 8);
    await eventually('the end of the other is its failure', () => run.events.length === 3);
    expect(run.events.map(({ type, reason }) => [type, reason])).toEqual([
      ['restart', { kind: 'exit', code: 7 }],
      ['stop', { kind: 'exit', code: 8 }],
      ['restart', { kind: 'exit', code: 8 }],
    ]);
    // And that link is over: it happens once.
    expect((await failure(linker.ask('pid'))).code).toBe('TROUPE_ACTOR_STOPPED');
    await eventually('it answers', async () => (await linked.ask('pid').catch(() => 0)) > 0);
    expect(run.events).toHaveLength(3);
  });
});
