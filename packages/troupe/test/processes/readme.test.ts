// Does what a page tells its reader to do: saves the files of its program in a folder, runs it, and compares what it prints
// with what the page says.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fencedBlocks, root } from '../fenced-code.ts';
import { watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();
// By URL, because the processes that the program starts need it too, from wherever they run.
const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

describe.each([
  ['README.md', ['unix', 'fifo', 'pipe', 'shm'], /^3\n/],
  ['docs/supervision.md', ['unix', 'shm'], /^7 1\n/],
  ['docs/pools.md', ['unix', 'shm'], /^4 168 /],
  ['docs/behaviour.md', ['unix', 'shm'], /^waiting: 0\nwelcome Ada, welcome Grace/],
  ['docs/asking.md', ['unix', 'shm'], /^Emma Woodhouse,\nhandsome, clever,\nand rich\na book with/],
  ['docs/cluster.md', ['unix', 'shm'], /^visitor 1\nvisitor 2/],
  ['docs/mailboxes.md', ['unix', 'shm'], /^dropped 1, dropped 2\n/],
  ['docs/groups.md', ['unix', 'shm'], /^2 4200 4200/],
] as const)('%s', (page, transports, beginning) => {
  const blocks = fencedBlocks(page);
  const printed = blocks.find(({ language }) => language === 'text')?.code ?? '';
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

  it('says what its program prints', () => {
    expect(printed).toMatch(beginning);
  });

  it.each(transports)('has a program that runs as it stands, over %s', async (transport) => {
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
  });
});
