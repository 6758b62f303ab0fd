// Streams and forwarded asks between processes: who gets what in which order, and what becomes of both when one of them ends.
import { describe, expect, it } from '@jest/globals';
import {
  createSystem,
  defineActor,
  oneForOne,
  type ActorSystem,
  type AskOptions,
  type UntypedRef,
} from 'troupe';
import { elsewhere, fixtureUrl } from '../actors.ts';
import { eventually, failure, soon } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';
import { startProgram } from '../program.ts';

const surroundings = watchForLeaks();

interface Reading {
  readonly from: unknown;
  readonly type: string;
  readonly payload?: unknown;
  readonly take?: number;
  readonly hold?: boolean;
}

const Library = defineActor(fixtureUrl('library.actor.mjs'), {
  handlers: {
    count: (_state: unknown, _to: number): AsyncGenerator<number> => elsewhere(),
    pages: (
      _state: unknown,
      _pages: { count: number; bytes: number },
    ): Generator<{ page: number; text: string }> => elsewhere(),
    fail: (_state: unknown, _after: number): AsyncGenerator<number> => elsewhere(),
    unfit: (_state: unknown): AsyncGenerator => elsewhere(),
    hang: (_state: unknown): AsyncGenerator<number> => elsewhere(),
    slowly: (_state: unknown): void => elsewhere(),
    made: (_state: unknown): number => elsewhere(),
    note: (_state: unknown, _text: string): void => elsewhere(),
    notes: (_state: unknown): readonly string[] => elsewhere(),
    pid: (_state: unknown): number => elsewhere(),
    timeLeft: (_state: unknown): number => elsewhere(),
    spin: (_state: unknown, _forMs: number): void => elsewhere(),
    read: (_state: unknown, _reading: Reading): unknown[] => elsewhere(),
    // What is forwarded may be either.
    forward: (
      _state: unknown,
      _message: { readonly to: unknown; readonly type: string; readonly payload?: unknown },
    ): unknown => elsewhere(),
  },
});

const Local = defineActor(import.meta.url, {
  init: () => ({ cleanedUp: 0 }),
  handlers: {
    async *letters(state, text: string) {
      try {
        for (const letter of text) yield await Promise.resolve(letter);
      } finally {
        state.cleanedUp += 1;
      }
    },
    cleanedUp: (state) => state.cleanedUp,
  },
});

const open = (transport: string): Promise<ActorSystem> =>
  createSystem({
    name: 'library',
    transport,
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
  });

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

describe.each(['unix', 'shm'])('over %s', (transport) => {
  it('a stream keeps its order from a child, to a child, between siblings, and forwarded', async () => {
    await using system = await open(transport);
    const [one, other, local] = await Promise.all([
      system.spawn(Library, { in: 'process' }),
      system.spawn(Library, { in: 'process' }),
      system.spawn(Local),
    ]);
    expect(await soon('a child is read', all(one.stream('count', 500)))).toEqual(upTo(500));
    expect(await one.ask('read', { from: local, type: 'letters', payload: 'abcde' })).toEqual([
      'a',
      'b',
      'c',
      'd',
      'e',
    ]);
    expect(await one.ask('read', { from: other, type: 'count', payload: 100 })).toEqual(upTo(100));
    const message = { to: other, type: 'count', payload: 50 };
    expect(await soon('what was forwarded is read', all(one.stream('forward', message)))).toEqual(upTo(50));
    expect(await one.ask('read', { from: local, type: 'letters', payload: 'abcde', take: 2 })).toEqual([
      'a',
      'b',
    ]);
    await eventually('it cleans up in the parent', async () => (await local.ask('cleanedUp')) === 2);
    const sizes = await all(one.stream('pages', { count: 30, bytes: 100_000 }, { window: 3 }));
    expect(sizes.map(({ page, text }) => [page, text.length])).toEqual(
      upTo(30).map((number) => [number - 1, 100_000]),
    );
    await Promise.all([one.stop(), other.stop()]);
    const { sent, delivered } = system.account();
    expect(delivered).toBe(sent);
  });

  it('a slow reader holds up the stream, at its window, and nothing else of the actor', async () => {
    await using system = await open(transport);
    const library = await system.spawn(Library, { in: 'process' });
    const stream = library.stream('pages', { count: 10_000, bytes: 1000 }, { window: 8 });
    for (let page = 0; page < 20; page += 1) expect((await stream.next()).value?.page).toBe(page);
    let made = 0;
    await eventually('it does not go on', async () => made === (made = await library.ask('made')));
    expect(made).toBeLessThanOrEqual(28);
    await stream.return();
    expect(await all(library.stream('count', 3))).toEqual([1, 2, 3]);
  });

  it('a generator cleans up when its reader leaves, gives up, waits too long or dies', async () => {
    await using system = await open(transport);
    const [library, reader] = await Promise.all([
      system.spawn(Library, { in: 'process' }),
      system.spawn(Library, { in: 'process' }),
    ]);
    const expected: string[] = [];
    const isNoted = (note: string): Promise<void> => {
      expected.push(note);
      return eventually(`it is noted: ${String(expected)}`, async () => {
        const notes = await library.ask('notes');
        return JSON.stringify(notes) === JSON.stringify(expected);
      });
    };
    for await (const number of library.stream('count', 1000)) if (number === 3) break;
    await isNoted('cleaned up');
    const controller = new AbortController();
    const aborted = library.stream('hang', undefined, { signal: controller.signal });
    await aborted.next();
    const next = failure(aborted.next());
    controller.abort();
    expect(await next).toMatchObject({ code: 'TROUPE_ASK_ABORTED' });
    await isNoted('aborted');
    const late = library.stream('hang', undefined, { timeout: 200 });
    await late.next();
    expect(await failure(late.next())).toMatchObject({ code: 'TROUPE_ASK_TIMEOUT' });
    await isNoted('aborted');
    const before = await library.ask('made');
    reader.tell('read', { from: library, type: 'count', payload: 1000, hold: true });
    await eventually('it reads', async () => (await library.ask('made')) > before);
    await reader.stop({ timeout: 0 });
    await isNoted('cleaned up');
  });

  it('what ends a stream reaches its reader, behind the items, with class, message, stack and code', async () => {
    await using system = await open(transport);
    const supervise = oneForOne({ restarts: 5, within: '1m', backoff: [0, 0] });
    const library = await system.spawn(Library, { in: 'process', supervise });
    const unfit = library.stream('unfit');
    expect((await unfit.next()).value).toBe('fits');
    expect(await failure(unfit.next())).toMatchObject({ code: 'TROUPE_NOT_SERIALIZABLE' });
    await eventually('the generator is told', async () => (await library.ask('notes')).length > 0);
    expect(await library.ask('notes')).toEqual(['TROUPE_NOT_SERIALIZABLE']);
    // The compiler refuses both, unless it is told less.
    const untyped = library as unknown as UntypedRef;
    expect((await failure(untyped.ask('count', 1))).message).toContain("stream('count')");
    expect((await failure(all(untyped.stream('pid')))).message).toContain("ask('pid')");
    const other = library.stream('count', 1000);
    await other.next();
    const failing = library.stream('fail', 2);
    expect([(await failing.next()).value, (await failing.next()).value]).toEqual([0, 1]);
    const error = await failure(failing.next());
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: 'not today', code: 'CLOSED' });
    expect(error.stack).toContain('library.actor.mjs');
    expect(await failure(all(other))).toMatchObject({ code: 'TROUPE_ACTOR_STOPPED' });
    expect(await soon('it is started again', all(library.stream('count', 2)))).toEqual([1, 2]);
    const killed = library.stream('count', 1000);
    await killed.next();
    process.kill(await library.ask('pid'), 'SIGKILL');
    expect(await failure(all(killed))).toMatchObject({ code: 'TROUPE_PEER_LOST' });
    const stopped = library.stream('hang', undefined, { timeout: '30s' });
    await soon('it is started again', stopped.next());
    const end = failure(stopped.next());
    await library.stop();
    expect(await end).toMatchObject({ code: 'TROUPE_ACTOR_STOPPED' });
  });

  it('a forwarded ask is answered by the other actor, with what is left of its time, its signal and its error', async () => {
    await using system = await open(transport);
    const [desk, back] = await Promise.all([
      system.spawn(Library, { in: 'process' }),
      system.spawn(Library, { in: 'process' }),
    ]);
    const forward = (type: string, options?: AskOptions): Promise<unknown> =>
      desk.ask('forward', { to: back, type }, options);
    expect(await forward('pid')).toBe(await back.ask('pid'));
    const left = (await forward('timeLeft', { timeout: '20s' })) as number;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(20_001);
    expect(await forward('timeLeft', { timeout: Infinity })).toBe(Infinity);
    expect(await failure(forward('refuse'))).toMatchObject({ name: 'RangeError', message: 'not today' });
    const controller = new AbortController();
    const [second, third] = await Promise.all([
      system.spawn(Library, { in: 'process' }),
      system.spawn(Library, { in: 'process' }),
    ]);
    const aborted = failure(
      desk.ask('forward', { to: second, type: 'slowly' }, { signal: controller.signal, timeout: '30s' }),
    );
    const abandoned = failure(desk.ask('forward', { to: third, type: 'slowly' }, { timeout: '30s' }));
    // The desk goes on with the next.
    expect(await desk.ask('pid')).toBeGreaterThan(0);
    controller.abort();
    expect(await aborted).toMatchObject({ code: 'TROUPE_ASK_ABORTED' });
    await eventually('it is aborted there', async () => (await second.ask('notes')).length === 1);
    await eventually('it has come there', async () => system.account().waiting === 0);
    process.kill(await desk.ask('pid'), 'SIGKILL');
    expect(await abandoned).toMatchObject({ code: 'TROUPE_PEER_LOST' });
    await eventually('nobody waits for it', async () => (await third.ask('notes')).length === 1);
  });

  it('an ask whose time is up before its turn is not handled, and counted as dead', async () => {
    await using system = await open(transport);
    const library = await system.spawn(Library, { in: 'process' });
    library.tell('spin', 400);
    const late = failure(library.ask('note', 'too late', { timeout: 100 }));
    const inTime = library.ask('note', 'in time', { timeout: '30s' });
    expect(await late).toMatchObject({ code: 'TROUPE_ASK_TIMEOUT' });
    await inTime;
    expect(await library.ask('notes')).toEqual(['in time']);
    expect(system.account()).toMatchObject({ sent: 4, delivered: 3, dead: 1, lost: 0, waiting: 0 });
  });

  it.each(['round-robin', 'pull'] as const)('a pool streams from one of its members, %s', async (router) => {
    await using system = await open(transport);
    const pool = await system.spawnPool(Library, { in: { processes: 2 }, router });
    const streams = await soon(
      'both are read',
      Promise.all([all(pool.stream('count', 60)), all(pool.stream('count', 60))]),
    );
    expect(streams).toEqual([upTo(60), upTo(60)]);
    for await (const number of pool.stream('count', 1000)) if (number === 2) break;
    const failing = failure(all(pool.stream('unfit')));
    expect(await failing).toMatchObject({ code: 'TROUPE_NOT_SERIALIZABLE' });
    // No member counts as busy any more.
    const pids = await Promise.all([pool.ask('pid'), pool.ask('pid'), pool.ask('pid')]);
    expect(pids.every((pid) => pid > 0)).toBe(true);
    const near = await system.spawnPool(Local, { in: { actors: 2 }, router });
    expect(await Promise.all([all(near.stream('letters', 'ab')), all(near.stream('letters', 'cd'))])).toEqual(
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    );
    const everybody = await system.spawnPool(Local, { in: { actors: 2 }, router: 'broadcast' });
    expect(await failure(all(everybody.stream('letters', 'ab')))).toBeInstanceOf(TypeError);
  });
});

it('a program reads the streams of another', async () => {
  const { directory, environment } = surroundings;
  const join = () =>
    startProgram({ name: 'town', transport: 'unix', runtimeDirectory: directory }, { environment });
  const [one, two] = await Promise.all([join(), join()]);
  await one.call('spawn', 'a', { name: 'a' });
  expect(await two.call('find', 'a', 'a')).toBe(true);
  expect(await two.call('read', 'a', 'lines', 100)).toEqual(upTo(100));
  await one.call('ask', 'a', 'keep');
  one.kill('SIGKILL');
  await one.exited;
  await expect(two.call('read', 'a', 'lines', 100)).rejects.toMatchObject({
    code: expect.stringMatching(/STOPPED|PEER_LOST/),
  });
  expect(await two.leave()).toBe(0);
});
