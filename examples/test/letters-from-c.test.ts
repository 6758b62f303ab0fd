// The example letters-from-c: compiled with the C compiler of this machine, and run as its README says, over both kinds of queue.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stage, type Program } from './example-process.ts';

const source = fileURLToPath(new URL('../letters-from-c/send.c', import.meta.url));
const hasCompiler = spawnSync('cc', ['--version']).status === 0;

let built = '';
beforeAll(() => {
  if (!hasCompiler) return;
  built = mkdtempSync(join(tmpdir(), 'troupe-c-'));
  const flags = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror'];
  const compiled = spawnSync('cc', [...flags, '-o', join(built, 'send'), source, '-lrt'], {
    encoding: 'utf8',
  });
  expect([compiled.status, compiled.stderr]).toEqual([0, '']);
});
afterAll(() => {
  if (hasCompiler) rmSync(built, { recursive: true });
});

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.clear());

function send(...words: readonly string[]): { readonly status: number | null; readonly stderr: string } {
  const { status, stderr } = spawnSync(join(built, 'send'), words, { encoding: 'utf8' });
  return { status, stderr };
}

async function directoryOf(house: Program): Promise<string> {
  await house.says('the meter listens in ');
  await house.says('\n');
  return /listens in (.+)\n/.exec(house.stdout)?.[1] ?? '';
}

it.each(['posix-mq', 'sysv-mq'])('has a program in C tell an actor over %s', async (transport) => {
  if (!hasCompiler) {
    console.log('skipped: there is no C compiler (cc) on this machine');
    return;
  }
  const house = stage.start('letters-from-c/house.ts', [], { TROUPE_TRANSPORT: transport });
  const directory = await directoryOf(house);
  expect(send(directory, 'meter', 'reading', '{"room":"attic","degrees":31}')).toEqual({
    status: 0,
    stderr: '',
  });
  await house.says('attic: 31 degrees');
  expect(send(directory, 'meter', 'reading', '7')).toEqual({ status: 0, stderr: '' });
  await house.says('that is no reading');
  expect(send(directory, 'meter', 'reading', '{').status).toBe(0);
  expect(send(directory, 'cellar', 'reading', '7')).toEqual({
    status: 1,
    stderr: expect.stringContaining('nobody has that name'),
  });
  expect(send(directory, 'meter', 'reading', `"${'x'.repeat(8200)}"`)).toEqual({
    status: 1,
    stderr: expect.stringContaining('too long'),
  });
  expect(send(directory, 'meter', 'reading', '{"room":"cellar","degrees":12}').status).toBe(0);
  await house.says('cellar: 12 degrees');
  house.signal('SIGINT');
  const ended = await house.ended;
  expect(ended.stdout).toContain('2 rooms\nletters: 3 taken, 1 refused\n');
  expect([ended.code, ended.stderr]).toEqual([
    0,
    expect.stringContaining('a letter was refused: it is no JSON'),
  ]);
  expect(stage.leavings()).toEqual([]);
});
