// Supervisors and their children, in this event loop and in processes of their own: who is started again with whom, in which
// order, what stays, and what becomes of all when a supervisor fails or its process is killed.
import { describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ADDRESS,
  child,
  createSystem,
  defineActor,
  defineSupervisor,
  oneForAll,
  oneForOne,
  restForOne,
  type ActorRef,
  type AnyRef,
  type SupervisionEvent,
} from 'troupe';
import { down, elsewhere, fixtureUrl } from '../actors.ts';
import { eventually, failure, soon } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();
const transports = ['unix', 'shm'] as const;
const atOnce = { restarts: 3, within: '1m', backoff: [0, 0] } as const;

interface MemberArguments {
  readonly name: string;
  readonly log: string;
  readonly failStartsUntil?: number;
  readonly hangAtStop?: boolean;
}

interface TeamArguments {
  readonly log: string;
  readonly where?: 'process';
  readonly names?: readonly string[];
}

// Only the types of these are used: the code is that of the fixture, in the same order.
const Member = defineActor(fixtureUrl('teams.actor.mjs'), {
  init: (_context, args: MemberArguments) => args,
  handlers: {
    add: (_state: unknown): number => elsewhere(),
    pid: (_state: unknown): number => elsewhere(),
    fail: (_state: unknown, _message: string): void => elsewhere(),
    exit: (_state: unknown, _code: number): void => elsewhere(),
    finish: (_state: unknown): void => elsewhere(),
    hang: (_state: unknown): void => elsewhere(),
  },
});
const three = (_args: TeamArguments) => ({
  first: child(Member, { args: { name: '', log: '' } }),
  second: child(Member, { args: { name: '', log: '' } }),
  third: child(Member, { args: { name: '', log: '' } }),
});
const twin = { strategy: oneForOne(), children: three };
const OneForOne = defineSupervisor(fixtureUrl('teams.actor.mjs'), twin);
const OneForAll = defineSupervisor(fixtureUrl('teams.actor.mjs'), twin);
const RestForOne = defineSupervisor(fixtureUrl('teams.actor.mjs'), twin);
const Nested = defineSupervisor(fixtureUrl('teams.actor.mjs'), {
  strategy: oneForOne(),
  children: (args: TeamArguments) => ({ team: child(OneForAll, { args }) }),
});

/** In this event loop, above a team in another process. */
const Top = defineSupervisor(import.meta.url, {
  strategy: oneForOne(atOnce),
  children: (args: TeamArguments) => ({ team: child(OneForAll, { in: 'process', args }) }),
});

type MemberRef = ActorRef<{
  add: { payload: undefined; reply: number };
  pid: { payload: undefined; reply: number };
}>;

async function open(transport: string) {
  const system = await createSystem({
    name: 'supervisors',
    transport,
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
  });
  const events: SupervisionEvent[] = [];
  system.on('supervision', (event) => events.push(event));
  const log = join(surroundings.scratch, 'log');
  writeFileSync(log, '');
  const lines = (): string[] => readFileSync(log, 'utf8').split('\n').slice(0, -1);
  return { system, events, log, lines, [Symbol.asyncDispose]: () => system[Symbol.asyncDispose]() };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves with what the actor answers once it does so again. */
async function answers<T>(what: string, ask: () => Promise<T>, accept: (answer: T) => boolean): Promise<T> {
  let last: T | undefined;
  await eventually(what, async () => {
    last = await ask().catch(() => undefined);
    return last !== undefined && accept(last);
  });
  return last as T;
}

const whoseCountIs = (count: number) => (ref: MemberRef) =>
  answers(
    `it counts ${String(count)}`,
    () => ref.ask('add'),
    (answer) => answer === count,
  );

describe.each(transports)('over %s', (transport) => {
  it('children in processes of their own start in order and stop in reverse', async () => {
    const run = await open(transport);
    const team = await run.system.spawn(OneForOne, {
      in: 'process',
      args: { log: run.log, where: 'process' },
    });
    const { first, second, third } = await team.ask('children');
    expect(run.lines()).toEqual(['start first', 'start second', 'start third']);
    expect(new Set(await Promise.all([first, second, third].map((ref) => ref.ask('pid')))).size).toBe(3);
    await run.system.stop();
    expect(run.lines().slice(3)).toEqual(['stop third', 'stop second', 'stop first']);
    expect(run.events).toEqual([]);
  });

  it('stop of a permanent child from another process resolves, and it is started again', async () => {
    await using run = await open(transport);
    const args = { log: run.log };
    const team = await run.system.spawn(OneForOne, { in: 'process', args });
    const { first } = await team.ask('children');
    for (const options of [{}, { drain: false }, { timeout: 50 }]) {
      const before = run.lines().filter((line) => line === 'start first').length;
      await first.ask('add');
      await soon('stop', first.stop(options));
      await whoseCountIs(1)(first);
      expect(run.lines().filter((line) => line === 'start first')).toHaveLength(before + 1);
    }
    await team.stop();
    await soon('stop of one that has ended', first.stop());
  });

  it.each([
    ['one for one', OneForOne, ['start second'], [2, 1, 2]],
    [
      'one for all',
      OneForAll,
      ['stop third', 'stop first', 'start first', 'start second', 'start third'],
      [1, 1, 1],
    ],
    ['rest for one', RestForOne, ['stop third', 'start second', 'start third'], [2, 1, 1]],
  ] as const)(
    '%s restarts whom it is to restart when a child is killed, and everybody keeps ref, name and watchers',
    async (_name, Team, expected, counts) => {
      await using run = await open(transport);
      const { system } = run;
      const args = { log: run.log, where: 'process', names: ['one', 'two', 'three'] } as const;
      const team = await system.spawn(Team, { in: 'process', args });
      const refs = await team.ask('children');
      const members = [refs.first, refs.second, refs.third];
      await Promise.all(members.map((ref) => ref.ask('add')));
      const downs: AnyRef[] = [];
      for (const ref of members) system.watch(ref, () => downs.push(ref));
      process.kill(await refs.second.ask('pid'), 'SIGKILL');
      await eventually('all are started', () => run.lines().length === 3 + expected.length);
      expect(run.lines().slice(3)).toEqual(expected);
      for (const [index, ref] of members.entries()) await whoseCountIs(counts[index] ?? 0)(ref);
      expect((await system.find(Member, 'two'))?.toString()).toBe(refs.second.toString());
      expect(downs).toEqual([]);
      await eventually('the decision is told', () => run.events.length > 0);
      expect(run.events).toMatchObject([
        {
          type: 'restart',
          code: 'failure',
          reason: { kind: 'signal', name: 'SIGKILL' },
          actor: { label: 'two' },
          supervisor: { label: expect.stringMatching(/^teams-/) },
        },
      ]);
      expect(run.events[0]?.others.map(({ label }) => label)).toEqual(
        { 0: [], 1: ['one', 'three'], 2: ['three'] }[[OneForOne, OneForAll, RestForOne].indexOf(Team)],
      );
    },
  );

  it('what waits for a child is kept while it is started again because of another', async () => {
    await using run = await open(transport);
    const team = await run.system.spawn(OneForAll, {
      in: 'process',
      args: { log: run.log, where: 'process' },
    });
    const { first, second } = await team.ask('children');
    second.tell('exit', 3);
    const asked = Array.from({ length: 50 }, () => first.ask('add').catch(() => -1));
    const answered = (await Promise.all(asked)).filter((count) => count > 0);
    // However many the old incarnation had handled: those after them count from one on, and none is missing.
    expect(answered).toHaveLength(50);
    const fresh = answered.lastIndexOf(1);
    expect(answered.slice(fresh)).toEqual(Array.from({ length: 50 - fresh }, (_, index) => index + 1));
    expect(answered.slice(0, fresh)).toEqual(Array.from({ length: fresh }, (_, index) => index + 1));
  });

  it('a supervisor that is killed takes its children along, and is started again with all of them', async () => {
    await using run = await open(transport);
    const args = { log: run.log, where: 'process', names: ['one', 'two', 'three'] } as const;
    const top = await run.system.spawn(Top, { args });
    const { team } = await top.ask('children');
    const { first, second, third } = await team.ask('children');
    const before = await Promise.all([first, second, third].map((ref) => ref.ask('pid')));
    const ended = down(run.system, first);
    const hosted = run.system.actors().find(({ pid }) => pid !== process.pid);
    process.kill(hosted?.pid ?? 0, 'SIGKILL');
    await eventually('its children are gone', () => !before.some(isAlive));
    expect((await soon('down', ended)).reason.kind).toBe('unreachable');
    const again = await answers(
      'it runs again',
      () => team.ask('children'),
      (refs) => refs.first.toString() !== first.toString(),
    );
    expect(await again.second.ask('add')).toBe(1);
    expect((await run.system.find(Member, 'two'))?.toString()).toBe(again.second.toString());
    expect(before).not.toContain(await again.second.ask('pid'));
    expect(run.events).toMatchObject([{ type: 'restart', reason: { kind: 'signal', name: 'SIGKILL' } }]);
  });

  it('what a supervisor cannot mend climbs from process to process, and ends with the topmost', async () => {
    await using run = await open(transport);
    const top = await run.system.spawn(Nested, { in: 'process', args: { log: run.log } });
    const { team } = await top.ask('children');
    const ended = down(run.system, top);
    // Three restarts are allowed to a member, and one to the team; each time the fourth failure goes up.
    for (let round = 1; round <= 8; round += 1) {
      const known = run.events.length;
      const { second } = await answers(
        'the team runs',
        () => team.ask('children'),
        () => true,
      );
      second.tell('fail', 'EFAIL');
      await eventually('it was decided', () => run.events.length > known + (round % 4 === 0 ? 1 : 0));
    }
    expect((await soon('down', ended)).reason).toMatchObject({
      kind: 'error',
      error: {
        code: 'TROUPE_ESCALATED',
        cause: { code: 'TROUPE_ESCALATED', cause: { name: 'RangeError', code: 'EFAIL' } },
      },
    });
    await eventually('the last is told', () => run.events.length === 11);
    expect(run.events.at(-1)).toMatchObject({ actor: { label: top[ADDRESS].label }, supervisor: undefined });
    const restarts = ['restart failure', 'restart failure', 'restart failure'];
    expect(run.events.map(({ type, code }) => `${type} ${code}`)).toEqual([
      ...restarts,
      'escalate too-many',
      'restart failure',
      ...restarts,
      'escalate too-many',
      'escalate too-many',
      'stop unsupervised',
    ]);
  });
});

interface LocalArguments {
  readonly name: string;
  readonly happened: string[];
  /** Starts that are still to fail. */
  readonly failing?: { left: number };
  readonly hangAtStop?: boolean;
}

/** As `Member`, in this event loop, where the test can look. */
const Local = defineActor(import.meta.url, {
  init: (_context, args: LocalArguments) => {
    args.happened.push(`start ${args.name}`);
    if ((args.failing?.left ?? 0) > 0) {
      if (args.failing !== undefined) args.failing.left -= 1;
      throw new Error(`no start of ${args.name}`);
    }
    return { ...args, count: 0 };
  },
  handlers: {
    add: (state) => (state.count += 1),
    fail: (_state, message: string) => {
      throw new Error(message);
    },
    finish: (_state, _payload: undefined, context) => context.stop(),
    hang: () => new Promise<never>(() => undefined),
  },
  onStop: (state) => {
    state.happened.push(`stop ${state.name}`);
    return state.hangAtStop === true ? new Promise<never>(() => undefined) : undefined;
  },
});

describe('in one event loop', () => {
  it('a permanent child is started again when it stops, a transient one when it fails, a temporary one never', async () => {
    await using run = await open('unix');
    const happened: string[] = [];
    const Team = defineSupervisor(import.meta.url, {
      strategy: oneForOne(atOnce),
      children: () => ({
        permanent: child(Local, { args: { name: 'permanent', happened }, name: 'permanent' }),
        transient: child(Local, { args: { name: 'transient', happened }, restart: 'transient' }),
        temporary: child(Local, { args: { name: 'temporary', happened }, restart: 'temporary' }),
      }),
    });
    const team = await run.system.spawn(Team);
    const { permanent, transient, temporary } = await team.ask('children');
    const ended = [down(run.system, transient), down(run.system, temporary)];
    await permanent.stop();
    permanent.tell('finish');
    transient.tell('fail', 'once');
    expect(await transient.ask('add')).toBe(1);
    transient.tell('finish');
    temporary.tell('fail', 'once');
    expect((await soon('down', Promise.all(ended))).map(({ reason }) => reason.kind)).toEqual([
      'normal',
      'error',
    ]);
    await eventually('it runs', async () => (await permanent.ask('add').catch(() => 0)) === 1);
    expect((await run.system.find(Local, 'permanent'))?.toString()).toBe(permanent.toString());
    expect(run.events.map(({ type, code }) => `${type} ${code}`).sort()).toEqual([
      'restart failure',
      'restart normal-end',
      'restart normal-end',
      'stop completed',
      'stop temporary',
    ]);
  });

  it('a child that cannot be started is a failure like any other, also when it starts first', async () => {
    await using run = await open('unix');
    const happened: string[] = [];
    const failing = { left: 2 };
    const Team = defineSupervisor(import.meta.url, {
      strategy: restForOne(atOnce),
      children: () => ({
        first: child(Local, { args: { name: 'first', happened } }),
        second: child(Local, { args: { name: 'second', happened, failing } }),
        third: child(Local, { args: { name: 'third', happened } }),
      }),
    });
    await run.system.spawn(Team);
    expect(happened).toEqual(['start first', 'start second', 'start second', 'start second', 'start third']);
    expect(run.events.map(({ type, actor }) => [type, actor.label])).toEqual([
      ['restart', expect.stringMatching(/\/second$/)],
      ['restart', expect.stringMatching(/\/second$/)],
    ]);
  });

  it('a supervisor whose child can never be started is not started, says why, and leaves nothing', async () => {
    await using run = await open('unix');
    const happened: string[] = [];
    const Team = defineSupervisor(import.meta.url, {
      strategy: oneForOne({ ...atOnce, restarts: 1 }),
      children: () => ({
        first: child(Local, { args: { name: 'first', happened }, name: 'first' }),
        second: child(Local, { args: { name: 'second', happened, failing: { left: 9 } } }),
      }),
    });
    const error = await failure(run.system.spawn(Team, { name: 'team' }));
    expect(error).toMatchObject({ code: 'TROUPE_START_FAILED', cause: { code: 'TROUPE_ESCALATED' } });
    expect(error.message).toContain("cannot keep its child 'second' running");
    expect(happened).toEqual(['start first', 'start second', 'start second', 'stop first']);
    expect(await run.system.find(Local, 'first')).toBeUndefined();
    expect(await run.system.find(Team, 'team')).toBeUndefined();
    expect(run.system.actors()).toEqual([]);
    expect(run.events.map(({ type, code }) => `${type} ${code}`)).toEqual([
      'restart failure',
      'escalate too-many',
    ]);
  });

  it('each child has its own deadline to stop, and those after it get theirs', async () => {
    await using run = await open('unix');
    const happened: string[] = [];
    const Team = defineSupervisor(import.meta.url, {
      strategy: oneForOne(),
      children: () => ({
        first: child(Local, { args: { name: 'first', happened } }),
        second: child(Local, { args: { name: 'second', happened, hangAtStop: true }, stopTimeout: 50 }),
        third: child(Local, { args: { name: 'third', happened, hangAtStop: true }, stopTimeout: '80ms' }),
      }),
    });
    const team = await run.system.spawn(Team);
    const { first, second, third } = await team.ask('children');
    const downs = Promise.all([first, second, third].map((ref) => down(run.system, ref)));
    await soon('stop', team.stop());
    expect(happened.slice(3)).toEqual(['stop third', 'stop second', 'stop first']);
    expect((await downs).map(({ reason }) => reason)).toEqual([
      { kind: 'normal' },
      { kind: 'hung', afterMs: 50 },
      { kind: 'hung', afterMs: 80 },
    ]);
  });

  it('a system that is stopped leaves the children of a supervisor their deadlines', async () => {
    const happened: string[] = [];
    const Team = defineSupervisor(import.meta.url, {
      strategy: oneForOne(),
      children: () => ({
        first: child(Local, { args: { name: 'first', happened } }),
        second: child(Local, { args: { name: 'second', happened, hangAtStop: true }, stopTimeout: 80 }),
        third: child(Local, { args: { name: 'third', happened, hangAtStop: true }, stopTimeout: 80 }),
      }),
    });
    const system = await createSystem({
      name: 'supervisors',
      runtimeDirectory: surroundings.directory,
      logLevel: 'silent',
      stopTimeout: 100,
    });
    await system.spawn(Team);
    const { hung } = await soon('stop', system.stop());
    expect(happened.slice(3)).toEqual(['stop third', 'stop second', 'stop first']);
    expect(hung).toHaveLength(2);
  });

  it('a sibling that does not come to rest in time is started again without its consent', async () => {
    await using run = await open('unix');
    const happened: string[] = [];
    const Team = defineSupervisor(import.meta.url, {
      strategy: oneForAll(atOnce),
      children: () => ({
        first: child(Local, { args: { name: 'first', happened }, stopTimeout: 50 }),
        second: child(Local, { args: { name: 'second', happened } }),
      }),
    });
    const { first, second } = await (await run.system.spawn(Team)).ask('children');
    expect(await first.ask('add')).toBe(1);
    const hanging = failure(first.ask('hang', undefined, { timeout: '30s' }));
    second.tell('fail', 'on purpose');
    expect((await hanging).code).toBe('TROUPE_ACTOR_STOPPED');
    expect(await first.ask('add')).toBe(1);
    expect(await second.ask('add')).toBe(1);
    expect(happened).toEqual(['start first', 'start second', 'start first', 'start second']);
  });

  it('a failure that the strategy resumes leaves the state as it is', async () => {
    await using run = await open('unix');
    const args = { name: 'it', happened: [] };
    const actor = await run.system.spawn(Local, {
      args,
      supervise: oneForOne({
        ...atOnce,
        onFailure: (reason) =>
          reason.kind === 'error' && reason.error.message === 'minor' ? 'resume' : 'restart',
      }),
    });
    await actor.ask('add');
    expect((await failure(actor.ask('fail', 'minor'))).message).toBe('minor');
    expect(await actor.ask('add')).toBe(2);
    actor.tell('fail', 'major');
    expect(await actor.ask('add')).toBe(1);
    expect(run.events.map(({ type, code }) => `${type} ${code}`)).toEqual([
      'resume chosen',
      'restart failure',
    ]);
  });

  it('a failure that is escalated is one of the actor that started the failed one', async () => {
    await using run = await open('unix');
    const happened: string[] = [];
    const Parent = defineActor(import.meta.url, {
      init: async (context) => ({
        inner: await context.spawn(Local, {
          args: { name: 'inner', happened },
          supervise: oneForOne({ ...atOnce, onFailure: () => 'escalate' }),
        }),
      }),
      handlers: {
        failInner: ({ inner }) => void inner.tell('fail', 'on purpose'),
        ping: () => 'pong',
      },
    });
    const parent = await run.system.spawn(Parent, { supervise: oneForOne(atOnce), name: 'parent' });
    parent.tell('failInner');
    await eventually('both were started again', () => happened.length === 2);
    expect(await parent.ask('ping')).toBe('pong');
    expect(run.events).toMatchObject([
      { type: 'escalate', code: 'chosen', reason: { error: { message: 'on purpose' } } },
      { type: 'restart', actor: { label: 'parent' }, reason: { error: { code: 'TROUPE_ESCALATED' } } },
    ]);
  });

  it('restarts of very many at once are held back, and all come', async () => {
    await using run = await open('unix');
    const happened: string[] = [];
    const spawned = Array.from({ length: 300 }, () =>
      run.system.spawn(Local, { args: { name: '', happened }, supervise: oneForOne(atOnce) }),
    );
    const actors = await Promise.all(spawned);
    for (const actor of actors) actor.tell('fail', 'all at once');
    await eventually('all run again', () => happened.length === 600);
    const held = run.events.filter(({ code }) => code === 'storm');
    expect(held.length).toBeGreaterThan(0);
    expect(held.length).toBeLessThanOrEqual(100);
    expect(run.events).toHaveLength(300);
  });

  it('what a supervisor cannot mean is refused with a sentence', async () => {
    await using run = await open('unix');
    const spawn = (options: object): Promise<unknown> => {
      const Team = defineSupervisor(import.meta.url, {
        strategy: oneForAll(),
        children: () => ({ one: child(Local, { args: { name: '', happened: [] }, ...options }) }),
      });
      return run.system.spawn(Team);
    };
    const because = async (options: object): Promise<string> =>
      ((await failure(spawn(options))).cause as Error).message;
    expect(await because({ restart: 'always' })).toMatch(/restart is "always"; expected 'permanent' or/);
    expect(await because({ stopTimeout: 'soon' })).toMatch(/stopTimeout is "soon"/);
    expect(await because({ intensity: { restarts: -1 } })).toMatch(/child 'one': restarts is -1/);
    expect(await because({ supervise: oneForOne() })).toMatch(/'supervise' is no option/);
    const alone = { supervise: oneForAll() as never, args: { name: '', happened: [] } };
    expect((await failure(run.system.spawn(Local, alone))).message).toMatch(
      /"one-for-all"; expected what oneForOne/,
    );
  });
});
