// What `spawn` and `spawnPool` refuse, and what they make of the places that actors may have.
import { describe, expect, it } from '@jest/globals';
import { defineActor } from '../../src/actor/define-actor.ts';
import type { PoolOptions, SpawnOptions } from '../../src/actor/spawning.ts';
import { checkPoolOptions, checkSpawnOptions } from '../../src/system/spawn-options.ts';

const Anything = defineActor(import.meta.url, { handlers: {} });
const definition = Anything as unknown as Parameters<typeof checkSpawnOptions>[0];

const pool = (where: unknown): unknown =>
  checkPoolOptions(definition, { in: where } as unknown as PoolOptions<unknown>);

describe('a pool', () => {
  it('has its members in processes, in workers of node:cluster or in this event loop', () => {
    expect(pool({ processes: 4 })).toEqual({ count: 4, kind: 'process' });
    expect(pool({ cluster: 3 })).toEqual({ count: 3, kind: 'cluster' });
    expect(pool({ actors: 2 })).toEqual({ count: 2, kind: undefined });
  });

  it.each([
    undefined,
    'cluster',
    {},
    { cluster: 0 },
    { cluster: 1.5 },
    { cluster: '4' },
    { workers: 4 },
    { toString: 4 },
    { cluster: 2, processes: 2 },
  ] as readonly unknown[])('is refused in %j', (where) => {
    expect(() => pool(where)).toThrow(
      /^spawnPool: in is .*; expected \{ processes: 4 \}, \{ cluster: 4 \} or/,
    );
  });
});

describe('an actor', () => {
  it.each([undefined, 'process', 'cluster'])('may be in %j', (where) => {
    expect(() => checkSpawnOptions(definition, { in: where } as SpawnOptions<unknown>)).not.toThrow();
  });

  it.each(['processes', 'worker', null, { cluster: 1 }] as readonly unknown[])(
    'is refused in %j',
    (where) => {
      expect(() => checkSpawnOptions(definition, { in: where } as unknown as SpawnOptions<unknown>)).toThrow(
        /^spawn: in is .*; expected 'process' or 'cluster', or leave it out/,
      );
    },
  );
});
