// The test kit held against what it simulates: one scenario, and the program of its page, on simulated processes and on real ones.
import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { FIXTURES } from '../actors.ts';
import { fencedBlocks, root } from '../fenced-code.ts';
import { watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();
const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

const run = promisify(execFile);

async function play(
  variables: NodeJS.ProcessEnv,
): Promise<{ readonly isReal: boolean; readonly seen: unknown }> {
  const { stdout } = await run(process.execPath, [join(FIXTURES, 'test-kit-scenario.mjs')], {
    env: { ...surroundings.environment, TROUPE_RUNTIME_DIR: surroundings.directory, ...variables },
  });
  return JSON.parse(stdout) as { readonly isReal: boolean; readonly seen: unknown };
}

const SEEN = [
  ['entered', [1, 2]],
  ['ledger', { name: 'alone', entries: ['one', 'two'] }],
  ['no value', 'TROUPE_NOT_SERIALIZABLE'],
  ['a buffer', [true, 3]],
  ['taken name', 'TROUPE_NAME_TAKEN'],
  ['failed', 'RangeError: a wrong entry'],
  ['after the failure', 0],
  ['after the crash', 0],
  ['tick', 'tick'],
  ['forwarded', 1],
  ['both anew', [0, 0]],
  ['alone as before', 1],
  ['down', ['its process was ended by SIGKILL', 0]],
  ['name', 'free'],
  ['too late', false],
  ['dead letters', [['enter', 'stopped']]],
  ['account', { waiting: 0, lost: 0, dead: 1 }],
];

describe('one scenario', () => {
  it.each([
    ['simulated processes', { TROUPE_TEST_SEED: '1' }, false],
    ['simulated processes with another seed', { TROUPE_TEST_SEED: '2' }, false],
    ['real processes over unix', { TROUPE_TEST_REAL: '1', TROUPE_TRANSPORT: 'unix' }, true],
    ['real processes over shm', { TROUPE_TEST_REAL: '1', TROUPE_TRANSPORT: 'shm' }, true],
  ] as const)('looks the same on %s', async (_kind, variables, isReal) => {
    expect(await play(variables)).toEqual({ isReal, seen: SEEN });
  });
});

describe('docs/testing.md', () => {
  it.each([
    ['simulated processes', { TROUPE_TEST_SEED: '7' }, 5, 0],
    ['real processes over shm', { TROUPE_TEST_REAL: '1', TROUPE_TRANSPORT: 'shm' }, 4, 1],
  ] as const)('has tests that pass as they stand, on %s', async (_kind, variables, passed, skipped) => {
    for (const { file, code } of fencedBlocks('docs/testing.md'))
      if (file !== undefined) writeFileSync(join(surroundings.scratch, file), code);
    writeFileSync(join(surroundings.scratch, 'package.json'), JSON.stringify({ type: 'module' }));
    mkdirSync(join(surroundings.scratch, 'node_modules'));
    symlinkSync(join(root, 'packages/troupe'), join(surroundings.scratch, 'node_modules/troupe'));
    const { stdout } = await run(
      process.execPath,
      ['--import', loader, '--test', '--test-reporter', 'tap', 'shop.test.ts'],
      {
        cwd: surroundings.scratch,
        env: { ...surroundings.environment, TROUPE_RUNTIME_DIR: surroundings.directory, ...variables },
      },
    );
    expect(stdout).toContain(`# pass ${String(passed)}`);
    expect(stdout).toContain(`# skipped ${String(skipped)}`);
  });
});
