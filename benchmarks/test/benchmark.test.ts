// The benchmark as a whole, far too short to measure anything: it starts, everybody takes part, every message arrives, and who
// loses one is found out.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const program = join(__dirname, '../bench.mjs');
const careless = join(__dirname, 'fixtures/careless-contender.mjs');
const SHORT = ['--rounds', '1', '--measure-ms', '1', '--warm-up-ms', '1'];

function benchmark(
  ...args: readonly string[]
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return run(process.execPath, [program, ...args], { timeout: 110_000 });
}

interface Printed {
  readonly machine: Readonly<Record<string, unknown>>;
  readonly cells: readonly {
    readonly cell: { readonly name: string };
    readonly samples: Readonly<Record<string, readonly { readonly value: number; readonly count: number }[]>>;
  }[];
}

describe('the benchmark', () => {
  it('gives a sample of each contender that can', async () => {
    const { stdout } = await benchmark('--json', ...SHORT, '--cell', 'one-way 64 B');
    const { machine, cells } = JSON.parse(stdout) as Printed;
    expect(machine).toMatchObject({ node: process.version, versions: { msgpackr: '2.1.3' } });
    expect(cells.map(({ cell }) => cell.name)).toEqual(['one-way 64 B']);
    const samples = cells[0]!.samples;
    expect(Object.keys(samples)).toEqual(
      expect.arrayContaining([
        ...['troupe shm', 'troupe unix', 'troupe fifo', 'troupe pipe', 'troupe shm by futex'],
        ...['fork json', 'fork advanced', 'worker thread', 'unix socket'],
        ...['codec of troupe', 'codec of msgpackr'],
      ]),
    );
    for (const [sample] of Object.values(samples)) {
      expect(sample!.count).toBeGreaterThan(0);
      expect(sample!.value).toBeGreaterThan(0);
    }
  }, 120_000);

  it('measures large messages, round trips, many senders, actors and processes as well', async () => {
    const cells = [
      ...['one-way 1 MiB', 'ask-busy 1 KiB', 'ask-from-sleep 64 KiB', 'four-senders 64 B'],
      ...['local-tell', 'local-ask', 'spawn', 'actor-memory'],
      ...['process-start', 'process-memory', 'idle-cpu'],
    ];
    const only = ['troupe shm', 'troupe in process', 'codec of troupe', 'fork json', 'xstate'];
    const given = ['--only', only.join(','), '--cell', cells.join(',')];
    const { stdout } = await benchmark('--json', ...SHORT, ...given);
    const printed = JSON.parse(stdout) as Printed;
    const names = printed.cells.map(({ cell, samples }) => [cell.name, Object.keys(samples)]);
    const processes = ['troupe shm', 'fork json'];
    const actors = ['troupe in process', 'xstate'];
    expect(Object.fromEntries(names)).toEqual({
      'one-way 1 MiB': ['troupe shm', 'codec of troupe', 'fork json'],
      'ask-busy 1 KiB': processes,
      'ask-from-sleep 64 KiB': processes,
      'four-senders 64 B': processes,
      'local-tell': actors,
      'local-ask': actors,
      spawn: actors,
      'actor-memory': actors,
      'process-start': processes,
      'process-memory': processes,
      'idle-cpu': processes,
    });
  }, 120_000);

  it('prints each goal and a row for each contender, and writes nothing when it was told to leave something out', async () => {
    const { stdout, stderr } = await benchmark(...SHORT, '--only', 'shm,fork', '--cell', 'one-way 64 B');
    expect(stdout).toMatch(/^\| one way +\| troupe shm \| fork advanced \| at least 15 +\| .* (yes|no) \|$/m);
    expect(stdout).toMatch(/^\| fork json +\| +[\d,.]+ \|/m);
    expect(stdout).toMatch(/^\| fork advanced +\| +[\d,.]+ \|/m);
    expect(stdout).not.toContain('troupe unix');
    expect(stderr).not.toContain('written to');
  }, 120_000);

  it.each([
    ['forgetful', 'loses'],
    ['inventive', 'invents'],
    ['mumbling', 'changes'],
    ['hasty', 'mixes up'],
  ])(
    'fails when a contender (%s) %s messages',
    async (name) => {
      const cell = ['--cell', 'one-way 64 B', '--with', careless];
      await expect(benchmark(...SHORT, ...cell, '--only', 'careful')).resolves.toBeDefined();
      await expect(benchmark(...SHORT, ...cell, '--only', `careful,${name}`)).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringMatching(new RegExp(`${name}: .*sent was .*, handled `)),
      });
    },
    120_000,
  );

  it('says what there is when asked for what there is not', async () => {
    await expect(benchmark('--only', 'pigeons')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("nothing is called 'pigeons'; there are troupe shm, troupe unix"),
    });
  });
});
