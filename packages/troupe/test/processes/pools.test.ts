// Pools of real processes and of actors here: who gets a message, what becomes of it when a member dies, and how a pool
// changes its size. Every message is accounted for.
import { describe, expect, it } from '@jest/globals';
import {
  ADDRESS,
  createSystem,
  defineActor,
  oneForOne,
  type ActorSystem,
  type DeadLetter,
  type PoolRef,
  type RefOf,
} from 'troupe';
import { down, Worker } from '../actors.ts';
import { eventually, failure, soon } from '../eventually.ts';
import { processesOfThisTest, watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();
const transports = ['unix', 'shm'] as const;
const forEver = oneForOne({ restarts: 1000, backoff: [0, 0] });

type Pool = PoolRef<NonNullable<RefOf<typeof Worker>['~protocol']>>;

async function open(
  transport: string,
): Promise<{ system: ActorSystem; letters: DeadLetter[] } & AsyncDisposable> {
  const system = await createSystem({
    name: 'pools',
    transport,
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
  });
  const letters: DeadLetter[] = [];
  system.on('deadLetter', (letter) => letters.push(letter));
  return { system, letters, [Symbol.asyncDispose]: () => system[Symbol.asyncDispose]() };
}

/** Which process answers each of `count` asks, one after the other. */
async function pidsOf(pool: Pool, count: number): Promise<readonly number[]> {
  const pids: number[] = [];
  for (let turn = 0; turn < count; turn += 1) pids.push(await pool.ask('pid', undefined, { timeout: '30s' }));
  return pids;
}

async function everythingSettled(system: ActorSystem): Promise<void> {
  await eventually('nothing waits', () => system.account().waiting === 0);
  const { sent, delivered, dead, lost } = system.account();
  expect(delivered + dead + lost).toBe(sent);
}

describe.each(transports)('a pool of processes over %s', (transport) => {
  it('takes its members in turn, is found by name, works from another process, and stops whole', async () => {
    await using run = await open(transport);
    const pool = await run.system.spawnPool(Worker, { in: { processes: 3 }, name: 'workers' });
    const pids = await pidsOf(pool, 6);
    expect(new Set(pids).size).toBe(3);
    expect(pids.slice(3)).toEqual(pids.slice(0, 3));
    expect((await run.system.find(Worker, 'workers'))?.toString()).toBe(pool.toString());
    const elsewhere = await run.system.spawn(Worker, { in: 'process' });
    const asked = { to: pool, type: 'pid' };
    const answers = [await elsewhere.ask('ask', asked), await elsewhere.ask('ask', asked)];
    expect(pids).toEqual(expect.arrayContaining(answers));
    const ended = down(run.system, pool);
    await pool.stop();
    expect((await soon('down', ended)).reason).toEqual({ kind: 'normal' });
    await elsewhere.stop();
    expect(processesOfThisTest()).toEqual([]);
    expect((await failure(pool.ask('pid'))).code).toBe('TROUPE_ACTOR_STOPPED');
    await everythingSettled(run.system);
  });

  it('loses nothing of a sender that waits when told to', async () => {
    await using run = await open(transport);
    const options = { in: { processes: 2 }, mailbox: { capacity: 64 } } as const;
    const pool = await run.system.spawnPool(Worker, options);
    let wasToldToWait = false;
    for (let number = 0; number < 5000; number += 1)
      if (!pool.tell('keep')) {
        wasToldToWait = true;
        await soon('there is room', pool.ready());
      }
    expect(wasToldToWait).toBe(true);
    await everythingSettled(run.system);
    expect(run.system.account()).toMatchObject({ delivered: 5000, dead: 0, lost: 0 });
  });

  it('takes any member by chance, or the one that has least to do', async () => {
    await using run = await open(transport);
    const chance = await run.system.spawnPool(Worker, { in: { processes: 2 }, router: 'random' });
    const pids = await pidsOf(chance, 40);
    expect(new Set(pids).size).toBe(2);
    expect(pids.some((pid, index) => pid === pids[index + 1])).toBe(true);
    const pool = await run.system.spawnPool(Worker, { in: { processes: 2 }, router: 'least-busy' });
    const [stopped = 0] = await pidsOf(pool, 1);
    process.kill(stopped, 'SIGSTOP');
    const both = [1, 2].map(() => pool.ask('pid', undefined, { timeout: '30s' }));
    const other = await Promise.race(both);
    expect(new Set(await pidsOf(pool, 10))).toEqual(new Set([other]));
    process.kill(stopped, 'SIGCONT');
    expect(new Set(await Promise.all(both))).toEqual(new Set([stopped, other]));
  });

  it.each(['redistribute', 'dead-letter'] as const)(
    'does with what waits for a process that is gone for good as told: %s',
    async (orphans) => {
      await using run = await open(transport);
      const pool = await run.system.spawnPool(Worker, {
        in: { processes: 2 },
        router: 'consistent-hash',
        key: (_type, payload) => String(payload),
        orphans,
        supervise: oneForOne({ restarts: 5, backoff: ['10m', '10m'] }),
        name: 'heirs',
      });
      const last = () => run.system.actors().find(({ label }) => label === 'heirs/1');
      const victim = last()?.pid ?? 0;
      const keys = Array.from({ length: 20 }, (_, index) => `key-${String(index)}`);
      const owners = await Promise.all(keys.map((key) => pool.ask('pidFor', key, { timeout: '30s' })));
      const waiting = keys.filter((_, index) => owners[index] === victim);
      expect(waiting.length).toBeGreaterThan(0);
      process.kill(victim, 'SIGKILL');
      await eventually('it is to be started again', () => last()?.state === 'waiting');
      const before = run.system.account();
      for (const key of waiting) pool.tell('pidFor', key);
      await pool.resize(1);
      await everythingSettled(run.system);
      const { delivered, dead } = run.system.account();
      const isKept = orphans === 'redistribute';
      expect(dead - before.dead).toBe(isKept ? 0 : waiting.length);
      expect(delivered - before.delivered).toBeGreaterThanOrEqual(isKept ? waiting.length : 0);
    },
  );

  it('goes on when a member is killed, and counts what was lost with it', async () => {
    await using run = await open(transport);
    const pool = await run.system.spawnPool(Worker, { in: { processes: 2 }, supervise: forEver });
    const [victim = 0] = await pidsOf(pool, 1);
    for (let number = 0; number < 2000; number += 1) {
      if (!pool.tell('keep')) await pool.ready();
      if (number === 1000) process.kill(victim, 'SIGKILL');
    }
    await everythingSettled(run.system);
    expect(run.system.account().dead).toBe(0);
    expect(run.system.account().delivered).toBeGreaterThanOrEqual(1000);
    await eventually('both run again', async () => new Set(await pidsOf(pool, 4)).size === 2);
    expect(await pidsOf(pool, 4)).not.toContain(victim);
  });

  it('keeps messages of one key together, and moves only the keys of a member that left', async () => {
    await using run = await open(transport);
    const pool = await run.system.spawnPool(Worker, {
      in: { processes: 3 },
      router: 'consistent-hash',
      key: (_type, payload) => String(payload),
    });
    const keys = Array.from({ length: 30 }, (_, index) => `key-${String(index)}`);
    const owners = (): Promise<number[]> =>
      Promise.all(keys.map((key) => pool.ask('pidFor', key, { timeout: '30s' })));
    const before = await owners();
    expect(new Set(before).size).toBe(3);
    expect(await owners()).toEqual(before);
    await pool.resize(2);
    const after = await owners();
    const left = new Set(after);
    expect(left.size).toBe(2);
    after.forEach((owner, index) => {
      if (left.has(before[index] ?? 0)) expect(owner).toBe(before[index]);
    });
  });

  it('broadcasts what it is told, and an ask gets the first answer', async () => {
    await using run = await open(transport);
    const pool = await run.system.spawnPool(Worker, { in: { processes: 3 }, router: 'broadcast' });
    for (let number = 0; number < 10; number += 1) pool.tell('keep');
    expect(await pool.ask('kept', undefined, { timeout: '30s' })).toBe(10);
    await everythingSettled(run.system);
    expect(run.system.account()).toMatchObject({ sent: 33, delivered: 33 });
  });

  it('lets an idle member take the next message, so that none waits behind a slow one', async () => {
    await using run = await open(transport);
    const pool = await run.system.spawnPool(Worker, {
      in: { processes: 2 },
      router: 'pull',
      supervise: forEver,
    });
    const slow = pool.ask('slowly', 1500, { timeout: '30s' });
    let slowIsDone = false;
    void slow.then(() => (slowIsDone = true));
    const pids = await Promise.all(
      Array.from({ length: 20 }, () => pool.ask('pid', undefined, { timeout: '30s' })),
    );
    expect(slowIsDone).toBe(false);
    expect(new Set(pids).size).toBe(1);
    expect(await slow).toBe('done');
    // The one at hand dies with its process, and nothing else does.
    const answers = Array.from({ length: 20 }, (_, number) =>
      number === 3 ? failure(pool.ask('kill', 'SIGKILL')) : pool.ask('pid', undefined, { timeout: '30s' }),
    );
    const outcomes = await Promise.all(answers);
    expect(outcomes[3]).toMatchObject({ code: 'TROUPE_PEER_LOST' });
    expect(outcomes.filter((outcome) => typeof outcome === 'number')).toHaveLength(19);
    await everythingSettled(run.system);
    expect(run.system.account().dead).toBe(0);
    // Whether the handler had been called is not known of a process that was killed in it.
    expect(run.system.account().lost).toBeLessThanOrEqual(1);
  });

  it('does not take a member for idle whose asker gave up', async () => {
    await using run = await open(transport);
    const pool = await run.system.spawnPool(Worker, {
      in: { processes: 2 },
      router: 'pull',
      supervise: forEver,
    });
    const gaveUp = await failure(pool.ask('hang', undefined, { timeout: 50 }));
    expect(gaveUp.code).toBe('TROUPE_ASK_TIMEOUT');
    const bothAnswer = (): Promise<number[]> =>
      Promise.all([1, 2].map(() => pool.ask('pid', undefined, { timeout: '30s' })));
    const answered = new Set(await bothAnswer());
    expect(answered.size).toBe(1);
    for (const { pid } of run.system.actors())
      if (pid !== undefined && pid !== process.pid && !answered.has(pid)) process.kill(pid, 'SIGKILL');
    await eventually('both are idle', async () => new Set(await bothAnswer()).size === 2);
    await everythingSettled(run.system);
  });

  it('survives a key that throws, whoever sent the message', async () => {
    await using run = await open(transport);
    const pool = await run.system.spawnPool(Worker, {
      in: { processes: 2 },
      router: 'consistent-hash',
      key: (_type, payload) => {
        if (payload === 'bad') throw new Error('no key for it');
        return String(payload);
      },
    });
    const elsewhere = await run.system.spawn(Worker, { in: 'process', supervise: forEver });
    const pid = await elsewhere.ask('pid');
    const asked = failure(elsewhere.ask('ask', { to: pool, type: 'pidFor', payload: 'bad' }));
    expect((await soon('the ask ends', asked)).message).toBe('no key for it');
    elsewhere.tell('tellMany', { to: pool, type: 'keep', count: 3, payload: 'bad' });
    await eventually('the tells are dead', () => run.letters.length === 4);
    expect(new Set(run.letters.map(({ reason }) => reason))).toEqual(new Set(['no-handler']));
    expect(await elsewhere.ask('ask', { to: pool, type: 'echo', payload: 'good' })).toBe('good');
    expect(await elsewhere.ask('pid')).toBe(pid);
    await everythingSettled(run.system);
  });

  it('broadcasts an ask of another process for as long as that waits', async () => {
    await using system = await createSystem({
      name: 'pools',
      transport,
      runtimeDirectory: surroundings.directory,
      logLevel: 'silent',
      askTimeout: '500ms',
    });
    const pool = await system.spawnPool(Worker, { in: { processes: 2 }, router: 'broadcast' });
    const elsewhere = await system.spawn(Worker, { in: 'process', supervise: forEver });
    const patient = { to: pool, type: 'slowly', payload: 1500, options: { timeout: '30s' } };
    expect(await elsewhere.ask('ask', patient, { timeout: '30s' })).toBe('done');
    const impatient = { to: pool, type: 'slowly', payload: 120_000, options: { timeout: 100 } };
    expect(await failure(elsewhere.ask('ask', impatient, { timeout: '30s' }))).toMatchObject({
      code: 'TROUPE_ASK_TIMEOUT',
    });
    expect(await pool.ask('wasAborted', undefined, { timeout: '30s' })).toBe(true);
  });

  it('grows and shrinks while it works, without loss', async () => {
    await using run = await open(transport);
    const pool = await run.system.spawnPool(Worker, { in: { processes: 1 } });
    const asks: Promise<number>[] = [];
    const load = setInterval(() => asks.push(pool.ask('pid', undefined, { timeout: '30s' })), 5);
    await pool.resize(3);
    expect(pool.size).toBe(3);
    // In turn with the load, whose asks may come to the others.
    const pids = new Set<number>();
    await eventually('all three answer', async () => pids.add(await pool.ask('pid')).size === 3);
    await pool.resize(1);
    expect(pool.size).toBe(1);
    clearInterval(load);
    await Promise.all(asks);
    await everythingSettled(run.system);
    expect(run.system.account()).toMatchObject({ dead: 0, lost: 0 });
    expect(processesOfThisTest()).toHaveLength(1);
    expect((await failure(pool.resize(0))).code).toBe('TROUPE_CONFIGURATION');
    expect((await failure(pool.resize(2, { timeout: 'soon' }))).code).toBe('TROUPE_CONFIGURATION');
    expect(pool.size).toBe(1);
  });
});

/** Handles nothing until its gate opens, then says who it is. */
const Gated = defineActor(import.meta.url, {
  init: (context, gate: Promise<void>) => ({ gate, label: context.self[ADDRESS].label }),
  handlers: {
    who: async ({ gate, label }, mayFail: boolean) => {
      await gate;
      if (mayFail && label.endsWith('/0')) throw new Error('on purpose');
      return label;
    },
  },
});

describe('a pool of this event loop', () => {
  it.each(['redistribute', 'dead-letter'] as const)(
    'does with what waits for a member that ends for good as told: %s',
    async (orphans) => {
      await using run = await open('unix');
      let openGate = (): void => undefined;
      const args = new Promise<void>((resolve) => (openGate = resolve));
      const pool = await run.system.spawnPool(Gated, { in: { actors: 2 }, args, orphans, name: 'gated' });
      const answers = Array.from({ length: 6 }, (_, turn) => pool.ask('who', turn < 2));
      const outcomes = Promise.allSettled(answers);
      openGate();
      const kinds = (await outcomes).map((outcome) =>
        outcome.status === 'fulfilled' ? outcome.value : (outcome.reason as { code?: string }).code,
      );
      const orphan = orphans === 'redistribute' ? 'gated/1' : 'TROUPE_ACTOR_STOPPED';
      expect(kinds).toEqual([undefined, 'gated/1', orphan, 'gated/1', orphan, 'gated/1']);
      expect(run.letters.map(({ reason }) => reason)).toEqual(
        orphans === 'redistribute' ? [] : ['stopped', 'stopped'],
      );
      expect(pool.size).toBe(1);
      await everythingSettled(run.system);
    },
  );

  it('refuses what is no router, no key and no size, and says what is', async () => {
    await using run = await open('unix');
    const refused = async (options: object): Promise<string> =>
      (await failure(run.system.spawnPool(Worker, { in: { actors: 2 }, ...options }))).message;
    expect(await refused({ router: 'fastest' })).toContain("'pull'");
    expect(await refused({ router: 'consistent-hash' })).toContain('(type, payload) => key');
    expect(await refused({ key: () => 1 })).toContain("router is 'consistent-hash'");
    expect(await refused({ orphans: 'forget' })).toContain("'redistribute'");
    expect(await refused({ in: { actors: 0 } })).toContain('1 member or more');
  });
});
