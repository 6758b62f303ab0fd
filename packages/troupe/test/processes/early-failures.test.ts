// An actor that fails before anybody has heard of it, or at the very moment it begins to run: whoever may know of it is told, in
// this event loop as in a process of its own, and nothing of it stays.
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createSystem,
  defineActor,
  oneForOne,
  type ActorSystem,
  type AnyRef,
  type SupervisionEvent,
} from 'troupe';
import { down, fixtureUrl } from '../actors.ts';
import { eventually, soon } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();

interface EarlyArguments {
  readonly how: 'in init' | 'by the first message';
  readonly log?: string;
  readonly watcher?: AnyRef;
  readonly linked?: AnyRef;
  readonly group?: string;
}

// Only its types: the code is that of the fixture, in this event loop too.
const Early = defineActor(fixtureUrl('early.actor.mjs'), {
  init: (_context, _args: EarlyArguments) => ({}),
  handlers: { ping: (): string => 'pong' },
});

async function open(transport: string): Promise<ActorSystem> {
  return createSystem({
    name: 'early',
    transport,
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
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
