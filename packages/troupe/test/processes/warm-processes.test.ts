// Processes that are started ahead of time: taken by spawns and restarts, replaced, and gone with the system however it ends.
import { expect, it } from '@jest/globals';
import { createSystem, oneForOne, type ActorSystem } from 'troupe';
import { Worker } from '../actors.ts';
import { eventually, failure } from '../eventually.ts';
import { filesIn, processesOfThisTest, watchForLeaks } from '../leak-oracle.ts';
import { startProgram } from '../program.ts';

const surroundings = watchForLeaks();

async function open(warmProcesses: number, transport = 'unix'): Promise<ActorSystem> {
  const { directory: runtimeDirectory } = surroundings;
  const system = await createSystem({
    name: 'warm',
    runtimeDirectory,
    logLevel: 'silent',
    transport,
    warmProcesses,
  });
  await warm(system, warmProcesses);
  return system;
}

const warm = (system: ActorSystem, count: number): Promise<void> =>
  eventually(`${String(count)} processes are ready`, () => system.warmProcesses === count);

function pids(): readonly number[] {
  return processesOfThisTest().map((line) => Number(/^process (\d+)/.exec(line)?.[1]));
}

it.each(['unix', 'pipe', 'shm'])(
  'over %s a spawn takes one that waits, which is replaced',
  async (transport) => {
    await using system = await open(2, transport);
    expect(system.actors()).toEqual([]);
    const waiting = pids();
    expect(waiting).toHaveLength(2);
    const worker = await system.spawn(Worker, { in: 'process', name: 'taken', args: { blob: 'x' } });
    const pid = await worker.ask('pid');
    expect(waiting).toContain(pid);
    expect(await worker.ask('args')).toEqual({ blob: 'x' });
    expect(system.actors()).toMatchObject([{ label: 'taken', pid, state: 'running' }]);
    await warm(system, 2);
    expect(pids()).toHaveLength(3);
    await worker.stop();
    expect(pids()).toHaveLength(2);
    expect(pids()).not.toContain(pid);
  },
);

it('more spawns at once than processes wait all get one', async () => {
  await using system = await open(1);
  const workers = await Promise.all(Array.from({ length: 4 }, () => system.spawn(Worker, { in: 'process' })));
  expect(new Set(await Promise.all(workers.map((worker) => worker.ask('pid')))).size).toBe(4);
  await warm(system, 1);
});

it('a restart takes one that waits', async () => {
  await using system = await open(1);
  const supervise = oneForOne({ restarts: 3, within: '10s', backoff: [1, 1] });
  const worker = await system.spawn(Worker, { in: 'process', supervise });
  const first = await worker.ask('pid');
  await warm(system, 1);
  const [spare] = pids().filter((pid) => pid !== first);
  process.kill(first, 'SIGKILL');
  await eventually('it runs again', () =>
    system.actors().some(({ restarts, state }) => restarts === 1 && state === 'running'),
  );
  expect(await worker.ask('pid')).toBe(spare);
});

it('one that dies while it waits is replaced, and leaves nothing', async () => {
  await using system = await open(1);
  const files = filesIn(surroundings.directory).length;
  const [pid = 0] = pids();
  process.kill(pid, 'SIGKILL');
  await eventually('another has taken its place', () => system.warmProcesses === 1 && !pids().includes(pid));
  expect(filesIn(surroundings.directory)).toHaveLength(files);
  expect(await (await system.spawn(Worker, { in: 'process' })).ask('echo', 1)).toBe(1);
});

it('a system that is stopped at once leaves none', async () => {
  const { directory: runtimeDirectory } = surroundings;
  const system = await createSystem({ name: 'warm', runtimeDirectory, logLevel: 'silent', warmProcesses: 2 });
  await system.stop();
  expect(processesOfThisTest()).toEqual([]);
  expect(filesIn(runtimeDirectory)).toEqual([]);
});

it.each(['SIGKILL', 'exit', 'crash'])('they die with a program that ends by %s', async (end) => {
  const program = await startProgram(
    { name: 'warm', runtimeDirectory: surroundings.directory, warmProcesses: 2 },
    { environment: surroundings.environment },
  );
  await eventually('two are started', () => pids().length === 3);
  if (end === 'SIGKILL') program.kill('SIGKILL');
  else program.send(end, 3);
  await program.exited;
  await eventually('no process is left', () => processesOfThisTest().length === 0);
  // Behind a program that was killed, the next one cleans up.
  const next = await createSystem({ name: 'warm', runtimeDirectory: surroundings.directory });
  await next.stop();
});

it('where no process can be started it is said, and a spawn says why', async () => {
  const lines: string[] = [];
  const note = (line: string): void => void lines.push(line);
  await using system = await createSystem({
    name: 'warm',
    runtimeDirectory: surroundings.directory,
    transport: 'memory',
    warmProcesses: 3,
    logger: { debug: note, info: note, warn: note, error: note },
  });
  await eventually('it is said', () => lines.length > 0);
  expect((await failure(system.spawn(Worker, { in: 'process' }))).code).toBe('TROUPE_TRANSPORT_REACH');
  expect(system.warmProcesses).toBe(0);
  for (const line of lines) expect(line).toContain('did not start');
});
