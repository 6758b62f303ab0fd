// A process that was started for an actor never outlives the one that started it, whatever either of them is doing when the
// other is killed. The leak oracle of this file looks for the processes and their files.
import { expect, it } from '@jest/globals';
import { createSystem } from 'troupe';
import { eventually } from '../eventually.ts';
import { filesIn, processesOfThisTest, watchForLeaks } from '../leak-oracle.ts';
import { startProgram, type Program } from '../program.ts';

const surroundings = watchForLeaks();

function join(transport = 'unix'): Promise<Program> {
  const { directory, environment } = surroundings;
  return startProgram({ name: 'family', transport, runtimeDirectory: directory }, { environment });
}

/** What a killed parent leaves in the file system goes with the next that joins. */
async function cleanUp(): Promise<void> {
  const system = await createSystem({ name: 'family', runtimeDirectory: surroundings.directory });
  await system.stop();
  expect(filesIn(surroundings.directory)).toEqual([]);
}

it.each(['idle', 'spin', 'SIGSTOP'] as const)(
  'a child that is %s dies with its killed parent',
  async (state) => {
    const program = await join();
    await program.call('spawn', 'child', { in: 'process' });
    const pid = Number(await program.call('ask', 'child', 'pid'));
    if (state === 'spin') await program.call('tell', 'child', 'spin');
    if (state === 'SIGSTOP') process.kill(pid, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 50));
    program.kill('SIGKILL');
    await program.exited;
    await eventually('the child is gone', () => processesOfThisTest().length === 0);
    await cleanUp();
  },
);

it.each(['idle', 'spin', 'SIGSTOP'] as const)('a grandchild that is %s dies with them', async (state) => {
  const program = await join();
  await program.call('spawn', 'child', { in: 'process' });
  await program.call('askForRef', 'child', 'spawnChild', { where: 'process' }, 'grandchild');
  const pid = Number(await program.call('ask', 'grandchild', 'pid'));
  const parent = Number(await program.call('ask', 'child', 'pid'));
  if (state === 'spin') {
    await program.call('tell', 'grandchild', 'spin');
    await program.call('tell', 'child', 'spin');
  }
  if (state === 'SIGSTOP') {
    process.kill(pid, 'SIGSTOP');
    process.kill(parent, 'SIGSTOP');
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  program.kill('SIGKILL');
  await program.exited;
  await eventually('both are gone', () => processesOfThisTest().length === 0);
  await cleanUp();
});

it('a child that is just being started dies with its killed parent, at whatever moment', async () => {
  for (const delayMs of [5, 40, 80, 120]) {
    const program = await join();
    program.send('spawn', 'child', { in: 'process' });
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    program.kill('SIGKILL');
    await program.exited;
    await eventually('the child is gone', () => processesOfThisTest().length === 0);
  }
  await cleanUp();
});

it.each([
  ['process.exit()', 'exit', 4, 4],
  ['an uncaught exception', 'crash', undefined, 1],
] as const)(
  'children and files go with a program that ends by %s without stopping its system',
  async (_how, command, code, exit) => {
    for (const transport of ['unix', 'fifo', 'pipe']) {
      const program = await join(transport);
      await program.call('spawn', 'child', { in: 'process', name: 'a' });
      await program.call('spawn', 'busy', { in: 'process' });
      await program.call('tell', 'busy', 'spin');
      await program.call('askForRef', 'child', 'spawnChild', { where: 'process', name: 'b' }, 'grandchild');
      program.send(command, code);
      expect(await program.exited).toBe(exit);
      await eventually('all are gone', () => processesOfThisTest().length === 0);
      expect(filesIn(surroundings.directory).filter((path) => !/\/family(\/names)?$/.test(path))).toEqual([]);
    }
  },
);

it('after SIGKILL of a whole family the next start of the same system finds nothing in its way', async () => {
  for (const transport of ['unix', 'fifo', 'pipe']) {
    const program = await join(transport);
    await program.call('spawn', 'child', { in: 'process', name: 'a' });
    await program.call('askForRef', 'child', 'spawnChild', { name: 'b' }, 'inner');
    program.kill('SIGKILL');
    await program.exited;
    await eventually('all are gone', () => processesOfThisTest().length === 0);
    const next = await join(transport);
    await next.call('spawn', 'child', { in: 'process', name: 'a' });
    await next.call('spawn', 'b', { name: 'b' });
    expect(await next.call('ask', 'child', 'echo', 'again')).toBe('again');
    expect(await next.leave()).toBe(0);
    expect(filesIn(surroundings.directory)).toEqual([]);
  }
});
