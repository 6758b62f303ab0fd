// Who watches from a third process, a ref that came in a message: told once, why, how many messages were lost, and after the name
// is free.
import { describe, expect, it } from '@jest/globals';
import {
  createSystem,
  defineActor,
  type ActorRef,
  type ActorSystem,
  type EndReason,
  type Protocol,
} from 'troupe';
import { down, elsewhere, fixtureUrl } from '../actors.ts';
import { eventually, soon } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();

interface NotedEnd {
  readonly reason: EndReason;
  readonly lost: number;
  readonly stack: string | undefined;
  readonly isNameFree: boolean;
}

// Only the types of these are used: the code is that of the fixture.
const Plain = defineActor(fixtureUrl('linked.actor.mjs'), {
  handlers: {
    pid: (_state: unknown): number => elsewhere(),
    watch: (_state: unknown, _ref: unknown): void => elsewhere(),
    noteTo: (_state: unknown, _target: { to: unknown; count: number }): void => elsewhere(),
    reasons: (_state: unknown): readonly NotedEnd[] => elsewhere(),
    spawnInside: (_state: unknown): ActorRef<Protocol> => elsewhere(),
    exit: (_state: unknown, _code: number): void => elsewhere(),
  },
});

async function open(transport: string): Promise<ActorSystem> {
  return createSystem({
    name: 'watch',
    transport,
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
  });
}

describe.each(['unix', 'shm'])('over %s', (transport) => {
  it.each([
    ['finish', undefined, { kind: 'normal' }],
    ['fail', 'on purpose', { kind: 'error', error: { name: 'RangeError', message: 'on purpose' } }],
    ['exit', 9, { kind: 'exit', code: 9 }],
    ['kill', 'SIGKILL', { kind: 'signal', name: 'SIGKILL' }],
    ['kill', 'SIGTERM', { kind: 'signal', name: 'SIGTERM' }],
  ] as const)(
    'a third process is told once, and exactly why, after the name is free: %s %s',
    async (how, what, reason) => {
      await using system = await open(transport);
      const watched = await system.spawn(Plain, { in: 'process', name: 'watched' });
      const watchers = await Promise.all([0, 1].map(() => system.spawn(Plain, { in: 'process' })));
      for (const watcher of watchers) for (const _twice of [0, 1]) await watcher.ask('watch', watched);
      (watched as ActorRef<Protocol>).tell(how, what);
      for (const watcher of watchers) {
        await eventually('it is told', async () => (await watcher.ask('reasons')).length > 0);
        // Told again when it asks again, for it has ended: once for each time.
        const [noted, ...others] = await watcher.ask('reasons');
        expect(others).toEqual([]);
        expect(noted).toMatchObject({ reason, lost: 0, isNameFree: true });
        if (how === 'fail') expect(noted?.stack).toContain('linked.actor.mjs');
      }
      const [watcher] = watchers;
      await watcher?.ask('watch', watched);
      await eventually('it is told at once', async () => (await watcher?.ask('reasons'))?.length === 2);
      expect((await watcher?.ask('reasons'))?.[1]).toMatchObject({ reason });
    },
  );

  it('a third process is told how many of its messages were lost', async () => {
    await using system = await open(transport);
    const [watched, watcher] = await Promise.all([
      system.spawn(Plain, { in: 'process' }),
      system.spawn(Plain, { in: 'process' }),
    ]);
    await watcher.ask('watch', watched);
    const pid = await watched.ask('pid');
    process.kill(pid, 'SIGSTOP');
    await watcher.ask('noteTo', { to: watched, count: 100 });
    // All have passed through here, and none further than to the process that does not run.
    await eventually('they are under way', () => system.actors().some(({ depth }) => depth === 100));
    process.kill(pid, 'SIGKILL');
    await eventually('it is told', async () => (await watcher.ask('reasons')).length > 0);
    expect(await watcher.ask('reasons')).toMatchObject([
      { reason: { kind: 'signal', name: 'SIGKILL' }, lost: 100 },
    ]);
  });

  it('who cannot be told why, because the process that knew is gone as well, is told that it is unreachable', async () => {
    await using system = await open(transport);
    const [host, watcher] = await Promise.all([
      system.spawn(Plain, { in: 'process' }),
      system.spawn(Plain, { in: 'process' }),
    ]);
    const inside = await host.ask('spawnInside');
    await watcher.ask('watch', inside);
    await inside.ask('pid');
    const ended = down(system, inside);
    host.tell('exit', 1);
    expect((await soon('down', ended)).reason.kind).toBe('unreachable');
    await eventually('it is told', async () => (await watcher.ask('reasons')).length > 0);
    expect(await watcher.ask('reasons')).toMatchObject([{ reason: { kind: 'unreachable' } }]);
    // And who asks now, at once.
    expect((await soon('down', down(system, inside))).reason.kind).toBe('unreachable');
  });
});
