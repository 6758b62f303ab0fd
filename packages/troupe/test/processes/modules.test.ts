// Where actors are loaded from: TypeScript through the parent's loader, CommonJS, several in one module; where processes
// cannot be started from, and what is loaded later.
import { expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FIXTURES } from '../actors.ts';
import { watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();

/** What a fixture that runs to its end by itself prints. */
async function run(...command: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, command, {
    cwd: FIXTURES,
    env: {
      ...surroundings.environment,
      TROUPE_RUNTIME_DIR: surroundings.directory,
      TROUPE_LOG_LEVEL: 'silent',
    },
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
  return JSON.parse(stdout);
}

it("an actor in TypeScript runs in a process of its own with the parent's loader", async () => {
  expect(await run('--import', 'tsx', join(FIXTURES, 'typescript-program.ts'))).toEqual({
    local: 3,
    child: 3,
  });
});

it('a CommonJS program spawns its actors here and in processes of their own', async () => {
  expect(await run(join(FIXTURES, 'commonjs-program.cjs'))).toEqual({
    local: 'hello here',
    child: 'hello there',
  });
});

it('a program that is given on the command line spawns actors, too', async () => {
  const program = `
    import { createSystem } from 'troupe';
    import { Worker } from './worker.actor.mjs';
    const system = await createSystem({ name: 'eval' });
    const worker = await system.spawn(Worker, { in: 'process' });
    console.log(JSON.stringify(await worker.ask('echo', 'from the command line')));
    await system.stop();`;
  expect(await run('--input-type=module', '--eval', program)).toBe('from the command line');
});

it('a spawn in: "process" from a worker thread is refused with a sentence, others work there', async () => {
  const result = await run(join(FIXTURES, 'worker-thread-program.mjs'));
  expect(result).toEqual({
    code: 'TROUPE_START_FAILED',
    message: expect.stringContaining('main thread'),
    local: 'hello',
  });
});

it('the addon that reads strings is loaded once it pays, and not while a process starts', async () => {
  expect(await run(join(FIXTURES, 'native-strings.mjs'))).toEqual({
    before: false,
    after: true,
    equal: true,
  });
});
