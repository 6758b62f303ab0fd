// A sender that waits for `ready()` whenever `tell` says so loses nothing in a pool, however little room its members have and
// whichever way they get their messages.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { PoolOptions } from '../../../src/actor/spawning.ts';
import { defineActor } from '../../../src/actor/define-actor.ts';
import { oneForOne } from '../../../src/supervision/strategy.ts';
import type { PoolRef } from '../../../src/system/pool/pool-ref.ts';
import { ROUTERS, type RouterName } from '../../../src/system/pool/router.ts';
import { createTestSystem } from '../../../src/testing/create-test-system.ts';
import type { TestSystem } from '../../../src/testing/test-system.ts';

const Member = defineActor(import.meta.url, {
  handlers: {
    work: async (_state, _payload: unknown) => {
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    },
    rest: (_state, _payload: unknown) => new Promise(() => undefined),
    fail: (_state, _payload: unknown) => {
      throw new Error('on purpose');
    },
  },
});

type Pool = PoolRef<NonNullable<Awaited<ReturnType<typeof poolOf>>['~protocol']>>;

const systems: TestSystem[] = [];

async function newSystem(): Promise<TestSystem> {
  const system = await createTestSystem({ seed: 7, logLevel: 'silent' });
  systems.push(system);
  return system;
}

const poolOf = (system: TestSystem, router: RouterName, options: Partial<PoolOptions<undefined>>) =>
  system.spawnPool(Member, {
    in: { actors: 2 },
    router,
    ...(router === 'consistent-hash' ? { key: (_type, payload) => String(payload) } : {}),
    ...options,
  });

/** Sends `count` messages of one key, and waits whenever it is told to. Gives how often that was. */
async function sendAll(system: TestSystem, pool: Pool, count: number): Promise<number> {
  let waits = 0;
  for (let number = 0; number < count; number += 1)
    if (!pool.tell('work', 'hot')) {
      waits += 1;
      await system.until(pool.ready());
    }
  await system.settled();
  return waits;
}

afterEach(async () => {
  for (const system of systems.splice(0)) await system.stop();
});

describe.each([{ actors: 2 }, { processes: 2 }] as const)('an obedient sender to a pool of %o', (where) => {
  it.each(ROUTERS.flatMap((router) => [1, 8].map((capacity) => [router, capacity] as const)))(
    'loses nothing: %s, with room for %i',
    async (router, capacity) => {
      const system = await newSystem();
      const pool = await poolOf(system, router, { in: where, mailbox: { capacity } });
      expect(await sendAll(system, pool, 100)).toBeGreaterThan(0);
      const sent = router === 'broadcast' ? 200 : 100;
      expect(system.account()).toEqual({ sent, delivered: sent, dead: 0, lost: 0, waiting: 0 });
    },
  );

  it.each(ROUTERS)(
    'is told whether a message was taken where others are dropped for it: %s',
    async (router) => {
      const system = await newSystem();
      const mailbox = { capacity: 2, overflow: 'drop-oldest' } as const;
      const pool = await poolOf(system, router, { in: where, mailbox });
      for (let member = 0; member < 2; member += 1) pool.tell('rest', 'hot');
      await system.settled();
      const answers = Array.from({ length: 20 }, () => pool.tell('work', 'hot'));
      expect(new Set(answers)).toEqual(new Set([true]));
    },
  );
});

describe('a pool with one member that is full', () => {
  it('says so to who sends by the key of that one, and lets others pass', async () => {
    const system = await newSystem();
    const pool = await poolOf(system, 'consistent-hash', { mailbox: { capacity: 4 } });
    pool.tell('rest', 'hot');
    await system.settled();
    expect([1, 2, 3].map(() => pool.tell('work', 'hot'))).toEqual([true, true, false]);
    let isReady = false;
    const ready = pool.ready().then(() => (isReady = true));
    ready.catch(() => undefined);
    const others = Array.from({ length: 20 }, (_, index) => `key-${String(index)}`);
    const answers = others.slice(0, 3).map((key) => pool.tell('work', key));
    await system.settled();
    expect(answers).toContain(true);
    expect(isReady).toBe(false);
  });

  it.each(['round-robin', 'random', 'least-busy'] as const)(
    'gives messages to one that is being started again, rather than lose them: %s',
    async (router) => {
      const system = await newSystem();
      const pool = await poolOf(system, router, {
        mailbox: { capacity: 4 },
        supervise: oneForOne({ restarts: 5, backoff: ['1m', '1m'] }),
      });
      await pool.ask('fail').catch(() => undefined);
      await system.settled();
      // The only one that runs does not come to an end with it.
      pool.tell('rest');
      await system.settled();
      for (let number = 0; number < 100 && pool.tell('work'); number += 1);
      expect(system.account().dead).toBe(0);
      expect(system.account().waiting).toBe(6);
    },
  );
});
