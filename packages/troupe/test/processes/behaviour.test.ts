// Timers, messages put aside and modes of an actor with a process of its own.
import { describe, expect, it } from '@jest/globals';
import { createSystem, defineActor, oneForOne, type ActorSystem } from 'troupe';
import { down, elsewhere, fixtureUrl } from '../actors.ts';
import { eventually, failure, soon } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();

const Door = defineActor(fixtureUrl('door.actor.mjs'), {
  handlers: {
    enter: (_state: unknown, _name: string): string => elsewhere(),
    lock: (_state: unknown, _forMs: number): void => elsewhere(),
    unlock: (_state: unknown): void => elsewhere(),
    entered: (_state: unknown): readonly string[] => elsewhere(),
    tickEvery: (_state: unknown, _intervalMs: number): void => elsewhere(),
    ticks: (_state: unknown): number => elsewhere(),
    fetch: (_state: unknown, _value: string): void => elsewhere(),
    arrived: (_state: unknown): readonly string[] => elsewhere(),
    fail: (_state: unknown): void => elsewhere(),
  },
});

const Dozer = defineActor(fixtureUrl('dozer.actor.mjs'), {
  handlers: { work: (_state: unknown, _forMs: number): string => elsewhere() },
});

const open = (transport: string): Promise<ActorSystem> =>
  createSystem({
    name: 'behaviour',
    transport,
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
  });

describe.each(['unix', 'shm'])('an actor in another process, over %s,', (transport) => {
  it('puts aside what comes while it is closed, and answers each asker once its timer opens it', async () => {
    await using system = await open(transport);
    const door = await system.spawn(Door, { in: 'process' });
    await door.ask('lock', 50);
    const names = Array.from({ length: 20 }, (_, index) => `visitor ${String(index)}`);
    const answers = Promise.all(names.map((name) => door.ask('enter', name, { timeout: '30s' })));
    expect(await soon('all are let in', answers)).toEqual(names.map((name) => `welcome ${name}`));
    expect(await door.ask('entered')).toEqual(names);
    await door.stop();
    expect(system.account()).toMatchObject({ delivered: 22, dead: 0, lost: 0 });
  });

  it('keeps what it put aside through a restart, and neither its timers nor its mode', async () => {
    await using system = await open(transport);
    const supervise = oneForOne({ restarts: 3, within: '1m', backoff: [0, 0] });
    const door = await system.spawn(Door, { in: 'process', supervise });
    await door.ask('tickEvery', 5);
    await eventually('it ticks', async () => (await door.ask('ticks')) > 2);
    await door.ask('lock', 0);
    const answer = door.ask('enter', 'patient', { timeout: '30s' });
    await failure(door.ask('fail'));
    expect(await soon('it is let in', answer)).toBe('welcome patient');
    expect(await failure(door.ask('unlock'))).toMatchObject({ code: 'TROUPE_NO_HANDLER' });
    expect(await door.ask('ticks')).toBe(0);
  });

  it('gets what a promise comes to as a message', async () => {
    await using system = await open(transport);
    const door = await system.spawn(Door, { in: 'process' });
    await door.ask('fetch', 'value');
    await eventually('it arrived', async () => (await door.ask('arrived')).length === 1);
    expect(await door.ask('arrived')).toEqual(['value']);
  });

  it('is told that it is idle once nothing came for a while, not while it works, and may end by that', async () => {
    await using system = await open(transport);
    const dozer = await system.spawn(Dozer, { in: 'process' });
    const ended = down(system, dozer);
    // Three times as long as it waits for work.
    expect(await dozer.ask('work', 300)).toBe('done');
    expect((await soon('it ends by itself', ended)).reason).toEqual({ kind: 'normal' });
  });
});
