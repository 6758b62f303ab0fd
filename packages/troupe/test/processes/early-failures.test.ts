// An actor that fails before anybody has heard of it, or at the very moment it begins to run: whoever may know of it is told, in
// this event loop as in a process of its own, and nothing of it stays.
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  child,
  createSystem,
  defineActor,
  defineSupervisor,
  oneForOne,
  type ActorRef,
  type ActorSystem,
  type AnyRef,
  type Protocol,
  type SupervisionEvent,
  type SystemOptions,
} from 'troupe';
import { down, fixtureUrl, newRecord, Recorder } from '../actors.ts';
import { eventually, failure, soon } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();

interface EarlyArguments {
  readonly how: 'in init' | 'by the first message';
  readonly log?: string;
  readonly watcher?: ActorRef<Protocol>;
  readonly linked?: AnyRef;
  readonly group?: string;
}

// In a process of its own the code is that of the fixture, which does the same.
const Early = defineActor(fixtureUrl('early.actor.mjs'), {
  init: (context, { watcher, linked, group }: EarlyArguments) => {
    watcher?.tell('watch', context.self);
    if (linked !== undefined) context.link(linked);
    if (group !== undefined) context.group(group).join(context.self);
    throw new Error('in init');
  },
  handlers: { ping: (): string => 'pong' },
});

async function open(transport: string, options: SystemOptions = {}): Promise<ActorSystem> {
  return createSystem({
    name: 'early',
    transport,
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
    ...options,
  });
}

describe.each(['unix', 'shm'] as const)('over %s', (transport) => {
  it('an actor in a process of its own that fails by what its init sent to it is seen to fail', async () => {
    await using system = await open(transport);
    const log = join(surroundings.scratch, `early-${transport}`);
    const events: SupervisionEvent[] = [];
    system.on('supervision', (event) => events.push(event));
    for (const [supervise, types] of [
      [undefined, ['stop']],
      [oneForOne({ restarts: 2, backoff: [0, 0] }), ['restart', 'restart', 'stop']],
    ] as const) {
      events.length = 0;
      const actor = await system.spawn(Early, {
        in: 'process',
        args: { how: 'by the first message', log },
        ...(supervise === undefined ? {} : { supervise }),
      });
      const { reason } = await soon('down', down(system, actor));
      expect(reason).toMatchObject({ kind: 'error', error: { message: 'at once' } });
      expect(events.map(({ type }) => type)).toEqual(types);
    }
    expect(readFileSync(log, 'utf8').match(/start/g)).toHaveLength(4);
    await eventually('nobody is left', () => system.actors().length === 0);
  });
});

describe.each([undefined, 'process'] as const)('in %s, an actor whose init fails', (where) => {
  it('has ended for those who got to know of it: who watches it, who is linked to it, and its groups', async () => {
    await using system = await open('unix');
    const record = newRecord();
    const watcher = await system.spawn(Recorder, { args: { record } });
    const linked = await system.spawn(Recorder, { args: { record: newRecord() } });
    const linkedEnds = soon('down', down(system, linked));
    const args = { how: 'in init', watcher: watcher as ActorRef<Protocol>, linked, group: 'early' } as const;
    const error = await failure(system.spawn(Early, { args, ...(where === undefined ? {} : { in: where }) }));
    expect(error.code).toBe('TROUPE_START_FAILED');
    await eventually('the watcher is told', () => record.downs.length > 0);
    expect(record.downs).toMatchObject([{ reason: { kind: 'error' } }]);
    expect((await linkedEnds).reason.kind).toBe('error');
    await eventually('its group has no member', () => system.group('early').members().length === 0);
  });
});

const Hanging = defineActor(import.meta.url, {
  init: () => new Promise<undefined>(() => undefined),
  handlers: {},
});
const Team = defineSupervisor(import.meta.url, {
  strategy: oneForOne({ restarts: 1, backoff: [0, 0] }),
  children: () => ({ hanging: child(Hanging) }),
});

describe('an init that hangs in this event loop', () => {
  it('fails the spawn after startTimeout, and its name is free', async () => {
    await using system = await open('unix', { startTimeout: 200 });
    expect((await failure(system.spawn(Hanging, { name: 'one' }))).code).toBe('TROUPE_START_TIMEOUT');
    expect(system.actors()).toEqual([]);
    const actor = await system.spawn(Recorder, { name: 'one', args: { record: newRecord() } });
    expect(await actor.ask('count')).toBe(0);
  });

  it('is a failure like any other for a supervisor', async () => {
    await using system = await open('unix', { startTimeout: 200 });
    const types: string[] = [];
    system.on('supervision', ({ type }) => types.push(type));
    expect((await failure(system.spawn(Team))).code).toBe('TROUPE_START_FAILED');
    expect(types).toEqual(['restart', 'escalate']);
    expect(system.actors()).toEqual([]);
  });

  it('holds up no end of the system: who spawned it is told, also below a supervisor', async () => {
    const system = await open('unix', { startTimeout: '1m' });
    const spawns = [failure(system.spawn(Hanging)), failure(system.spawn(Team))];
    await eventually('all are there', () => system.actors().length === 3);
    await system.stop({ timeout: 300 });
    expect((await Promise.all(spawns)).map(({ code }) => code)).toEqual([
      'TROUPE_START_FAILED',
      'TROUPE_START_FAILED',
    ]);
    expect(system.actors()).toEqual([]);
  });
});
