// Under whatever faults a seed brings, what is promised holds: every message and ask comes to an end, the accounts are whole, order is
// kept and nothing comes twice. Each failure names the seed to run again.
import { describe, expect, it } from '@jest/globals';
import { oneForOne } from '../../src/supervision/strategy.ts';
import { createTestSystem } from '../../src/testing/create-test-system.ts';
import { seededChance } from '../../src/testing/seeded-chance.ts';
import type { TestSystem } from '../../src/testing/test-system.ts';
import { Sink, Worker, type Done } from './fixtures/worker.actor.ts';

const SEEDS = 12;
const STEPS = 40;
const SUPERVISE = oneForOne({ restarts: 1000, within: '1h', backoff: ['10ms', '500ms'] });

async function readAll(stream: AsyncIterable<number>): Promise<void> {
  let last = 0;
  // One after the other, and none left out.
  for await (const item of stream) expect(item).toBe((last += 1));
}

/** Does what the seed says for a while, and tells how everything that was awaited has ended. */
async function live(system: TestSystem): Promise<readonly string[]> {
  const chance = seededChance(system.seed, 'steps');
  const probe = system.probe<Done>();
  const workers = [
    await system.spawn(Worker, { in: 'process', supervise: SUPERVISE }),
    await system.spawn(Worker, { in: 'process', supervise: SUPERVISE }),
  ] as const;
  await system.spawn(Sink, { in: 'process', name: 'sink', supervise: SUPERVISE });
  const pool = await system.spawnPool(Worker, {
    in: { processes: 2 },
    supervise: SUPERVISE,
    router: 'random',
  });
  const ends: string[] = [];
  let open = 0;
  const follow = (work: Promise<unknown>): void => {
    open += 1;
    work.then(
      () => ends.push('answered'),
      (error: unknown) => ends.push((error as { readonly code?: string }).code ?? String(error)),
    );
  };
  let sent = 0;
  for (let step = 0; step < STEPS; step += 1) {
    const worker = workers[chance() < 0.5 ? 0 : 1];
    const choice = Math.floor(chance() * 8);
    if (choice === 0) follow(worker.ask('count'));
    else if (choice === 1) worker.tell('pass', { to: probe.ref, count: 3 });
    else if (choice === 2) follow(pool.ask('echo', Buffer.alloc(Math.floor(chance() * 100_000))));
    else if (choice === 3) follow(readAll(worker.stream('upTo', 20)));
    else if (choice === 4) follow(worker.ask('forwardCount', workers[1]));
    else if (choice === 5) follow(worker.ask('fail'));
    else if (choice === 6) await system.crash(worker).catch(() => undefined);
    else worker.tell('add', (sent += 1));
    await system.advance(Math.floor(chance() * 100));
  }
  await system.advance('10m');
  expect([open, ends.length]).toEqual([open, open]);
  return ends;
}

describe('with faults of all kinds', () => {
  it.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
    'seed %i keeps what is promised',
    async (seed) => {
      const faults = { crash: 0.02, drop: 0.03, delay: ['0ms', '30ms'], full: 0.02 } as const;
      const system = await createTestSystem({ seed, faults, logLevel: 'silent' });
      try {
        await live(system);
        const { sent, delivered, dead, lost, waiting } = system.account();
        expect({ waiting, sum: delivered + dead + lost }).toEqual({ waiting: 0, sum: sent });
      } finally {
        await system.stop();
      }
    },
  );
});
