// Faults from a seed: each kind by itself, what is promised in spite of it, and that a seed decides everything.
import { afterEach, describe, expect, it } from '@jest/globals';
import { oneForOne } from '../../src/supervision/strategy.ts';
import { createTestSystem, type TestSystemOptions } from '../../src/testing/create-test-system.ts';
import { seededChance } from '../../src/testing/seeded-chance.ts';
import type { TestSystem } from '../../src/testing/test-system.ts';
import { Worker, type Done } from './fixtures/worker.actor.ts';

const MESSAGES = 200;
const systems: TestSystem[] = [];

async function newSystem(options: TestSystemOptions): Promise<TestSystem> {
  const system = await createTestSystem({ seed: 7, logLevel: 'silent', ...options });
  systems.push(system);
  return system;
}

afterEach(async () => {
  for (const system of systems.splice(0)) await system.stop();
});

/** Sends to a process, and tells what of it came back, when, and what became of the rest. */
async function exchange(options: TestSystemOptions) {
  const system = await newSystem(options);
  const probe = system.probe<Done>();
  const echo = await system.spawn(Worker, {
    in: 'process',
    supervise: oneForOne({ restarts: 1000, within: '1h', backoff: ['10ms', '1s'] }),
  });
  const answers: unknown[] = [];
  for (let index = 0; index < MESSAGES; index += 1) {
    echo.ask('echo', index, { timeout: '1m' }).then(
      (answer) => answers.push(answer),
      (error: unknown) => answers.push((error as { readonly code?: unknown }).code),
    );
    if (index % 10 === 0) await system.advance('100ms');
  }
  await system.advance('10m');
  await system.settled();
  return {
    system,
    probe,
    answers,
    faults: system.faults,
    account: system.account(),
    transcript: JSON.stringify([answers, system.faults, system.account(), system.now()]),
  };
}

describe('a fault', () => {
  it('crash kills the process that is given a message, and every message is accounted for', async () => {
    const { faults, answers, account } = await exchange({ faults: { crash: 0.05 } });
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(['crash']));
    expect(new Set(faults.map(({ pid }) => pid)).size).toBe(faults.length);
    expect(answers).toHaveLength(MESSAGES);
    expect(answers.filter((answer) => answer === 'TROUPE_PEER_LOST').length).toBeGreaterThanOrEqual(1);
    expect(account.lost).toBeGreaterThanOrEqual(1);
    expect(account.waiting).toBe(0);
    expect(account.delivered + account.dead + account.lost).toBe(account.sent);
  });

  it('drop loses messages and answers, and counts the messages as lost', async () => {
    const { faults, answers, account } = await exchange({ faults: { drop: 0.1 } });
    const count = (kind: string): number => faults.filter((fault) => fault.kind === kind).length;
    expect(count('drop')).toBeGreaterThan(0);
    expect(count('drop-answer')).toBeGreaterThan(0);
    expect(account).toEqual({
      sent: MESSAGES,
      delivered: MESSAGES - count('drop'),
      dead: 0,
      lost: count('drop'),
      waiting: 0,
    });
    expect(answers.filter((answer) => answer === 'TROUPE_ASK_TIMEOUT')).toHaveLength(
      count('drop') + count('drop-answer'),
    );
  });

  it('delay keeps the order, and takes the time it says there and back', async () => {
    const system = await newSystem({ faults: { delay: ['20ms', '50ms'] } });
    const probe = system.probe<Done>();
    const worker = await system.spawn(Worker, { in: 'process' });
    for (let index = 0; index < 5; index += 1) {
      worker.tell('report', probe.ref);
      worker.tell('add', 1);
    }
    await system.settled();
    expect(probe.messages).toEqual([]);
    await system.advance('1s');
    expect(probe.messages.map(({ payload }) => payload)).toEqual([0, 1, 2, 3, 4]);
    for (const { atMs } of probe.messages) expect(atMs).toBeGreaterThanOrEqual(40);
    const times = probe.messages.map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(new Set(times).size).toBeGreaterThan(1);
  });

  it('what was under way from a process that is killed comes before its end is told', async () => {
    const system = await newSystem({ faults: { delay: '1m' } });
    const probe = system.probe<Done>();
    const worker = await system.spawn(Worker, { in: 'process' });
    worker.tell('report', probe.ref);
    probe.watch(worker);
    await system.advance('90s');
    expect(probe.messages).toEqual([]);
    await system.crash(worker);
    expect([probe.messages.length, probe.downs.length]).toEqual([1, 1]);
  });

  it('full makes messages wait, and tell returns false when too many do', async () => {
    const system = await newSystem({ faults: { full: 1 }, mailbox: { capacity: 4 } });
    const worker = await system.spawn(Worker, { in: 'process' });
    const taken = Array.from({ length: 6 }, () => worker.tell('add', 1));
    expect(taken).toContain(false);
    await system.settled();
    expect(system.account()).toMatchObject({ sent: 6, delivered: 0, dead: 2, waiting: 4 });
    expect(system.deadLetters.map(({ reason }) => reason)).toEqual(['mailbox-full', 'mailbox-full']);
    expect(system.faults[0]).toMatchObject({ kind: 'full', type: undefined });
  });

  it('full passes, and everything arrives', async () => {
    const { answers, faults } = await exchange({ faults: { full: 0.2 } });
    expect(faults.length).toBeGreaterThan(0);
    expect(answers).toEqual(Array.from({ length: MESSAGES }, (_, index) => index));
  });

  it('that is no part of 1, or that nobody knows, is refused', async () => {
    await expect(createTestSystem({ faults: { crash: 2 } })).rejects.toThrow(
      /faults\.crash is 2; expected a part of 1/,
    );
    await expect(createTestSystem({ faults: { explode: 1 } as object })).rejects.toThrow(/faults\.explode/);
    await expect(createTestSystem({ faults: { delay: ['2s', '1s'] } })).rejects.toThrow(/faults\.delay/);
    await expect(createTestSystem({ seed: 0.5 })).rejects.toThrow(/seed is 0\.5/);
  });
});

describe('a seed', () => {
  const faults = { crash: 0.03, drop: 0.05, delay: ['1ms', '40ms'], full: 0.05 } as const;

  it('decides everything: two runs are the same, to the millisecond', async () => {
    const first = await exchange({ seed: 11, faults });
    const second = await exchange({ seed: 11, faults });
    expect(new Set(first.faults.map(({ kind }) => kind)).size).toBe(4);
    expect(second.transcript).toBe(first.transcript);
  });

  it('that differs makes a run that differs', async () => {
    const first = await exchange({ seed: 11, faults });
    const second = await exchange({ seed: 12, faults });
    expect(second.transcript).not.toBe(first.transcript);
  });

  it('is taken from the environment before the option, and a new one each time without both', async () => {
    process.env['TROUPE_TEST_SEED'] = '99';
    try {
      expect((await newSystem({ seed: 11 })).seed).toBe(99);
    } finally {
      delete process.env['TROUPE_TEST_SEED'];
    }
    expect((await newSystem({})).seed).toBe(7);
    const seeds = [await createTestSystem(), await createTestSystem()];
    systems.push(...seeds);
    expect(seeds[0]?.seed).not.toBe(seeds[1]?.seed);
  });

  it('gives series that are even, and of which none tells another', () => {
    const chance = seededChance(1, 'a');
    const values = Array.from({ length: 10_000 }, chance);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean).toBeGreaterThan(0.48);
    expect(mean).toBeLessThan(0.52);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    const again = seededChance(1, 'a');
    expect(Array.from({ length: 10 }, again)).toEqual(values.slice(0, 10));
    expect(seededChance(1, 'b')()).not.toBe(values[0]);
    expect(seededChance(2, 'a')()).not.toBe(values[0]);
  });
});
