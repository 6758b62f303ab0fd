// An ask of a pool: whose it is while a member has it, and what becomes of it when no member can be found.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Context } from '../../../src/actor/behavior.ts';
import { defineActor } from '../../../src/actor/define-actor.ts';
import type { ActorRef } from '../../../src/actor/actor-ref.ts';
import { ADDRESS, formatAddress } from '../../../src/address.ts';
import { createTestSystem } from '../../../src/testing/create-test-system.ts';
import type { TestSystem } from '../../../src/testing/test-system.ts';

type PoolOfMembers = ActorRef<{ readonly left: { readonly payload: undefined; readonly reply: unknown } }>;

const lefts: number[] = [];

const Member = defineActor(import.meta.url, {
  init: (context) => context.self[ADDRESS].label,
  handlers: {
    left: (_label, _nothing: undefined, context: Context) => {
      lefts.push(context.timeLeft);
      return context.timeLeft;
    },
    askLeft: (_label, pool: PoolOfMembers) => pool.ask('left', undefined, { timeout: 700 }),
    fail: async (label, slowly: string) => {
      if (label.endsWith(slowly)) for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
      throw new Error(label);
    },
    forever: (_label, _nothing: undefined) => new Promise(() => undefined),
  },
});

const systems: TestSystem[] = [];

async function newSystem(): Promise<TestSystem> {
  const system = await createTestSystem({ seed: 7, logLevel: 'silent' });
  systems.push(system);
  return system;
}

afterEach(async () => {
  for (const system of systems.splice(0)) await system.stop();
});

describe('an ask of a pool', () => {
  it.each(['round-robin', 'broadcast', 'pull'] as const)(
    'that waits too long names the pool that was asked: %s',
    async (router) => {
      const system = await newSystem();
      const pool = await system.spawnPool(Member, { in: { actors: 2 }, router, name: 'members' });
      const asked = pool.ask('forever', undefined, { timeout: 700 });
      const refused = expect(asked).rejects.toMatchObject({
        code: 'TROUPE_ASK_TIMEOUT',
        message: expect.stringContaining(
          `'forever' to ${formatAddress(pool[ADDRESS])} got no reply within 700 ms`,
        ),
      });
      await system.advance(700);
      await refused;
    },
  );

  it.each(['round-robin', 'broadcast', 'pull'] as const)(
    'that has been stopped is sent, and dead, in the account: %s',
    async (router) => {
      const system = await newSystem();
      const pool = await system.spawnPool(Member, { in: { actors: 2 }, router });
      const busy = pool.ask('forever', undefined).catch(() => undefined);
      await system.settled();
      const before = system.account();
      const stopped = pool.stop({ timeout: 700 });
      await expect(pool.ask('left')).rejects.toMatchObject({ code: 'TROUPE_ACTOR_STOPPED' });
      const { sent, dead } = system.account();
      expect({ sent, dead }).toEqual({ sent: before.sent + 1, dead: before.dead + 1 });
      await system.advance(700);
      await stopped;
      await busy;
      await expect(pool.ask('left')).rejects.toMatchObject({ code: 'TROUPE_ACTOR_STOPPED' });
      expect(system.account().sent).toBe(before.sent + 2);
    },
  );

  it('is rejected with what its `key` threw, and was never sent; a tell throws it', async () => {
    const system = await newSystem();
    const pool = await system.spawnPool(Member, {
      in: { actors: 2 },
      router: 'consistent-hash',
      key: () => {
        throw new RangeError('no key');
      },
    });
    await expect(pool.ask('left')).rejects.toThrow(new RangeError('no key'));
    expect(() => pool.tell('left')).toThrow(new RangeError('no key'));
    expect(system.account().sent).toBe(0);
  });
});

describe('an ask of everybody in a pool', () => {
  it('gives each the time that its asker waits, in whichever process that is', async () => {
    const system = await newSystem();
    const pool = await system.spawnPool(Member, { in: { actors: 3 }, router: 'broadcast' });
    lefts.length = 0;
    expect(await pool.ask('left', undefined, { timeout: 700 })).toBe(700);
    const elsewhere = await system.spawn(Member, { in: 'process' });
    expect(await elsewhere.ask('askLeft', pool)).toBe(700);
    expect(await pool.ask('left', undefined, { timeout: Infinity })).toBe(Infinity);
    expect(lefts).toEqual([700, 700, 700, 700, 700, 700, Infinity, Infinity, Infinity]);
  });

  it('is answered with the error of the first member when all of them fail, whoever was sooner', async () => {
    const system = await newSystem();
    const pool = await system.spawnPool(Member, { in: { actors: 3 }, router: 'broadcast', name: 'all' });
    await expect(pool.ask('fail', '/0')).rejects.toThrow('all/0');
  });
});
