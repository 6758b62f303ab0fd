// Stopping is bounded: whatever an actor, its process or another program does, `stop` comes to an end, and with it
// everything that was started from here.
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSystem, defineActor, oneForOne, type ActorSystem } from 'troupe';
import { down, fixtureUrl, newRecord, parcel, Recorder, Worker } from '../actors.ts';
import { eventually, failure, soon } from '../eventually.ts';
import { processesOfThisTest, watchForLeaks } from '../leak-oracle.ts';
import { startProgram } from '../program.ts';

const surroundings = watchForLeaks();

const HangsAtRestart = defineActor(fixtureUrl('hangs-at-restart.actor.mjs'), {
  init: (_context, args: { flag: string; how: 'hang' | 'throw' }) => args,
  handlers: { exit: (_state: unknown): void => undefined, fail: (_state: unknown): void => undefined },
});

const Stubborn = defineActor(import.meta.url, {
  init: (_context, args: { at: 'message' | 'stop' | 'start' | 'never' } | undefined) => {
    const hang = new Promise<never>(() => undefined);
    return args?.at === 'start' ? hang : { at: args?.at ?? 'never', hang, handled: 0 };
  },
  handlers: {
    hang: ({ hang }) => hang,
    work: (state) => {
      state.handled += 1;
    },
    handled: (state) => state.handled,
  },
  onStop: (state) => (state.at === 'stop' ? state.hang : undefined),
});

const LingersAtStop = defineActor(import.meta.url, {
  handlers: {},
  onStop: () => new Promise<void>((resolve) => setTimeout(resolve, 150)),
});

const WithChild = defineActor(import.meta.url, {
  init: async (context, happened: string[]) => {
    happened.push('init');
    await context.spawn(LingersAtStop);
    return { happened };
  },
  handlers: {
    work: ({ happened }) => void happened.push('work'),
    fail: ({ happened }) => {
      happened.push('fail');
      throw new Error('on purpose');
    },
  },
  onStop: ({ happened }) => void happened.push('stop'),
});

async function open(transport = 'unix'): Promise<ActorSystem> {
  return createSystem({
    name: 'stopping',
    transport,
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
    stopTimeout: 300,
    startTimeout: '5s',
  });
}

describe('an actor with a process of its own', () => {
  it.each(['spin', 'hang'] as const)(
    'that hangs in %s is ended after its deadline, and down says so',
    async (how) => {
      await using system = await open();
      const worker = await system.spawn(Worker, { in: 'process' });
      const ended = down(system, worker);
      worker.tell(how);
      await soon('stop', worker.stop({ timeout: 200 }));
      expect((await ended).reason).toMatchObject({ kind: 'hung' });
    },
  );

  it('that is stopped by a signal is ended after its deadline', async () => {
    await using system = await open();
    const worker = await system.spawn(Worker, { in: 'process' });
    const ended = down(system, worker);
    process.kill(await worker.ask('pid'), 'SIGSTOP');
    await soon('stop', worker.stop({ timeout: 200 }));
    expect((await ended).reason).toMatchObject({ kind: 'hung' });
  });

  it('that hangs in onStop is ended after its deadline', async () => {
    await using system = await open();
    const worker = await system.spawn(Worker, { in: 'process', args: { hangAtStop: true } });
    const ended = down(system, worker);
    await soon('stop', worker.stop({ timeout: 200 }));
    expect((await ended).reason).toMatchObject({ kind: 'hung' });
  });

  it('that fails in onStop says what failed', async () => {
    await using system = await open();
    const worker = await system.spawn(Worker, { in: 'process', args: { failAtStop: true } });
    const ended = down(system, worker);
    await soon('stop', worker.stop());
    expect((await ended).reason).toMatchObject({ kind: 'error', error: { message: 'no end today' } });
  });

  it('has handled all it was told when stop resolves, and with drain: false only what it was at', async () => {
    await using system = await open();
    const log = join(surroundings.scratch, 'log');
    const worker = await system.spawn(Worker, { in: 'process', args: { log } });
    const record = newRecord();
    const recorder = await system.spawn(Recorder, { args: { record } });
    worker.tell('tellMany', { to: recorder, type: 'put', count: 3000, payload: parcel('child', 0, 100) });
    worker.tell('tellMany', { to: recorder, type: 'put', count: 1, payload: parcel('last', 0, 100) });
    await worker.stop({ timeout: '5s' });
    await recorder.ask('count');
    expect(record.received.at(-1)?.[0]).toBe('last');
    expect(record.received).toHaveLength(3001);
    expect(readFileSync(log, 'utf8')).toMatch(/^start \d+\nstop \d+\n$/);

    const other = await system.spawn(Worker, { in: 'process' });
    other.tell('busy', 100);
    for (let number = 0; number < 50; number += 1)
      other.tell('tellMany', { to: recorder, type: 'put', count: 1, payload: parcel('late', 0, 10) });
    await other.stop({ drain: false });
    expect(record.received.filter(([sender]) => sender === 'late')).toEqual([]);
    await eventually('nothing waits', () => system.account().waiting === 0);
    expect(system.account().dead + system.account().lost).toBeGreaterThanOrEqual(50);
  });

  it.each([
    ['hang', 'exit'],
    ['hang', 'fail'],
    ['throw', 'exit'],
    ['throw', 'fail'],
  ] as const)(
    'that would %s when it is started again can be stopped while it is (after %s)',
    async (how, end) => {
      await using system = await open();
      const actor = await system.spawn(HangsAtRestart, {
        in: 'process',
        args: { flag: join(surroundings.scratch, 'started'), how },
        supervise: oneForOne({ restarts: 1000, backoff: [0, 0] }),
      });
      const ended = down(system, actor);
      actor.tell(end);
      await new Promise((resolve) => setTimeout(resolve, 60));
      await soon('stop', actor.stop({ timeout: 300 }));
      await soon('down', ended);
    },
  );

  it('can be stopped sooner than was said first', async () => {
    await using system = await open();
    const worker = await system.spawn(Worker, { in: 'process' });
    process.kill(await worker.ask('pid'), 'SIGSTOP');
    const stopped = worker.stop({ timeout: '10m' });
    await soon('stop', worker.stop({ timeout: 100 }));
    await stopped;
  });

  it.each([{}, { drain: false }])(
    'can be stopped from where it was never heard of before (%o)',
    async (options) => {
      await using system = await open();
      const [owner, stranger] = [
        await system.spawn(Worker, { in: 'process' }),
        await system.spawn(Worker, { in: 'process' }),
      ];
      const ref = await owner.ask('spawnChild', {});
      await soon('stop', stranger.ask('stopOther', { ref, options }));
      expect(await failure(ref.ask('pid'))).toMatchObject({ code: 'TROUPE_ACTOR_STOPPED' });
    },
  );

  it('takes the actors along that it started itself', async () => {
    await using system = await open();
    const worker = await system.spawn(Worker, { in: 'process' });
    await worker.ask('spawnChild', { where: 'process' });
    await worker.ask('spawnChild', {});
    expect(processesOfThisTest()).toHaveLength(2);
    await soon('stop', worker.stop());
    await eventually('both processes are gone', () => processesOfThisTest().length === 0);
  });

  it.each([undefined, 'process'] as const)(
    'that was being started by an actor which stops meanwhile does not stay (in: %s)',
    async (where) => {
      await using system = await open();
      const parent = await system.spawn(Worker, { in: 'process' });
      const log = join(surroundings.scratch, 'log');
      parent.tell('spawnAndStop', { where, log });
      await soon('down', down(system, parent));
      await eventually('no process is left', () => processesOfThisTest().length === 0);
    },
  );
});

describe('an actor of this event loop', () => {
  it.each(['message', 'stop'] as const)('that hangs at its %s is ended after its deadline', async (at) => {
    await using system = await open();
    const actor = await system.spawn(Stubborn, { args: { at } });
    const ended = down(system, actor);
    const asked = at === 'message' ? actor.ask('hang', undefined, { timeout: '30s' }) : undefined;
    const refusal = asked === undefined ? undefined : failure(asked);
    await soon('stop', actor.stop({ timeout: 100 }));
    expect((await ended).reason).toEqual({ kind: 'hung', afterMs: 100 });
    if (refusal !== undefined) expect((await refusal).code).toBe('TROUPE_ACTOR_STOPPED');
  });

  it('has handled all it was told when stop resolves', async () => {
    await using system = await open();
    const record = newRecord();
    const recorder = await system.spawn(Recorder, { args: { record } });
    for (let seq = 0; seq < 1000; seq += 1) recorder.tell('put', parcel('parent', seq, 10));
    await recorder.stop();
    expect(record.received).toHaveLength(1000);
  });
});

describe('an actor that is stopped while it is started again', () => {
  it.each([0, 50, 160, 250])(
    'handles nothing with its old state, and ends in order once (%d ms later)',
    async (delayMs) => {
      await using system = await open();
      const happened: string[] = [];
      const supervise = oneForOne({ backoff: [0, 0] });
      const actor = await system.spawn(WithChild, { args: happened, supervise });
      actor.tell('fail');
      actor.tell('work');
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await soon('stop', actor.stop({ timeout: '5s' }));
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(happened.slice(0, 2)).toEqual(['init', 'fail']);
      // Either it comes back and does all it should, or it ends as it is.
      expect([[], ['init', 'stop'], ['init', 'work', 'stop']]).toContainEqual(happened.slice(2));
      expect(system.actors()).toEqual([]);
    },
  );
});

describe('a system', () => {
  it('stops with actors that hang in every way, and twice is once', async () => {
    const system = await open();
    const [busy, frozen] = await Promise.all([
      system.spawn(Worker, { in: 'process' }),
      system.spawn(Worker, { in: 'process' }),
      system.spawn(Worker, { in: 'process', args: { hangAtStop: true } }),
      system.spawn(Stubborn, { args: { at: 'stop' } }),
    ]);
    busy.tell('spin');
    process.kill(await frozen.ask('pid'), 'SIGSTOP');
    await soon('stop', Promise.all([system.stop(), system.stop()]));
    expect(processesOfThisTest()).toEqual([]);
    expect((await failure(system.spawn(Stubborn))).code).toBe('TROUPE_SYSTEM_STOPPED');
    expect(busy.tell('keep')).toBe(false);
    expect((await failure(busy.ask('pid'))).code).toBe('TROUPE_ACTOR_STOPPED');
  });

  it.each([0, 20, 100])('stops while an actor is being started, %d ms after that began', async (delayMs) => {
    const system = await open();
    const spawning = system.spawn(Worker, { in: 'process' });
    const outcome = spawning.then(
      () => 'it runs',
      (error: unknown) => (error as { code?: string }).code,
    );
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await soon('stop', system.stop());
    expect(['it runs', 'TROUPE_START_FAILED', 'TROUPE_ACTOR_STOPPED', 'TROUPE_SYSTEM_STOPPED']).toContain(
      await outcome,
    );
    expect(processesOfThisTest()).toEqual([]);
  });

  it('lets its program end: nothing of a stopped system keeps it alive', async () => {
    const { directory, environment } = surroundings;
    for (const transport of ['unix', 'fifo', 'pipe']) {
      const program = await startProgram(
        { name: 'ends', transport, runtimeDirectory: directory },
        { environment },
      );
      await program.call('spawn', 'child', { in: 'process' });
      await program.call('ask', 'child', 'kept');
      expect(await program.leave()).toBe(0);
    }
  });
});
