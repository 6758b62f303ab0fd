// Asking: answers, deadlines, signals, errors of other processes, and what becomes of an ask whose actor or process is gone.
// The same promises hold for an actor of this event loop, of a child, and of another program.
import { describe, expect, it } from '@jest/globals';
import {
  createSystem,
  defineActor,
  isTroupeError,
  oneForOne,
  type ActorRef,
  type ActorSystem,
  type DeadLetter,
  type Protocol,
} from 'troupe';
import { Worker } from '../actors.ts';
import { eventually, failure, soon } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();

const Local = defineActor(import.meta.url, {
  init: () => ({ aborted: false, kept: 0 }),
  handlers: {
    echo: (_state, value: unknown) => value,
    keep: (state) => (state.kept += 1),
    kept: (state) => state.kept,
    slowly: (state, delayMs: number, context) =>
      new Promise<string>((resolve) => {
        const timer = setTimeout(() => resolve('done'), delayMs);
        context.signal.addEventListener('abort', () => {
          clearTimeout(timer);
          state.aborted = true;
          resolve('aborted');
        });
      }),
    wasAborted: (state) => state.aborted,
    fail: (_state, { name, message, code }: { name?: string; message: string; code?: string }) => {
      const error = name === 'RangeError' ? new RangeError(message) : new Error(message);
      if (code !== undefined) Object.assign(error, { code });
      error.cause = new TypeError('the cause', { cause: 'its own' });
      throw error;
    },
    hang: () => new Promise(() => undefined),
  },
});

interface Asked {
  ask(
    type: string,
    payload?: unknown,
    options?: { timeout?: number | string; signal?: AbortSignal },
  ): Promise<unknown>;
  tell(type: string, payload?: unknown): boolean;
  stop(options?: { timeout?: number; drain?: boolean }): Promise<void>;
}

const places = [
  ['this event loop', 'unix'],
  ['a process of its own', 'unix'],
  ['a process of its own', 'shm'],
] as const;

async function open(transport: string): Promise<ActorSystem> {
  return createSystem({
    name: 'asks',
    transport,
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
  });
}

async function spawn(system: ActorSystem, place: string): Promise<Asked> {
  const ref: ActorRef<Protocol> =
    place === 'this event loop' ? await system.spawn(Local) : await system.spawn(Worker, { in: 'process' });
  return ref;
}

describe.each(places)('asking an actor in %s, over %s,', (place, transport) => {
  it('gives what the handler returns', async () => {
    await using system = await open(transport);
    const actor = await spawn(system, place);
    const value = { number: 1, nothing: undefined, list: [1n, new Date(0), new Map([['a', new Set([1])]])] };
    expect(await actor.ask('echo', value)).toEqual(value);
    expect(await actor.ask('echo')).toBeUndefined();
  });

  it('rejects at its deadline, and the late answer goes nowhere', async () => {
    await using system = await open(transport);
    const actor = await spawn(system, place);
    const error = await failure(actor.ask('slowly', 150, { timeout: 50 }));
    expect(error.code).toBe('TROUPE_ASK_TIMEOUT');
    expect(error.message).toContain("'slowly'");
    expect(await actor.ask('echo', 'next')).toBe('next');
    await eventually('nothing waits', () => system.account().waiting === 0);
    expect(system.account()).toMatchObject({ dead: 0, lost: 0 });
  });

  it('rejects when its signal aborts, and the handler sees that as context.signal', async () => {
    await using system = await open(transport);
    const actor = await spawn(system, place);
    const controller = new AbortController();
    const asked = failure(actor.ask('slowly', 10_000, { signal: controller.signal, timeout: '30s' }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    controller.abort(new Error('changed my mind'));
    const error = await asked;
    expect(error.code).toBe('TROUPE_ASK_ABORTED');
    expect(error.cause).toMatchObject({ message: 'changed my mind' });
    expect(await actor.ask('wasAborted')).toBe(true);
  });

  it('tells the handler by context.signal that the asker gave up at its deadline', async () => {
    await using system = await open(transport);
    const actor = await spawn(system, place);
    expect((await failure(actor.ask('slowly', 10_000, { timeout: 50 }))).code).toBe('TROUPE_ASK_TIMEOUT');
    expect(await actor.ask('wasAborted')).toBe(true);
  });

  it('whose signal has aborted already does not reach the handler', async () => {
    await using system = await open(transport);
    const actor = await spawn(system, place);
    expect((await failure(actor.ask('keep', undefined, { signal: AbortSignal.abort() }))).code).toBe(
      'TROUPE_ASK_ABORTED',
    );
    expect(await actor.ask('kept')).toBe(0);
    await eventually('nothing waits', () => system.account().waiting === 0);
    expect(system.account()).toMatchObject({ sent: 2, delivered: 1, dead: 1 });
  });

  it('that is given up before its turn does not reach the handler', async () => {
    await using system = await open(transport);
    const actor = await spawn(system, place);
    const first = actor.ask('slowly', 200);
    const errors = await Promise.all(
      Array.from({ length: 20 }, () => failure(actor.ask('keep', undefined, { timeout: 20 }))),
    );
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['TROUPE_ASK_TIMEOUT']));
    await first;
    expect(await actor.ask('kept')).toBe(0);
    await eventually('nothing waits', () => system.account().waiting === 0);
    expect(system.account()).toMatchObject({ dead: 20 });
  });

  it('rejects at once with TROUPE_NO_HANDLER when there is no handler, and names both', async () => {
    await using system = await open(transport);
    const actor = await spawn(system, place);
    for (const type of ['ecko', 'constructor', '__proto__', 'toString', '']) {
      const error = await failure(actor.ask(type, undefined, { timeout: '60s' }));
      expect([type, error.code]).toEqual([type, 'TROUPE_NO_HANDLER']);
      expect(error.message).toContain(`'${type}'`);
    }
    expect(await actor.ask('echo', 'alive')).toBe('alive');
  });

  it('rejects with the error of the handler: class, message, stack, code and causes', async () => {
    await using system = await open(transport);
    const actor = await spawn(system, place);
    const error = await failure(
      actor.ask('fail', { name: 'RangeError', message: 'on purpose', code: 'E_PURPOSE' }),
    );
    expect(error).toBeInstanceOf(RangeError);
    expect(error.name).toBe('RangeError');
    expect(error.message).toBe('on purpose');
    expect(error.code).toBe('E_PURPOSE');
    expect(error.stack).toMatch(/RangeError: on purpose\n\s+at /);
    if (place !== 'this event loop') expect(error.stack).toContain('worker.actor.mjs');
    expect(error.cause).toBeInstanceOf(TypeError);
    expect((error.cause as Error).message).toBe('the cause');
    expect((error.cause as Error).cause).toBe('its own');
  });

  it('rejects when the actor stops, now and later', async () => {
    await using system = await open(transport);
    const actor = await spawn(system, place);
    const pending = failure(actor.ask('hang', undefined, { timeout: '60s' }));
    await actor.stop({ timeout: 100, drain: false });
    expect((await pending).code).toMatch(/^TROUPE_(ACTOR_STOPPED|PEER_LOST)$/);
    expect((await failure(actor.ask('echo'))).code).toBe('TROUPE_ACTOR_STOPPED');
  });

  it('rejects at once when an argument is wrong', async () => {
    await using system = await open(transport);
    const actor = await spawn(system, place);
    expect(() => actor.ask('echo', 1, { timeout: 'soon' })).toThrow(/timeout is "soon"; expected/);
    expect(() => actor.ask('echo', 1, { timeout: -1 })).toThrow(/timeout is -1/);
    expect(system.account().sent).toBe(0);
  });

  it('may be done many thousand times at once', async () => {
    await using system = await open(transport);
    const actor = await spawn(system, place);
    const answers = await Promise.all(Array.from({ length: 5000 }, (_, number) => actor.ask('echo', number)));
    expect(answers).toEqual(Array.from({ length: 5000 }, (_, number) => number));
  });
});

describe.each(['unix', 'shm'])('asking an actor in a process of its own, over %s,', (transport) => {
  it('rejects at once when the process dies, all that are pending', async () => {
    await using system = await open(transport);
    const worker = await system.spawn(Worker, { in: 'process' });
    const pid = await worker.ask('pid');
    const pending = Array.from({ length: 10 }, () =>
      failure(worker.ask('hang', undefined, { timeout: Infinity })),
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.kill(pid, 'SIGKILL');
    const errors = await soon('all reject', Promise.all(pending));
    // The one at hand was lost with the process; those behind it may have been, or the actor had ended before they left.
    for (const error of errors) expect(error.code).toMatch(/^TROUPE_(PEER_LOST|ACTOR_STOPPED)$/);
    expect(errors[0]?.code).toBe('TROUPE_PEER_LOST');
  });

  it('rejects when the answer cannot travel, and says which part', async () => {
    await using system = await open(transport);
    const worker = await system.spawn(Worker, { in: 'process' });
    const error = await failure(worker.ask('returnFunction'));
    expect(isTroupeError(error, 'TROUPE_NOT_SERIALIZABLE')).toBe(true);
    expect(await worker.ask('echo', 'alive')).toBe('alive');
  });

  it('rejects with the message of an error of which a part cannot travel', async () => {
    await using system = await open(transport);
    const worker = await system.spawn(Worker, { in: 'process' });
    const error = await failure(worker.ask('failWithFunction'));
    expect(error.message).toBe('a part of it stays here');
    expect(error.stack).toContain('worker.actor.mjs');
  });

  it('reaches the handler through another actor, and so does the signal', async () => {
    await using system = await open(transport);
    const [near, far] = await Promise.all([
      system.spawn(Worker, { in: 'process' }),
      system.spawn(Worker, { in: 'process' }),
    ]);
    expect(await near.ask('ask', { to: far, type: 'echo', payload: 'hello' })).toBe('hello');
    const late = failure(
      near.ask('ask', { to: far, type: 'slowly', payload: 10_000, options: { timeout: 50 } }),
    );
    expect((await late).code).toBe('TROUPE_ASK_TIMEOUT');
    expect(await far.ask('wasAborted')).toBe(true);
  });
});

it('an ask that was given up while its actor was started again is a dead letter, with its payload', async () => {
  await using system = await createSystem({
    name: 'given-up',
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
  });
  const letters: DeadLetter[] = [];
  system.on('deadLetter', (letter) => letters.push(letter));
  const supervise = oneForOne({ restarts: 3, within: '10s', backoff: [500, 500] });
  const worker = await system.spawn(Worker, { in: 'process', supervise });
  process.kill(await worker.ask('pid'), 'SIGKILL');
  await eventually('its end is known', () => system.actors()[0]?.state === 'waiting');
  const controller = new AbortController();
  const asking = worker.ask('echo', 'nobody wants to know', { signal: controller.signal });
  controller.abort();
  expect((await failure(asking)).code).toBe('TROUPE_ASK_ABORTED');
  await eventually('it has had its turn', () => letters.length > 0);
  expect(letters).toMatchObject([{ type: 'echo', payload: 'nobody wants to know', reason: 'abandoned' }]);
  expect(system.account()).toMatchObject({ dead: 1, waiting: 0 });
});
