// The process of an actor by its ref: signals, suspension, niceness, a bound of its heap, and its state as others see it, in which
// nothing that takes long is taken for dead. And what its process tells of the error that ends it.
import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import {
  ADDRESS,
  createSystem,
  defineActor,
  type ActorProcess,
  type ActorSystem,
  type ProcessCrash,
  type ProcessState,
  type UntypedRef,
} from 'troupe';
import { down, Worker } from '../actors.ts';
import { eventually, failure, soon } from '../eventually.ts';
import { filesIn, watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();

const Local = defineActor(import.meta.url, { handlers: {} });

function open(transport: string): Promise<ActorSystem> {
  return createSystem({
    name: 'control',
    transport,
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
    lag: { every: 50, after: 200 },
  });
}

/** Every state there is from now on, in the order in which they come. */
function states(process: ActorProcess): { readonly seen: ProcessState[]; readonly over: Promise<void> } {
  const seen: ProcessState[] = [];
  const over = (async () => {
    for await (const state of process.states()) seen.push(state);
  })();
  return { seen, over };
}

function codeOf(call: () => unknown): Promise<string | undefined> {
  return failure(Promise.resolve().then(call)).then(({ code }) => code);
}

describe.each(['unix', 'shm'])('over %s', (transport) => {
  it('a process is seen to lag, to be stopped and to go on, and none of it is its end', async () => {
    await using system = await open(transport);
    const worker = await system.spawn(Worker, { in: 'process' });
    const ends: unknown[] = [];
    system.watch(worker, (notice) => ends.push(notice));
    const process = system.processOf(worker);
    expect(process.pid).toBe(await worker.ask('pid'));
    expect(system.processOf(worker)).toBe(process);
    const { seen, over } = states(process);
    worker.tell('busy', 600);
    await eventually('it lags', () => process.state === 'lagging');
    await eventually('it goes on', () => process.state === 'ready');
    expect(await soon('it is stopped', process.suspend())).toBe(true);
    expect(process.state).toBe('stopped');
    const answer = worker.ask('echo', 'patience', { timeout: '20s' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([process.state, ends]).toEqual(['stopped', []]);
    expect(process.resume()).toBe(true);
    expect(await answer).toBe('patience');
    await eventually('it answers', () => process.state === 'ready');
    // One that is stopped from elsewhere is found out.
    globalThis.process.kill(process.pid, 'SIGSTOP');
    await eventually('it is seen to be stopped', () => process.state === 'stopped');
    globalThis.process.kill(process.pid, 'SIGCONT');
    await eventually('it answers again', () => process.state === 'ready');
    expect(ends).toEqual([]);
    await worker.stop();
    expect(await process.exited).toEqual({ kind: 'normal' });
    await soon('the states end', over);
    // When exactly it lags is for the machine to say.
    const others = seen.filter((state) => state !== 'lagging');
    expect([seen.includes('lagging'), others.includes('stopped'), others[0], ...others.slice(-2)]).toEqual([
      true,
      true,
      'ready',
      'draining',
      'exited',
    ]);
    expect([process.state, process.signal('SIGTERM'), process.resume(), await process.suspend()]).toEqual([
      'exited',
      false,
      false,
      false,
    ]);
  });

  it('signals and a nice value reach the process of the actor', async () => {
    await using system = await open(transport);
    const worker = await system.spawn(Worker, { in: 'process' });
    await worker.ask('heed', 'SIGUSR2');
    const process = system.processOf(worker);
    expect(process.signal('SIGUSR2')).toBe(true);
    await eventually('it was heard', async () => (await worker.ask('heeded')) === 1);
    expect(() => process.signal('SIGNOTHING' as NodeJS.Signals)).toThrow(TypeError);
    process.setNice(7);
    expect(getPriority(process.pid)).toBe(7);
    const threads = readdirSync(`/proc/${String(process.pid)}/task`);
    expect(new Set(threads.map((thread) => niceOf(process.pid, thread)))).toEqual(new Set([7]));
    const ended = down(system, worker);
    process.signal('SIGTERM');
    expect((await ended).reason).toEqual({ kind: 'signal', name: 'SIGTERM' });
    expect(await process.exited).toEqual({ kind: 'signal', name: 'SIGTERM' });
  });

  it('an error that nobody caught ends the process, and is told with its stack to those who watch and to the program', async () => {
    await using system = await open(transport);
    const crashes: ProcessCrash[] = [];
    system.on('crash', (crash) => crashes.push(crash));
    const parent = await system.spawn(Worker, { in: 'process' });
    const workers = [
      { worker: await system.spawn(Worker, { in: 'process' }), how: 'throwLater', origin: 'exception' },
      { worker: await system.spawn(Worker, { in: 'process' }), how: 'rejectLater', origin: 'rejection' },
      {
        worker: await parent.ask('spawnChild', { where: 'process' }),
        how: 'throwLater',
        origin: 'exception',
      },
    ] as readonly { readonly worker: UntypedRef; readonly how: string; readonly origin: string }[];
    for (const { worker, how, origin } of workers) {
      const pid = await worker.ask('pid', undefined);
      const ended = down(system, worker);
      worker.tell(how, 'error');
      const { reason } = await soon('it ends', ended);
      if (reason.kind !== 'error') throw new Error(`it ended by ${reason.kind}`);
      expect(reason.error.stack).toContain('worker.actor.mjs');
      await eventually('the program was told', () => crashes.length > 0);
      const [crash] = crashes.splice(0);
      expect(crash).toMatchObject({ pid, origin, actor: worker[ADDRESS] });
      expect(crash?.error).toBeInstanceOf(RangeError);
      expect(crash?.error.stack).toContain('worker.actor.mjs');
    }
  });
});

it('an actor that needs more heap than it was given ends with the reason, and nothing of the report stays', async () => {
  await using system = await open('unix');
  const worker = await system.spawn(Worker, { in: 'process', maxHeap: '48MiB' });
  const other = await system.spawn(Worker, { in: 'process', maxHeap: '48MiB' });
  const [ended, aborted] = [down(system, worker), down(system, other)];
  worker.tell('fillHeap');
  other.tell('abort');
  expect((await soon('it ends', ended)).reason).toEqual({ kind: 'memory', maxHeapBytes: 48 * 1024 * 1024 });
  expect((await soon('it ends', aborted)).reason).toEqual({ kind: 'signal', name: 'SIGABRT' });
  expect(filesIn(surroundings.directory).filter((path) => path.includes('report'))).toEqual([]);
});

it('only the process of an actor that was spawned here can be had', async () => {
  await using system = await open('unix');
  const worker = await system.spawn(Worker, { in: 'process' });
  const grandchild = await worker.ask('spawnChild', { where: 'process' });
  expect(await codeOf(() => system.processOf(grandchild))).toBe('TROUPE_NO_PROCESS');
  const inner = await worker.ask('spawnChild', {});
  expect(await codeOf(() => system.processOf(inner))).toBe('TROUPE_NO_PROCESS');
  const local = await system.spawn(Local);
  expect(await codeOf(() => system.processOf(local))).toBe('TROUPE_NO_PROCESS');
  await worker.stop();
  expect(await codeOf(() => system.processOf(worker))).toBe('TROUPE_NO_PROCESS');
});

/** The nice value of a thread, as the kernel tells it. */
function niceOf(pid: number, thread: string): number {
  const stat = readFileSync(`/proc/${String(pid)}/task/${thread}/stat`, 'latin1');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
}
