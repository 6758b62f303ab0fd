// Groups over real processes: who is a member is the same for everybody, whoever dies is none any more, and what is told to a
// group reaches each member once.
import { describe, expect, it } from '@jest/globals';
import {
  createSystem,
  defineActor,
  type ActorSystem,
  type GroupChange,
  type Protocol,
  type RefOf,
} from 'troupe';
import { Worker } from '../actors.ts';
import { eventually, soon } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';
import { startProgram } from '../program.ts';

const surroundings = watchForLeaks();
const transports = ['unix', 'shm'] as const;

async function open(transport: string): Promise<ActorSystem> {
  return createSystem({
    name: 'groups',
    transport,
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
  });
}

const spawnWorkers = (system: ActorSystem, count: number): Promise<RefOf<typeof Worker>[]> =>
  Promise.all(Array.from({ length: count }, () => system.spawn(Worker, { in: 'process' })));

/** Handles nothing before its gate opens; counts what it got. */
const Slow = defineActor(import.meta.url, {
  init: (_context, gate: Promise<void>) => ({ gate, count: 0 }),
  handlers: {
    event: async (state, _number: number | undefined) => {
      await state.gate;
      state.count += 1;
    },
    count: (state) => state.count,
  },
});

function gate(): { readonly opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

describe.each(transports)('a group over %s', (transport) => {
  it('has the members that joined in any process, for every process, until they leave, end or are killed', async () => {
    await using system = await open(transport);
    const workers = await spawnWorkers(system, 4);
    const [leaves, ends, killed, stays] = workers;
    const group = system.group('workers');
    const changes: string[] = [];
    group.watch((change: GroupChange<Protocol>) => changes.push(`${change.type} ${change.ref.toString()}`));
    for (const worker of workers) await worker.ask('joinGroup', { group: 'workers' });
    await eventually('all are seen', () => group.members().length === 4);
    for (const worker of workers) expect(await worker.ask('groupSize', 'workers')).toBe(4);

    await leaves?.ask('leaveGroup', 'workers');
    await ends?.stop();
    const pid = (await killed?.ask('pid')) ?? 0;
    process.kill(pid, 'SIGKILL');
    await eventually('three are gone', () => group.members().length === 1);
    expect(group.members().map(String)).toEqual([String(stays)]);
    await eventually('the others see it', async () => (await stays?.ask('groupSize', 'workers')) === 1);
    await eventually('it was told', () => changes.length === 7);
    for (const worker of [leaves, ends, killed])
      expect(changes).toEqual(expect.arrayContaining([`joined ${String(worker)}`, `left ${String(worker)}`]));
  });

  it('gets what is published to it once each, from here and from any member', async () => {
    await using system = await open(transport);
    const workers = await spawnWorkers(system, 3);
    for (const worker of workers) await worker.ask('joinGroup', { group: 'topic' });
    const group = system.group<{ keep: { payload: undefined; reply: number } }>('topic');
    for (let number = 0; number < 100; number += 1) if (!group.tell('keep')) await group.ready();
    await workers[0]?.ask('publish', { group: 'topic', type: 'keep' });
    for (const worker of workers)
      await eventually('all came', async () => (await worker.ask('kept')) === 101);
    expect(group.dropped).toBe(0);
  });

  it('lets one or some be picked, in turn', async () => {
    await using system = await open(transport);
    const workers = await spawnWorkers(system, 3);
    for (const worker of workers) await worker.ask('joinGroup', { group: 'some' });
    const group = system.group<{ pid: { payload: undefined; reply: number } }>('some');
    const pids = await Promise.all([0, 1, 2].flatMap(() => group.pick().map((ref) => ref.ask('pid'))));
    expect(new Set(pids).size).toBe(3);
    expect(new Set(group.pick(2).map(String)).size).toBe(2);
    expect(group.pick(9)).toHaveLength(3);
    expect(system.group('nobody').pick()).toEqual([]);
  });
});

describe('a member without room', () => {
  it('holds up whoever sends, or misses what comes meanwhile, as it said when it joined', async () => {
    await using system = await open('unix');
    const closed = gate();
    const mailbox = { capacity: 8 };
    const patient = await system.spawn(Slow, { args: closed.opened, mailbox });
    const forgetful = await system.spawn(Slow, { args: closed.opened, mailbox });
    const group = system.group<{ event: { payload: number; reply: undefined } }>('events');
    group.join(patient);
    group.join(forgetful, { overflow: 'drop-newest' });
    let told = 0;
    while (group.tell('event', told)) told += 1;
    told += 1;
    let isReady = false;
    const ready = group.ready().then(() => (isReady = true));
    // One is over the mark; the other was told once more than it had room for, and then no more.
    expect(group.tell('event', told)).toBe(false);
    told += 1;
    expect(group.dropped).toBeGreaterThan(0);
    expect(isReady).toBe(false);
    closed.open();
    await soon('there is room again', ready);
    expect(await patient.ask('count')).toBe(told);
    expect(await forgetful.ask('count')).toBe(told - group.dropped);
    expect(system.account()).toMatchObject({ dead: 0, lost: 0 });
    expect(() => group.join(patient, { overflow: 'never' as never })).toThrow("'drop-newest'");
  });
});

describe('the name of a group', () => {
  it.each([5, undefined, null, ''])('is not %j', async (name) => {
    await using system = await open('unix');
    expect(() => system.group(name as string)).toThrow(
      expect.objectContaining({ code: 'TROUPE_CONFIGURATION' }),
    );
  });
});

describe('a signal', () => {
  it('wakes each member, and is one however often it was raised meanwhile', async () => {
    await using system = await open('unix');
    const closed = gate();
    const [one, other] = [
      await system.spawn(Slow, { args: closed.opened }),
      await system.spawn(Slow, { args: closed.opened }),
    ];
    const group = system.group<{ event: { payload: number | undefined; reply: undefined } }>('woken');
    group.join(one);
    group.join(other);
    for (let number = 0; number < 1000; number += 1) group.signal('event');
    closed.open();
    // The one that was under way, and one for all that were raised while it was.
    await eventually(
      'both were woken',
      async () => (await one.ask('count')) + (await other.ask('count')) === 4,
    );
    group.signal('event', { count: 1 });
    await eventually('one was', async () => (await one.ask('count')) + (await other.ask('count')) === 5);
  });
});

describe('a signal to a mailbox that is full', () => {
  it('waits for room, and wakes the member then', async () => {
    await using system = await open('unix');
    const closed = gate();
    const slow = await system.spawn(Slow, { args: closed.opened, mailbox: { capacity: 2 } });
    const group = system.group<{ event: { payload: number | undefined; reply: undefined } }>('woken');
    group.join(slow);
    for (let number = 0; number < 5; number += 1) slow.tell('event', number);
    const taken = 5 - system.account().dead;
    expect(taken).toBeLessThan(5);
    group.signal('event');
    closed.open();
    await slow.ready();
    await eventually('it is woken', async () => (await slow.ask('count').catch(() => 0)) === taken + 1);
  });
});

describe('a program that dies', () => {
  it('takes its memberships along', async () => {
    await using system = await open('unix');
    const group = system.group('mixed');
    const settings = { name: 'groups', runtimeDirectory: surroundings.directory };
    const program = await startProgram(settings, { environment: surroundings.environment });
    await program.call('joinGroup', 'mixed');
    await eventually('it is seen', () => group.members().length === 1);
    program.kill('SIGKILL');
    await eventually('it is gone', () => group.members().length === 0);
    await program.exited;
  });
});
