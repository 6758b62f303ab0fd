// How a pool begins when its members do not all live: as long as one does, it is a pool.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ADDRESS } from '../../../src/address.ts';
import { defineActor } from '../../../src/actor/define-actor.ts';
import { createTestSystem } from '../../../src/testing/create-test-system.ts';
import type { TestSystem } from '../../../src/testing/test-system.ts';

interface Deaths {
  /** Slots of the members that fail as soon as they run. */
  readonly of: readonly number[];
}

let openGate = (): void => undefined;
let gate: Promise<void>;
const deaths = { count: 0 };

const Member = defineActor(import.meta.url, {
  init: async (context, { of }: Deaths) => {
    const { label } = context.self[ADDRESS];
    if (of.some((slot) => label.endsWith(`/${String(slot)}`))) context.self.tell('fail');
    else await gate;
  },
  handlers: {
    fail: () => {
      deaths.count += 1;
      throw new RangeError('on purpose');
    },
    ping: () => 'pong',
  },
});

const systems: TestSystem[] = [];

async function newSystem(): Promise<TestSystem> {
  const system = await createTestSystem({ seed: 7, logLevel: 'silent' });
  systems.push(system);
  return system;
}

beforeEach(() => {
  gate = new Promise((resolve) => (openGate = resolve));
  deaths.count = 0;
});

afterEach(async () => {
  for (const system of systems.splice(0)) await system.stop();
});

describe.each([{ actors: 3 }, { processes: 3 }] as const)('a pool of %o', (where) => {
  it('goes on with those that live when others die while it starts', async () => {
    const system = await newSystem();
    const starting = system.spawnPool(Member, { in: where, args: { of: [0, 2] }, name: 'members' });
    starting.catch(() => undefined);
    await system.until(() => deaths.count === 2);
    await system.settled();
    openGate();
    const pool = await system.until(starting);
    expect(pool.size).toBe(1);
    expect(await system.until(pool.ask('ping'))).toBe('pong');
    expect(await system.find(Member, 'members')).toBeDefined();
  });

  it('goes on with new members when those it had die meanwhile', async () => {
    const system = await newSystem();
    openGate();
    const pool = await system.until(
      system.spawnPool(Member, {
        in: 'actors' in where ? { actors: 1 } : { processes: 1 },
        args: { of: [] },
      }),
    );
    gate = new Promise((resolve) => (openGate = resolve));
    const resized = pool.resize(3);
    resized.catch(() => undefined);
    pool.tell('fail');
    await system.until(() => deaths.count === 1);
    await system.settled();
    openGate();
    await system.until(resized);
    expect(pool.size).toBe(2);
    expect(await system.until(pool.ask('ping'))).toBe('pong');
  });
});

describe('a pool without members', () => {
  it('does not begin when all of them die before it has, and says why', async () => {
    const system = await newSystem();
    const starting = system.spawnPool(Member, {
      in: { actors: 3 },
      args: { of: [0, 1, 2] },
      name: 'members',
    });
    const failure = await system.until(
      starting.then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    expect(failure).toMatchObject({
      code: 'TROUPE_START_FAILED',
      message: expect.stringMatching(/^spawn: members@\w+ did not start: .*RangeError: on purpose/),
      cause: { name: 'RangeError', message: 'on purpose' },
    });
    expect(await system.find(Member, 'members')).toBeUndefined();
    expect(system.actors()).toEqual([]);
  });
});
