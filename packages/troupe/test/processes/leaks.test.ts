// What a long life costs: descriptors, processes, files and memory after many actors came and went. Every other test file
// looks for leaks after each test as well.
import { expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { createSystem, defineActor } from 'troupe';
import { Worker } from '../actors.ts';
import { eventually, failure } from '../eventually.ts';
import { descriptorCount, filesIn, processesOfThisTest, watchForLeaks } from '../leak-oracle.ts';
import { startProgram } from '../program.ts';

const surroundings = watchForLeaks();

const Idle = defineActor(import.meta.url, { handlers: { echo: (_state: unknown, value: unknown) => value } });

// Five children a round; those of the first three transports come and go by fifty.
it.each([
  ['unix', 10],
  ['fifo', 10],
  ['pipe', 10],
  ['shm', 2],
  ['posix-mq', 2],
  ['sysv-mq', 2],
] as const)(
  'over %s children that came and went in %d rounds leave no descriptor',
  async (transport, rounds) => {
    await using system = await createSystem({
      name: 'leaks',
      transport,
      runtimeDirectory: surroundings.directory,
      logLevel: 'silent',
    });
    // The first one opens what stays open for good.
    await (await system.spawn(Worker, { in: 'process' })).stop();
    const before = descriptorCount();
    const files = filesIn(surroundings.directory).length;
    for (let round = 0; round < rounds; round += 1) {
      const workers = await Promise.all(
        Array.from({ length: 5 }, () => system.spawn(Worker, { in: 'process' })),
      );
      await Promise.all(workers.map((worker) => worker.ask('echo', round)));
      const [first, second] = workers;
      first?.tell('kill', 'SIGKILL');
      second?.tell('exit', 1);
      await Promise.all(workers.map((worker) => worker.stop()));
    }
    await eventually('all descriptors are closed', () => descriptorCount() <= before);
    expect(processesOfThisTest()).toEqual([]);
    expect(filesIn(surroundings.directory)).toHaveLength(files);
    expect(system.actors()).toEqual([]);
  },
);

it('systems that came and went leave no descriptor and no listener', async () => {
  const options = { name: 'leaks', runtimeDirectory: surroundings.directory, logLevel: 'silent' as const };
  await (await createSystem(options)).stop();
  const before = descriptorCount();
  const listeners = process.listenerCount('exit');
  for (let round = 0; round < 30; round += 1) {
    await using system = await createSystem(options);
    const actor = await system.spawn(Idle);
    expect(await actor.ask('echo', round)).toBe(round);
  }
  await eventually('all descriptors are closed', () => descriptorCount() <= before);
  expect(process.listenerCount('exit')).toBe(listeners);
  expect(filesIn(surroundings.directory)).toEqual([]);
});

it('spawns that fail leave no descriptor, no process and no name', async () => {
  await using system = await createSystem({
    name: 'leaks',
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
  });
  await failure(system.spawn(Worker, { in: 'process', args: { failAtStart: true } }));
  const before = descriptorCount();
  for (let round = 0; round < 10; round += 1)
    await failure(system.spawn(Worker, { in: 'process', name: 'same', args: { exitAtStart: 1 } }));
  await eventually('all descriptors are closed', () => descriptorCount() <= before);
  expect(processesOfThisTest()).toEqual([]);
  expect(filesIn(surroundings.directory).filter((path) => path.includes('@'))).toEqual([]);
});

it('actors that came and went in another process cost this one no memory', async () => {
  const { directory, environment } = surroundings;
  const program = await startProgram(
    { name: 'leaks', runtimeDirectory: directory },
    { environment, file: 'many-refs.mjs' },
  );
  const grownBytes = Number(await program.call('churn'));
  // 20 000 actors elsewhere were met, asked and ended; what is kept of one must be less than this.
  expect(grownBytes / 20_000).toBeLessThan(150);
  expect(await program.leave()).toBe(0);
});

it('zombies are reaped', async () => {
  await using system = await createSystem({
    name: 'leaks',
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
  });
  const worker = await system.spawn(Worker, { in: 'process' });
  const pid = await worker.ask('pid');
  process.kill(pid, 'SIGKILL');
  await eventually('it is reaped', () => !readdirSync('/proc').includes(String(pid)));
});
