// Every way in which the process of an actor can fail, before it runs and after: the spawn rejects, or `down` is told, with
// the true code and reason, and nothing of the process stays.
import { describe, expect, it } from '@jest/globals';
import {
  createSystem,
  defineActor,
  isTroupeError,
  type ActorSystem,
  type EndReason,
  type TroupeError,
} from 'troupe';
import { down, fixtureUrl, Worker } from '../actors.ts';
import { eventually, failure, soon } from '../eventually.ts';
import { filesIn, processesOfThisTest, watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();

async function open(startTimeout: string | number = '10s'): Promise<ActorSystem> {
  return createSystem({
    name: 'failing',
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
    startTimeout,
  });
}

/** The error of a spawn; whatever it tried to start is gone by then. */
async function refusal(system: ActorSystem, spawning: Promise<unknown>): Promise<TroupeError> {
  const error = await failure(spawning);
  expect(processesOfThisTest()).toEqual([]);
  expect(system.actors()).toEqual([]);
  await eventually('its files are gone', () => filesIn(surroundings.directory).length <= 5);
  if (!isTroupeError(error)) throw error;
  return error;
}

function moduleWith(
  fixture: string,
): ReturnType<typeof defineActor<undefined, undefined, Record<string, never>>> {
  return defineActor(fixtureUrl(fixture), { handlers: {} });
}

describe('a spawn in a process of its own', () => {
  it('rejects with what init threw as the cause, and with the stack of that process', async () => {
    await using system = await open();
    const error = await refusal(system, system.spawn(Worker, { in: 'process', args: { failAtStart: true } }));
    expect(error.code).toBe('TROUPE_START_FAILED');
    expect(error.message).toContain('no start today');
    const cause = error.cause as Error;
    expect(cause.message).toBe('no start today');
    expect(cause.stack).toContain('worker.actor.mjs');
    expect(cause.cause).toBeInstanceOf(RangeError);
  });

  it.each([0, 3])('rejects with the code when the process exits with %d before it runs', async (code) => {
    await using system = await open();
    const error = await refusal(system, system.spawn(Worker, { in: 'process', args: { exitAtStart: code } }));
    expect(error.code).toBe('TROUPE_START_FAILED');
    expect(error.details['reason']).toEqual({ kind: 'exit', code });
    expect(error.message).toContain(`code ${String(code)}`);
  });

  it('rejects with TROUPE_START_TIMEOUT when init hangs', async () => {
    await using system = await open(800);
    const error = await refusal(system, system.spawn(Worker, { in: 'process', args: { hangAtStart: true } }));
    expect(error.code).toBe('TROUPE_START_TIMEOUT');
  });

  it.each([
    ['throws when it is imported', 'throws-at-import.actor.mjs', 'thrown at import'],
    ['does not exist', 'nobody-wrote-this.actor.mjs', 'nobody-wrote-this.actor.mjs'],
    ['cannot be parsed', 'broken.txt', 'broken.txt'],
    ['does not define the actor', 'defines-nothing.actor.mjs', 'defines no actor'],
    ['creates the system itself', 'creates-the-system.actor.mjs', 'creates a system as well'],
  ])('rejects with TROUPE_MODULE_NOT_LOADED when the module %s', async (_what, fixture, message) => {
    await using system = await open();
    const error = await refusal(system, system.spawn(moduleWith(fixture), { in: 'process' }));
    expect(error.code).toBe('TROUPE_MODULE_NOT_LOADED');
    expect(error.message).toContain(message);
  });

  it('rejects with TROUPE_START_TIMEOUT when the import hangs, whether it waits or spins', async () => {
    await using system = await open(800);
    for (const fixture of ['waits-at-import.actor.mjs', 'spins-at-import.actor.mjs']) {
      const error = await refusal(system, system.spawn(moduleWith(fixture), { in: 'process' }));
      expect(error.code).toBe('TROUPE_START_TIMEOUT');
    }
  });

  it('rejects when the arguments cannot travel, and says which part', async () => {
    await using system = await open();
    const error = await refusal(system, system.spawn(Worker, { in: 'process', args: { blob: () => 1 } }));
    expect(error.message).toContain('blob');
    expect(['TROUPE_NOT_SERIALIZABLE', 'TROUPE_START_FAILED']).toContain(error.code);
  });

  it('takes arguments of many megabytes', async () => {
    await using system = await open('30s');
    const worker = await system.spawn(Worker, {
      in: 'process',
      args: { blob: Buffer.alloc(50 * 1024 * 1024, 7) },
    });
    const args = await worker.ask('args', undefined, { timeout: '30s' });
    expect((args?.blob as Buffer).equals(Buffer.alloc(50 * 1024 * 1024, 7))).toBe(true);
  });

  it('leaves its name free when it was rejected', async () => {
    await using system = await open();
    await failure(system.spawn(Worker, { in: 'process', name: 'one', args: { failAtStart: true } }));
    const worker = await system.spawn(Worker, { in: 'process', name: 'one' });
    expect((await failure(system.spawn(Worker, { in: 'process', name: 'one' }))).code).toBe(
      'TROUPE_NAME_TAKEN',
    );
    await worker.stop();
  });
});

describe('down tells', () => {
  const ends: readonly (readonly [what: string, type: string, payload: unknown, reason: unknown])[] = [
    ['the code of process.exit(3)', 'exit', 3, { kind: 'exit', code: 3 }],
    ['the code of process.exit(0)', 'exit', 0, { kind: 'exit', code: 0 }],
    ['SIGKILL', 'kill', 'SIGKILL', { kind: 'signal', name: 'SIGKILL' }],
    ['SIGTERM', 'kill', 'SIGTERM', { kind: 'signal', name: 'SIGTERM' }],
    ['a segmentation fault', 'kill', 'SIGSEGV', { kind: 'signal', name: 'SIGSEGV' }],
    ['process.abort()', 'abort', undefined, { kind: 'signal', name: 'SIGABRT' }],
    [
      'an exception of a timer',
      'throwLater',
      'error',
      { kind: 'error', error: { message: 'thrown by a timer' } },
    ],
    [
      'a text thrown by a timer',
      'throwLater',
      'a text',
      { kind: 'error', error: { message: expect.stringContaining('a text') } },
    ],
    [
      'undefined thrown by a timer',
      'throwLater',
      undefined,
      { kind: 'error', error: { message: expect.stringContaining('undefined') } },
    ],
    [
      'a rejection that nobody caught',
      'rejectLater',
      undefined,
      { kind: 'error', error: { message: 'nobody caught it' } },
    ],
    [
      'an exception of a handler',
      'fail',
      { message: 'on purpose' },
      { kind: 'error', error: { message: 'on purpose' } },
    ],
    ['that it stopped', 'stopSelf', undefined, { kind: 'normal' }],
  ];

  it.each(ends)('%s', async (_what, type, payload, reason) => {
    await using system = await open();
    const worker = await system.spawn(Worker, { in: 'process' });
    const ended = soon('down', down(system, worker));
    (worker as unknown as { tell(type: string, payload: unknown): void }).tell(type, payload);
    const told: EndReason = (await ended).reason;
    expect(told).toMatchObject(reason as object);
    if (told.kind === 'error' && type !== 'throwLater')
      expect(told.error.stack).toContain('worker.actor.mjs');
  });

  it('the end of a process that was killed from outside, and why when a child of the child was', async () => {
    await using system = await open();
    const worker = await system.spawn(Worker, { in: 'process' });
    const inner = await worker.ask('spawnChild', { where: 'process' });
    const told = soon('down', down(system, inner));
    const pid = (await inner.ask('pid')) as number;
    process.kill(pid, 'SIGKILL');
    expect((await told).reason).toEqual({ kind: 'signal', name: 'SIGKILL' });
    expect(await worker.ask('echo', 'alive')).toBe('alive');
  });
});
