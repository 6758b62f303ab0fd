// The example file-index, run over a small directory of which every number is known.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Stage } from './example-process.ts';

const packages = fileURLToPath(new URL('../../node_modules/.pnpm', import.meta.url));

const FILES = 640;
const LINES = 400;
const LINE = 'Alpha beta; beta GAMMA-délta 12ab\n'; // five words a line; "ab" is too short
const WITH_MAILBOX = 160;

let directory: string;
let stage: Stage;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'troupe-file-index-'));
  mkdirSync(join(directory, 'deeper'));
  for (let number = 0; number < FILES; number += 1) {
    const text = LINE.repeat(LINES) + (number < WITH_MAILBOX ? 'mailbox' : '.......');
    writeFileSync(join(directory, number % 2 === 0 ? '.' : 'deeper', `${number}.txt`), text);
  }
  writeFileSync(join(directory, 'binary'), 'alpha\0beta');
  writeFileSync(join(directory, 'deeper', 'alpha.js.map'), LINE);
  symlinkSync('0.txt', join(directory, 'link'));
});
afterAll(() => rmSync(directory, { recursive: true }));

beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.clear());

const BYTES = FILES * (Buffer.byteLength(LINE) * LINES + 7);
const EQUAL = `totals equal those of a single process: 640 files, ${BYTES.toLocaleString('en')} bytes, 1,280,160 words, 5 different`;
const TOP_WORDS = `
 top words    times  in files
 beta       512,000       640
 alpha      256,000       640
 délta      256,000       640
 gamma      256,000       640
 mailbox        160       160

 asked for  times  in files
 Mailbox      160       160
 nothing        0         0

 files     640 indexed; left out: 1 binary, 1 source maps, 0 unreadable
 words     1,280,160, 5 of them different, in 9.0 MB
`;

// What the machine, or what confines this process, may not allow.
const QUEUES = ['posix-mq', 'sysv-mq'];
const NO_QUEUES = /^Cannot (make a message queue|use the transport)/;

describe.each(['shm', 'unix', 'fifo', 'pipe', ...QUEUES])('over %s', (transport) => {
  it('finds every word once though a process is killed half-way', async () => {
    const program = stage.start('file-index/main.ts', [
      ...['--transport', transport, '--processes', '3', '--dir', directory, '--query', 'Mailbox', 'nothing'],
    ]);
    const { code, stdout, stderr } = await program.ended;
    if (QUEUES.includes(transport) && code === 2 && NO_QUEUES.test(stderr)) {
      console.log(`skipped: ${stderr}`);
      return;
    }
    expect(stderr).toBe('');
    expect(stdout).toContain(`641 files in ${directory}, 3 processes over ${transport}\n`);
    expect(stdout).toMatch(/SIGKILL for indexer-\d, process \d+\n/);
    expect(stdout).toMatch(/is restarted in \d+ ms \(restart 1\): its process was ended by SIGKILL\n/);
    expect(stdout).toMatch(/^ all +640 +9\.0 +\d+ +0 +1$/m);
    expect(stdout).toContain(TOP_WORDS);
    expect(stdout).toContain(`${EQUAL}\n`);
    expect(code).toBe(0);
    expect(stage.leavings()).toEqual([]);
  });
});

it('leaves every process alive with --no-kill, and sends each batch once', async () => {
  const { code, stdout, stderr } = await stage.start('file-index/main.ts', [
    ...['--no-kill', '--processes', '2', '--dir', directory],
  ]).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).not.toContain('SIGKILL');
  expect(stdout).toMatch(/^ all +640 +9\.0 +21 +0 +0$/m);
  expect(stdout).toContain('0 lost and handed out again');
  expect(stdout).toContain(EQUAL);
  expect(stage.leavings()).toEqual([]);
});

const brief = (): readonly string[] => ['--no-kill', '--processes', '1', '--dir', directory];

it('uses shared memory unless it is told otherwise', async () => {
  const { code, stdout } = await stage.start('file-index/main.ts', brief()).ended;
  expect(stdout).toContain('1 processes over shm\n');
  expect(stdout).not.toContain('is used instead');
  expect(stdout).toContain(EQUAL);
  expect(code).toBe(0);
  expect(stage.leavings()).toEqual([]);
});

it('uses a socket where there is no memory to share, and says so in one line', async () => {
  const { code, stdout, stderr } = await stage.startWithSmallFiles('file-index/main.ts', brief(), 512 * 1024)
    .ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.match(/.*is used instead.*/g)).toEqual([
    expect.stringMatching(/'shm' cannot be used, 'unix' is used instead: .*RLIMIT_FSIZE/),
  ]);
  expect(stdout).toContain('1 processes over unix\n');
  expect(stdout).toContain(EQUAL);
  expect(stage.leavings()).toEqual([]);
});

it('lets TROUPE_TRANSPORT have its way', async () => {
  const args = ['--transport', 'pipe', '--no-kill', '--processes', '1', '--dir', directory];
  const { code, stdout } = await stage.start('file-index/main.ts', args, { TROUPE_TRANSPORT: 'fifo' }).ended;
  expect(stdout).toContain('1 processes over fifo\n');
  expect(stdout).toContain(EQUAL);
  expect(code).toBe(0);
  expect(stage.leavings()).toEqual([]);
});

it('cannot start where no message queue may be made, and says which limit it is', async () => {
  const args = ['--transport', 'posix-mq', ...brief()];
  const { code, stdout, stderr } = await stage.startWithoutQueues('file-index/main.ts', args).ended;
  expect(stderr).toMatch(/^Cannot make a message queue: .*RLIMIT_MSGQUEUE.*\n$/);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stage.leavings()).toEqual([]);
});

it.each([
  ['--transport fivo', ['--transport', 'fivo'], {}],
  ['TROUPE_TRANSPORT=fivo', [], { TROUPE_TRANSPORT: 'fivo' }],
])('refuses %s with a sentence', async (_, args, env) => {
  const { code, stdout, stderr } = await stage.start('file-index/main.ts', args, env).ended;
  expect(stderr).toMatch(
    /^The transport 'fivo' is not known to Troupe\. Did you mean 'fifo'\? Known are: .*\n$/,
  );
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stage.leavings()).toEqual([]);
});

it.each([
  ['a directory that is none', ['--dir', 'nowhere'], 'is no directory.'],
  ['half a process', ['--processes', '0.5'], 'Expected a whole number from 1 to 64.'],
  ['an option that nobody knows', ['--transprot'], '(Did you mean --transport?)'],
])('refuses %s', async (_, args, sentence) => {
  const { code, stdout, stderr } = await stage.start('file-index/main.ts', args).ended;
  expect(stderr).toContain(sentence);
  expect(stderr).not.toContain('    at ');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

it.each(['SIGINT', 'SIGTERM'] as const)('ends what it started on %s', async (signal) => {
  const program = stage.start('file-index/main.ts', ['--dir', directory]);
  await program.says('processes over');
  program.signal(signal);
  const { code, stderr } = await program.ended;
  expect({ code, stderr }).toEqual({ code: 130, stderr: 'interrupted\n' });
  expect(stage.leavings()).toEqual([]);
});

describe('on a terminal', () => {
  it('shows the table while it works, and the result once', async () => {
    const args = ['--processes', '2', '--dir', directory];
    const { code, stdout } = await stage.startOnTerminal('file-index/main.ts', args).ended;
    expect(stdout).toMatch(/^ indexer-2 +\d+ +running +\d+ /m);
    expect(stdout).toMatch(/━ +\d+ % {2}\d+ files/);
    expect(stdout.split('top words')).toHaveLength(2);
    expect(stdout).toContain(EQUAL);
    expect(code).toBe(0);
    expect(stage.leavings()).toEqual([]);
  });

  it('ends what it started on Ctrl-C, and leaves the cursor visible', async () => {
    const program = stage.startOnTerminal('file-index/main.ts', ['--processes', '2', '--dir', packages]);
    await program.says('indexer-2');
    program.type('\u0003');
    const { code, stdout } = await program.ended;
    expect(stdout).toContain('interrupted');
    expect(stdout.lastIndexOf('\u001B[?25h')).toBeGreaterThan(stdout.lastIndexOf('\u001B[?25l'));
    expect(code).toBe(130);
    expect(stage.leavings()).toEqual([]);
  });
});
