// Queues beyond what the user or the machine may have: a typed error that names the limit, its value and the command that raises
// it, and nothing left. And within the limits that everybody has by default, enough of them.
import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { runInNamespace } from '../../../core/test/own-namespace.ts';

const program = fileURLToPath(new URL('../fixtures/make-queues.mjs', import.meta.url));
const DEFAULT_USER_BYTES = 819_200;

interface Outcome {
  readonly made: number;
  readonly refusal?: {
    readonly code: string;
    readonly message: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
  readonly arrived: readonly number[];
  readonly left: readonly string[];
  readonly queues: number;
  readonly smallest: number;
}

function run(command: string, words: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(command, words, { encoding: 'utf8', timeout: 60_000 });
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Outcome;
}

/** In an IPC namespace of its own, where nobody is above the limits; undefined where there are none to be had. */
function runWithSetting(
  setting: string,
  value: number,
  transport: string,
  most: number,
): Outcome | undefined {
  const prepare = `echo ${String(value)} > /proc/sys/${setting}`;
  const ran = runInNamespace('-Uri', prepare, [process.execPath, program, transport, String(most)]);
  if (ran === undefined) return undefined;
  expect(ran).toMatchObject({ status: 0, signal: null, stderr: '' });
  return JSON.parse(ran.stdout) as Outcome;
}

const nothingLeft = expect.objectContaining({ left: [] });

it.each(['posix-mq', 'sysv-mq'])('sixteen nodes of a user have a queue of %s each', (transport) => {
  const outcome = run('prlimit', [
    `--msgqueue=${DEFAULT_USER_BYTES}:`,
    process.execPath,
    program,
    transport,
    '16',
  ]);
  expect(outcome).toMatchObject({ made: 16, arrived: [100_000], left: [] });
});

it('a queue is as small as what RLIMIT_MSGQUEUE leaves, and carries the same', () => {
  const outcome = run('prlimit', ['--msgqueue=2300:', process.execPath, program, 'posix-mq', '3']);
  // Other queues of this user may have taken all of it.
  if (outcome.made > 0) expect([outcome.made, outcome.arrived]).toEqual([1, [100_000]]);
  expect(outcome.smallest).toBe(2240);
  expect(outcome).toEqual(nothingLeft);
});

it('RLIMIT_MSGQUEUE is told with its value and the command that raises it', () => {
  const outcome = run('prlimit', ['--msgqueue=2000:', process.execPath, program, 'posix-mq', '1']);
  expect(outcome).toMatchObject({
    made: 0,
    refusal: {
      code: 'TROUPE_LIMIT',
      details: { limit: 'RLIMIT_MSGQUEUE', value: 2000 },
      message: expect.stringMatching(/2000 bytes .*RLIMIT_MSGQUEUE.*ulimit -q 819200/),
    },
    left: [],
  });
});

it.each([
  ['posix-mq', 40],
  ['sysv-mq', 64],
])('too few descriptors for %s are not taken for too many queues', (transport, descriptors) => {
  const outcome = run('prlimit', [
    `--nofile=${descriptors}:${descriptors}`,
    process.execPath,
    program,
    transport,
    '60',
  ]);
  expect(outcome).toMatchObject({ refusal: { code: 'TROUPE_LIMIT' }, left: [] });
  expect(outcome.refusal?.details['limit']).toBe('RLIMIT_NOFILE');
});

it.each([
  ['fs.mqueue.queues_max', 'posix-mq'],
  ['kernel.msgmni', 'sysv-mq'],
])('%s is told with its value and the command that raises it', (limit, transport) => {
  const outcome = runWithSetting(limit.replaceAll('.', '/'), 2, transport, 4);
  if (outcome === undefined) return;
  expect(outcome).toMatchObject({
    made: 2,
    refusal: {
      code: 'TROUPE_LIMIT',
      details: { limit, value: 2 },
      message: expect.stringContaining(`sysctl -w ${limit}=`),
    },
    arrived: [100_000],
    left: [],
    queues: 0,
  });
});

it.each([
  ['fs/mqueue/msgsize_max', 512, 'posix-mq'],
  ['fs/mqueue/msg_max', 1, 'posix-mq'],
  ['kernel/msgmax', 300, 'sysv-mq'],
  ['kernel/msgmnb', 1000, 'sysv-mq'],
  ['kernel/msgmnb', 1_048_576, 'sysv-mq'],
])('queues that take very little, or very much, are used as they are: %s %i', (setting, value, transport) => {
  const outcome = runWithSetting(setting, value, transport, 1);
  if (outcome === undefined) return;
  expect(outcome).toMatchObject({ made: 1, arrived: [100_000], left: [] });
  expect(outcome.refusal).toBeUndefined();
});
