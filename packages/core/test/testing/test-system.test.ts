// A simulated system as a test has it: what is told to its processes travels as between real ones, and time is the test's.
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { oneForOne } from '../../src/supervision/strategy.ts';
import { createTestSystem, type TestSystemOptions } from '../../src/testing/create-test-system.ts';
import type { TestSystem } from '../../src/testing/test-system.ts';
import { Counter, letGo, Sink, Worker, type Done, type Question } from './fixtures/worker.actor.ts';

const systems: TestSystem[] = [];

async function newSystem(options: TestSystemOptions = {}): Promise<TestSystem> {
  const system = await createTestSystem({ seed: 7, logLevel: 'silent', ...options });
  systems.push(system);
  return system;
}

afterEach(async () => {
  for (const system of systems.splice(0)) await system.stop();
});

describe('between simulated processes', () => {
  it('a payload that could not travel is refused as on the way to a real one', async () => {
    const system = await newSystem();
    const worker = await system.spawn(Worker, { in: 'process' });
    const near = await system.spawn(Worker);
    const notAValue = { list: [{ open: () => undefined }] };
    expect(() => worker.tell('echo', notAValue)).toThrow(
      expect.objectContaining({
        code: 'TROUPE_NOT_SERIALIZABLE',
        message: expect.stringContaining('list[0].open'),
      }),
    );
    await expect(near.ask('echo', notAValue)).resolves.toBe(notAValue);
  });

  it('an answer that could not travel is an error to who asks', async () => {
    const system = await newSystem();
    const worker = await system.spawn(Worker, { in: 'process' });
    await expect(worker.ask('unsendable')).rejects.toMatchObject({ code: 'TROUPE_NOT_SERIALIZABLE' });
  });

  it('what arrives is a copy without its class, and buffers are copied', async () => {
    class Point {
      readonly x = 1;
    }
    const system = await newSystem();
    const worker = await system.spawn(Worker, { in: 'process' });
    const sent = { point: new Date(5), bytes: Buffer.from('abc'), set: new Set([1]) };
    const received = (await worker.ask('echo', sent)) as typeof sent;
    expect(received).toEqual(sent);
    expect(received.bytes).not.toBe(sent.bytes);
    sent.bytes[0] = 0;
    expect(received.bytes.toString()).toBe('abc');
    const point = await worker.ask('echo', new Point());
    expect(point).toEqual({ x: 1 });
    expect(point).not.toBeInstanceOf(Point);
  });

  it('the arguments of an actor travel too', async () => {
    const system = await newSystem();
    const args = { start: 3 };
    const worker = await system.spawn(Counter, { in: 'process', args });
    args.start = 4;
    expect(await worker.ask('count')).toBe(3);
    await expect(
      system.spawn(Counter, { in: 'process', args: { start: (() => 1) as never } }),
    ).rejects.toMatchObject({ code: 'TROUPE_NOT_SERIALIZABLE' });
  });

  it('an error keeps its name, message and code', async () => {
    const system = await newSystem();
    const worker = await system.spawn(Worker, { in: 'process' });
    const asked = worker.ask('fail');
    await expect(asked).rejects.toMatchObject({ message: 'asked to fail' });
  });

  it('refs lead to where their actors are, from process to process', async () => {
    const system = await newSystem();
    const probe = system.probe<Done>();
    await system.spawn(Sink, { in: 'process', name: 'sink' });
    const worker = await system.spawn(Worker, { in: 'process' });
    worker.tell('pass', { to: probe.ref, count: 3 });
    const counts = [await probe.next('done'), await probe.next('done'), await probe.next('done')];
    expect(counts.map(({ payload }) => payload)).toEqual([0, 1, 2]);
    expect(system.now()).toBe(0);
  });

  it('names are claimed by one and free again when their process was killed', async () => {
    const system = await newSystem();
    const worker = await system.spawn(Worker, { in: 'process', name: 'the one' });
    await expect(system.spawn(Worker, { in: 'process', name: 'the one' })).rejects.toMatchObject({
      code: 'TROUPE_NAME_TAKEN',
    });
    await system.crash(worker);
    expect(await system.find(Worker, 'the one')).toBeUndefined();
    await system.spawn(Worker, { in: 'process', name: 'the one' });
  });

  it('the members of a group are told, wherever they are', async () => {
    const system = await newSystem();
    const probe = system.probe<Done>();
    const group = system.group('workers');
    for (const _ of [1, 2]) group.join(await system.spawn(Worker, { in: 'process' }));
    group.tell('report', probe.ref);
    expect([(await probe.next()).payload, (await probe.next()).payload]).toEqual([0, 0]);
  });

  it('the members of a pool share the work, and one that was killed is replaced', async () => {
    const system = await newSystem();
    const probe = system.probe<Done>();
    const pool = await system.spawnPool(Worker, {
      in: { processes: 3 },
      supervise: oneForOne({ restarts: 3, within: '10s', backoff: ['1s', '1s'] }),
    });
    for (let index = 0; index < 6; index += 1) pool.tell('report', probe.ref);
    for (let index = 0; index < 6; index += 1) await probe.next('done');
    const pids = (): readonly unknown[] =>
      system.actors().flatMap(({ label, pid }) => (/\/\d$/.test(label) ? [pid] : []));
    const before = pids();
    expect(new Set(before).size).toBe(3);
    await system.crash(pool);
    expect(pids().filter((pid) => pid === undefined)).toHaveLength(1);
    await system.advance('1s');
    expect(pids().filter((pid) => !before.includes(pid))).toHaveLength(1);
  });
});

describe('the list of actors', () => {
  it('has the simulated process of each, that of the test too, and no process of the machine', async () => {
    const system = await newSystem();
    await system.spawn(Worker, { in: 'process' });
    await system.spawn(Worker);
    const pids = system.actors().map(({ pid }) => pid);
    expect(new Set(pids).size).toBe(2);
    // No number of the kernel's: those end at 4,194,304.
    for (const pid of pids) expect(pid).toBeGreaterThan(4_194_304);
  });
});

describe('time', () => {
  it('stands still while nobody moves it, and timers are called when it comes to them', async () => {
    const system = await newSystem();
    const probe = system.probe<Done>();
    const worker = await system.spawn(Worker, { in: 'process' });
    worker.tell('later', { to: probe.ref, afterMs: 60_000 });
    await system.advance('59s');
    await probe.expectNone();
    await system.advance('1s');
    expect(await probe.next('done')).toMatchObject({ atMs: 60_000 });
  });

  it('passes for a probe that waits, no further than to the message', async () => {
    const system = await newSystem();
    const probe = system.probe<Done>();
    const worker = await system.spawn(Worker, { in: 'process' });
    worker.tell('later', { to: probe.ref, afterMs: 3000 });
    await probe.next('done');
    expect(system.now()).toBe(3000);
  });

  it('ends an ask that nobody answers, at its deadline', async () => {
    const system = await newSystem();
    const worker = await system.spawn(Worker, { in: 'process' });
    const asked = worker.ask('forever', undefined, { timeout: '10m' });
    await expect(system.until(asked, { within: '1h' })).rejects.toMatchObject({ code: 'TROUPE_ASK_TIMEOUT' });
    expect(system.now()).toBe(600_000);
  });

  it('ends an actor that does not stop, and the system in the end', async () => {
    const system = await newSystem();
    const worker = await system.spawn(Worker, { in: 'process' });
    const probe = system.probe();
    probe.watch(worker);
    worker.ask('forever').catch(() => undefined);
    await system.settled();
    await system.until(worker.stop({ timeout: '1m' }), { within: '2m' });
    expect(await probe.nextDown(worker)).toMatchObject({ reason: { kind: 'hung' } });
    expect(system.now()).toBeGreaterThanOrEqual(60_000);
  });

  it('is waited for by several at once, each for its own', async () => {
    const system = await newSystem();
    const [first, second] = [system.probe<Done>(), system.probe<Done>()];
    const worker = await system.spawn(Worker);
    const other = await system.spawn(Worker);
    worker.tell('later', { to: second.ref, afterMs: 2000 });
    other.tell('later', { to: first.ref, afterMs: 1000 });
    const [late, early] = await Promise.all([second.next(), first.next(), system.advance('1500ms')]);
    expect([early.atMs, late.atMs]).toEqual([1000, 2000]);
  });

  it('that nobody lets pass is spoken of', async () => {
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    const logger = { debug: log, info: log, warn: log, error: log };
    const system = await newSystem({ logLevel: 'error', logger });
    const worker = await system.spawn(Worker, { in: 'process' });
    const asked = worker.ask('forever', undefined, { timeout: '1m' });
    asked.catch(() => undefined);
    while (lines.length === 0) await pause(50);
    expect(lines.join()).toMatch(/stands at 0 ms and nobody lets it pass; the next timer is due at \d+ ms/);
  });

  it('does not pass for files that an actor reads', async () => {
    const system = await newSystem();
    const worker = await system.spawn(Worker, { in: 'process' });
    const probe = system.probe<Done>();
    worker.tell('readAndReport', probe.ref);
    await system.settled();
    expect(probe.messages).toHaveLength(1);
    expect(system.now()).toBe(0);
  });
});

describe('a probe', () => {
  it('says what has come when what it waits for has not, and with which seed', async () => {
    const system = await newSystem({ seed: 4711 });
    const probe = system.probe<Done & { other: { payload: undefined; reply: undefined } }>('the boss');
    const worker = await system.spawn(Worker);
    worker.tell('report', probe.ref);
    await expect(probe.next('other', { within: '2s' })).rejects.toMatchObject({
      code: 'TROUPE_TEST_FAILED',
      message: expect.stringMatching(
        /^the boss: next: no 'other' within 2000 ms; there are 'done' .*TROUPE_TEST_SEED=4711/,
      ),
    });
    await expect(probe.expectNone()).rejects.toMatchObject({ code: 'TROUPE_TEST_FAILED' });
    await probe.next('done');
    await probe.expectNone();
  });

  it('names the line of the test that failed', async () => {
    const system = await newSystem();
    const error: unknown = await system
      .probe()
      .next(undefined, { within: 1 })
      .catch((failure: unknown) => failure);
    expect((error as Error).stack).toContain('test-system.test.ts');
  });

  it('answers what it is asked, from another process', async () => {
    const system = await newSystem();
    const probe = system.probe<Question>();
    const worker = await system.spawn(Worker, { in: 'process' });
    const asked = worker.ask('askFor', probe.ref);
    const question = await probe.next('question');
    expect(question.isAsk).toBe(true);
    question.reply(42);
    expect(await asked).toBe(42);
  });

  it('is an actor that ends', async () => {
    const system = await newSystem();
    const [probe, other] = [system.probe(), system.probe()];
    other.watch(probe.ref);
    await probe.stop();
    expect(await other.nextDown(probe.ref)).toMatchObject({ reason: { kind: 'normal' } });
    expect(probe.ref.tell('anything')).toBe(false);
    expect(system.deadLetters).toMatchObject([{ type: 'anything', reason: 'stopped' }]);
  });
});

describe('accidents', () => {
  it('a process that is killed looks as it does to its parent, and what was under way is lost', async () => {
    const system = await newSystem();
    const worker = await system.spawn(Worker, { in: 'process' });
    const probe = system.probe();
    probe.watch(worker);
    const asked = worker.ask('forever');
    asked.catch(() => undefined);
    worker.tell('add', 1);
    await system.settled();
    await system.crash(worker);
    await expect(asked).rejects.toMatchObject({ code: 'TROUPE_PEER_LOST' });
    expect(await probe.nextDown(worker)).toMatchObject({
      reason: { kind: 'signal', name: 'SIGKILL' },
      lost: 1,
    });
    expect(system.account()).toEqual({ sent: 2, delivered: 1, dead: 0, lost: 1, waiting: 0 });
    expect(worker.tell('add', 1)).toBe(false);
  });

  it('what a killed process awaits goes on without being heard', async () => {
    const system = await newSystem();
    const worker = await system.spawn(Worker, { in: 'process' });
    const probe = system.probe<Done>();
    worker.tell('reportWhenLetGo', probe.ref);
    await system.settled();
    await system.crash(worker);
    letGo();
    await system.advance('10s');
    await probe.expectNone();
  });

  it.each([undefined, 'process' as const])('an actor that fails is started again (in: %s)', async (place) => {
    const system = await newSystem();
    const worker = await system.spawn(Worker, {
      ...(place === undefined ? {} : { in: place }),
      supervise: oneForOne({ restarts: 3, within: '10s', backoff: ['1s', '1s'], jitter: 0 }),
    });
    worker.tell('add', 5);
    await system.settled();
    await system.fail(worker, new Error('an accident'));
    expect(system.actors().find(({ label }) => label.startsWith('worker'))).toMatchObject({
      restarts: place === undefined ? 0 : 1,
    });
    const asked = worker.ask('count');
    await system.advance('999ms');
    expect(system.account().waiting).toBe(1);
    await system.advance('1ms');
    expect(await asked).toBe(0);
  });

  it('a process that is suspended gets nothing until it goes on, and is not taken for dead', async () => {
    const system = await newSystem();
    const worker = await system.spawn(Worker, { in: 'process' });
    const probe = system.probe<Done>();
    probe.watch(worker);
    worker.tell('later', { to: probe.ref, afterMs: 1000 });
    await system.settled();
    const child = system.processOf(worker);
    expect(await system.until(child.suspend())).toBe(true);
    worker.tell('add', 5);
    const asked = worker.ask('count', undefined, { timeout: '1m' });
    await system.advance('30s');
    expect([child.state, probe.messages.length, probe.downs.length]).toEqual(['stopped', 0, 0]);
    child.resume();
    expect(await asked).toBe(5);
    // Its timers were due before it could read what had come.
    expect((await probe.next('done')).payload).toBe(0);
    await system.advance('5s');
    expect(child.state).toBe('ready');
  });

  it.each(['SIGTERM', 'SIGABRT'] as const)('a process that gets %s ends by it', async (signal) => {
    const system = await newSystem();
    const worker = await system.spawn(Worker, { in: 'process' });
    const probe = system.probe();
    probe.watch(worker);
    const child = system.processOf(worker);
    expect(child.signal('SIGUSR1')).toBe(true);
    expect(child.signal(signal)).toBe(true);
    expect((await probe.nextDown(worker)).reason).toEqual({ kind: 'signal', name: signal });
    expect([child.signal(signal), child.state]).toEqual([false, 'exited']);
  });

  it('a process that is suspended and told to stop is ended when its time is up', async () => {
    const system = await newSystem();
    const worker = await system.spawn(Worker, { in: 'process' });
    const probe = system.probe();
    probe.watch(worker);
    await system.until(system.processOf(worker).suspend());
    await system.until(worker.stop({ timeout: '10s' }), { within: '1m' });
    expect((await probe.nextDown(worker)).reason).toMatchObject({ kind: 'hung' });
  });

  it('an actor that fails again at its first message after a restart is started again as well', async () => {
    const system = await newSystem();
    const worker = await system.spawn(Worker, {
      in: 'process',
      supervise: oneForOne({ restarts: 5, within: '1m', backoff: [0, 0] }),
    });
    const failures = [1, 2, 3].map(() => worker.ask('fail').catch((error: unknown) => String(error)));
    expect(await system.until(worker.ask('count'))).toBe(0);
    expect(await Promise.all(failures)).toEqual(Array(3).fill('Error: asked to fail'));
  });

  it('has no process to kill for an actor of the test itself', async () => {
    const system = await newSystem();
    await expect(system.crash(await system.spawn(Worker))).rejects.toMatchObject({
      code: 'TROUPE_CONFIGURATION',
    });
  });
});

describe('what a test leaves', () => {
  it('is said, in whichever process it is', async () => {
    const system = await newSystem();
    const probe = system.probe<Done>('the boss');
    const worker = await system.spawn(Worker, { in: 'process' });
    expect(await system.leftovers()).toEqual([]);
    worker.tell('report', probe.ref);
    worker.tell('nonsense' as 'count');
    worker.ask('forever').catch(() => undefined);
    worker.tell('add', 1);
    expect(await system.leftovers()).toEqual([
      expect.stringMatching(/^'nonsense' to worker-2@\w+ was not handled: no-handler$/),
      expect.stringMatching(/^one message waits for worker-2@\w+, which is running$/),
      'the boss has 1 that were not looked at',
    ]);
  });
});

describe('two systems at once', () => {
  it('have a time each, and do not meet', async () => {
    const [one, other] = [await newSystem(), await newSystem()];
    const worker = await one.spawn(Worker, { in: 'process', name: 'worker' });
    const probe = one.probe<Done>();
    worker.tell('later', { to: probe.ref, afterMs: 1000 });
    await Promise.all([other.advance('1h'), one.settled()]);
    expect([one.now(), other.now()]).toEqual([0, 3_600_000]);
    expect(probe.messages).toEqual([]);
    expect(await other.find(Worker, 'worker')).toBeUndefined();
  });
});

describe('ten minutes of restarts', () => {
  it('pass at once, in the pauses that the supervisor was told', async () => {
    const system = await newSystem();
    const restarts: number[] = [];
    system.on('supervision', () => restarts.push(system.now()));
    const worker = await system.spawn(Worker, {
      in: 'process',
      supervise: oneForOne({ restarts: 12, within: '1h', backoff: ['1s', '5m'], jitter: 0 }),
    });
    const probe = system.probe();
    probe.watch(worker);
    for (let failures = 0; failures < 10; failures += 1) {
      await system.crash(worker);
      await system.until(
        () => system.actors().some(({ label, state }) => label.startsWith('worker') && state === 'running'),
        {
          within: '10m',
        },
      );
    }
    const pauses = restarts.map((atMs, index) => (restarts[index + 1] ?? system.now()) - atMs);
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300].map((seconds) => seconds * 1000));
    expect(system.now()).toBeGreaterThan(600_000);
    expect(probe.downs).toEqual([]);
  });
});
