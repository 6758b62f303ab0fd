// Does what the README tells its reader to do: saves the two files of its program in a folder, runs it, and compares what it
// prints with what the README says.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { fencedBlocks, root } from '../fenced-code.ts';
import { watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();
const blocks = fencedBlocks('README.md');
const printed = blocks.find(({ language }) => language === 'text')?.code ?? '';
// By URL, because the processes that the program starts need it too, from wherever they run.
const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'troupe-readme-'));
  for (const { file, code } of blocks) if (file !== undefined) writeFileSync(join(directory, file), code);
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ type: 'module' }));
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(join(root, 'packages/troupe'), join(directory, 'node_modules/troupe'));
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

it('the README says what its program prints', () => {
  expect(printed).toMatch(/^3\n/);
});

it.each(['unix', 'fifo', 'pipe'])(
  'the program of the README runs as it stands, over %s',
  async (transport) => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--import', loader, 'main.ts'], {
      cwd: directory,
      env: {
        ...surroundings.environment,
        TROUPE_RUNTIME_DIR: surroundings.directory,
        TROUPE_TRANSPORT: transport,
      },
    });
    const withoutIncarnation = (text: string): string => text.replace(/@[0-9a-f]{6}/g, '@');
    expect(withoutIncarnation(stdout)).toBe(withoutIncarnation(printed));
    expect(stderr).toBe('');
  },
);
