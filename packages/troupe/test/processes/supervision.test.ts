// An actor that fails is started again as its strategy says: with fresh state, the same arguments, its mailbox and its ref;
// and not for ever. In this event loop and in processes of their own.
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSystem, defineActor, oneForOne, type ActorSystem, type SupervisionEvent } from 'troupe';
import { down, newRecord, parcel, Recorder, Worker } from '../actors.ts';
import { eventually, failure, soon } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();

const Counter = defineActor(import.meta.url, {
  init: (_context, args: { starts: number[]; failAtStart?: () => boolean }) => {
    args.starts.push(performance.now());
    if (args.failAtStart?.() === true) throw new Error('at start');
    return { count: 0, args };
  },
  handlers: {
    add: (state) => (state.count += 1),
    args: (state) => state.args,
    fail: () => {
      throw new Error('on purpose');
    },
    failLater: () => Promise.reject(new Error('on purpose, later')),
  },
});

async function open(): Promise<{ system: ActorSystem; events: SupervisionEvent[] } & AsyncDisposable> {
  const system = await createSystem({
    name: 'supervision',
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
  });
  const events: SupervisionEvent[] = [];
  system.on('supervision', (event) => events.push(event));
  return { system, events, [Symbol.asyncDispose]: () => system[Symbol.asyncDispose]() };
}

const atOnce = oneForOne({ restarts: 3, within: '1m', backoff: [0, 0] });

describe('an actor of this event loop', () => {
  it.each(['fail', 'failLater'] as const)(
    'starts again with fresh state and the same arguments, keeps its ref and what waits, after %s',
    async (how) => {
      await using run = await open();
      const args = { starts: [] as number[] };
      const actor = await run.system.spawn(Counter, { args, supervise: atOnce, name: 'counter' });
      expect(await actor.ask('add')).toBe(1);
      actor.tell(how);
      const answers = [actor.ask('add'), actor.ask('add'), actor.ask('args')];
      expect(await Promise.all(answers)).toEqual([1, 2, args]);
      expect((await run.system.find(Counter, 'counter'))?.toString()).toBe(actor.toString());
      expect(args.starts).toHaveLength(2);
      expect(run.events).toMatchObject([{ type: 'restart', reason: { kind: 'error' }, restarts: 1 }]);
    },
  );

  it('ends with the reason when it fails more often than its strategy allows', async () => {
    await using run = await open();
    const args = { starts: [] as number[] };
    const actor = await run.system.spawn(Counter, { args, supervise: atOnce });
    const ended = down(run.system, actor);
    for (let failures = 0; failures < 4; failures += 1) actor.tell('fail');
    const late = failure(actor.ask('add'));
    expect((await soon('down', ended)).reason).toMatchObject({
      kind: 'error',
      error: { message: 'on purpose' },
    });
    expect((await late).code).toBe('TROUPE_ACTOR_STOPPED');
    expect(args.starts).toHaveLength(4);
    expect(run.events.map(({ type }) => type)).toEqual(['restart', 'restart', 'restart', 'stop']);
    expect(run.events.at(-1)).toMatchObject({ why: expect.stringContaining('3 restarts are allowed') });
  });

  it('is not started again without supervision', async () => {
    await using run = await open();
    const actor = await run.system.spawn(Counter, { args: { starts: [] } });
    const ended = down(run.system, actor);
    expect((await failure(actor.ask('fail'))).message).toBe('on purpose');
    expect((await soon('down', ended)).reason).toMatchObject({ kind: 'error' });
    expect(actor.tell('add')).toBe(false);
  });

  it('that fails again while it starts counts as failing again', async () => {
    await using run = await open();
    const args = { starts: [] as number[], failAtStart: () => args.starts.length > 1 };
    const actor = await run.system.spawn(Counter, { args, supervise: atOnce });
    const ended = down(run.system, actor);
    actor.tell('fail');
    expect((await soon('down', ended)).reason).toMatchObject({
      kind: 'error',
      error: { message: 'at start' },
    });
    expect(args.starts).toHaveLength(4);
  });

  it('waits longer before each restart', async () => {
    await using run = await open();
    const args = { starts: [] as number[] };
    const supervise = oneForOne({ restarts: 4, within: '1m', backoff: [20, 1000], jitter: 0 });
    const actor = await run.system.spawn(Counter, { args, supervise });
    for (let failures = 0; failures < 4; failures += 1) actor.tell('fail');
    await eventually('it ran five times', () => args.starts.length === 5);
    const pauses = args.starts.slice(1).map((start, index) => start - (args.starts[index] ?? 0));
    const expected = [20, 40, 80, 160];
    // Timers may be a millisecond early, and any time late.
    pauses.forEach((pause, index) => expect(pause).toBeGreaterThanOrEqual((expected[index] ?? 0) - 1.5));
    expect(run.events.map((event) => (event.type === 'restart' ? event.afterMs : 0))).toEqual(expected);
  });
});

describe('an actor with a process of its own', () => {
  it.each(['fail', 'kill', 'exit', 'throwLater'] as const)(
    'starts again with fresh state and the same arguments, and keeps its ref, after %s',
    async (how) => {
      await using run = await open();
      const log = join(surroundings.scratch, 'log');
      const worker = await run.system.spawn(Worker, {
        in: 'process',
        args: { log, blob: new Map([['a', 1]]) },
        supervise: atOnce,
        name: 'one',
      });
      const pid = await worker.ask('pid');
      expect(await worker.ask('keep')).toBe(1);
      if (how === 'fail') worker.tell('fail', { message: 'on purpose' });
      else if (how === 'kill') worker.tell('kill', 'SIGKILL');
      else if (how === 'exit') worker.tell('exit', 3);
      else worker.tell('throwLater', 'error');
      await eventually('it runs again', async () => {
        const kept = await worker.ask('kept').catch(() => undefined);
        return kept === 0;
      });
      expect(await worker.ask('args')).toEqual({ log, blob: new Map([['a', 1]]) });
      // A handler that throws does not take the process along.
      expect((await worker.ask('pid')) === pid).toBe(how === 'fail');
      const found = await run.system.find(Worker, 'one');
      expect(await found?.ask('kept')).toBe(0);
      expect(readFileSync(log, 'utf8').match(/start/g)).toHaveLength(2);
      expect(run.events).toHaveLength(1);
    },
  );

  it('gives the next process what the killed one had not begun, in order, and accounts for the rest', async () => {
    await using run = await open();
    const { system } = run;
    const worker = await system.spawn(Worker, {
      in: 'process',
      supervise: atOnce,
      mailbox: { capacity: 20_000 },
    });
    process.kill(await worker.ask('pid'), 'SIGSTOP');
    for (let seq = 0; seq < 10_000; seq += 1) worker.tell('put', parcel('parent', seq, 100));
    expect(system.account().dead).toBe(0);
    process.kill(system.actors()[0]?.pid ?? 0, 'SIGKILL');
    const receipts = await worker.ask('report', undefined, { timeout: '20s' });
    const { lost, delivered, dead } = system.account();
    expect(receipts.length).toBeGreaterThan(0);
    expect(receipts.length + lost).toBe(10_000);
    expect(receipts.map(([, seq]) => seq)).toEqual(
      Array.from({ length: receipts.length }, (_, index) => lost + index),
    );
    expect(dead).toBe(0);
    await eventually('nothing waits', () => system.account().waiting === 0);
    expect(delivered).toBeLessThanOrEqual(system.account().delivered);
  });

  it('keeps what waits when a handler throws', async () => {
    await using run = await open();
    const worker = await run.system.spawn(Worker, { in: 'process', supervise: atOnce });
    worker.tell('fail', { message: 'on purpose' });
    for (let seq = 0; seq < 2000; seq += 1) worker.tell('put', parcel('parent', seq, 10));
    const receipts = await worker.ask('report');
    expect(receipts.map(([, seq]) => seq)).toEqual(Array.from({ length: 2000 }, (_, seq) => seq));
    expect(run.system.account()).toMatchObject({ dead: 0, lost: 0 });
  });

  it('ends with the true reason when its restarts are used up, and its name is free', async () => {
    await using run = await open();
    const worker = await run.system.spawn(Worker, { in: 'process', supervise: atOnce, name: 'one' });
    const ended = down(run.system, worker);
    for (let failures = 0; failures < 4; failures += 1) {
      await eventually('it runs', () => run.events.length === failures);
      worker.tell('exit', 10 + failures);
    }
    expect((await soon('down', ended)).reason).toEqual({ kind: 'exit', code: 13 });
    expect(run.events.map(({ type }) => type)).toEqual(['restart', 'restart', 'restart', 'stop']);
    expect(await run.system.find(Worker, 'one')).toBeUndefined();
  });

  it('is watched across restarts: down comes once, at its real end', async () => {
    await using run = await open();
    const record = newRecord();
    const worker = await run.system.spawn(Worker, { in: 'process', supervise: atOnce });
    await run.system.spawn(Recorder, { args: { record, watch: [worker] } });
    worker.tell('kill', 'SIGKILL');
    await eventually('it runs again', async () => (await worker.ask('kept').catch(() => undefined)) === 0);
    expect(record.downs).toEqual([]);
    await worker.stop();
    await eventually('down comes', () => record.downs.length > 0);
    expect(record.downs.map(({ reason }) => reason.kind)).toEqual(['normal']);
  });

  it('is not started again when it stops by itself, or is stopped', async () => {
    await using run = await open();
    for (const how of ['stopSelf', 'stop'] as const) {
      const worker = await run.system.spawn(Worker, { in: 'process', supervise: atOnce });
      const ended = down(run.system, worker);
      if (how === 'stop') await worker.stop();
      else worker.tell('stopSelf');
      expect((await soon('down', ended)).reason).toEqual({ kind: 'normal' });
    }
    expect(run.events).toEqual([]);
  });

  it('keeps those it had started itself under their own supervision', async () => {
    await using run = await open();
    const worker = await run.system.spawn(Worker, { in: 'process' });
    const inner = await worker.ask('spawnChild', { where: 'process', supervised: true });
    const pid = (await inner.ask('pid')) as number;
    process.kill(pid, 'SIGKILL');
    await eventually('it runs again', async () => {
      const next = await inner.ask('pid').catch(() => pid);
      return next !== pid;
    });
  });
});

it('what a strategy cannot mean is refused with a sentence', () => {
  expect(() => oneForOne({ restarts: -1 })).toThrow(/restarts is -1; expected a whole number/);
  expect(() => oneForOne({ restarts: 1.5 })).toThrow(/restarts/);
  expect(() => oneForOne({ within: 'soon' })).toThrow(/within is "soon"/);
  expect(() => oneForOne({ backoff: ['1s', 'x'] })).toThrow(/backoff\[1\]/);
  expect(() => oneForOne({ jitter: 2 })).toThrow(/jitter is 2/);
});
