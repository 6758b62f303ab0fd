// The benchmark as a whole, far too short to measure anything: it starts, everybody takes part, and every message arrives.
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const main = join(__dirname, '../main.ts');
const loader = pathToFileURL(join(dirname(require.resolve('tsx/package.json')), 'dist/loader.mjs')).href;

function benchmark(
  ...args: readonly string[]
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return run(process.execPath, ['--import', loader, main, ...args], { timeout: 50_000 });
}

interface Printed {
  readonly machine: Readonly<Record<string, unknown>>;
  readonly cells: readonly {
    readonly cell: { readonly measure: string; readonly payload: string };
    readonly samples: Readonly<
      Record<string, readonly { readonly messages: number; readonly perSecond: number }[]>
    >;
  }[];
}

describe('the benchmark', () => {
  it('gives a sample of each contender in each cell', async () => {
    const { stdout } = await benchmark('--json', '--rounds', '1', '--measure-ms', '1', '--warm-up-ms', '1');
    const { cells, machine } = JSON.parse(stdout) as Printed;
    expect(Object.keys(machine)).toEqual(['cpu', 'cores', 'kernel', 'node', 'commit', 'loadAverage']);
    expect(cells.map(({ cell }) => `${cell.measure} ${cell.payload}`)).toEqual([
      'round-trip 64 B',
      'round-trip 64 KiB',
      'one-way 64 B',
      'one-way 64 KiB',
    ]);
    for (const { samples } of cells) {
      expect(Object.keys(samples)).toEqual(
        expect.arrayContaining([
          'troupe unix',
          'troupe fifo',
          'troupe pipe',
          'unix socket',
          'fork json',
          'fork advanced',
        ]),
      );
      for (const [sample] of Object.values(samples)) {
        expect(sample!.messages).toBeGreaterThanOrEqual(10);
        expect(sample!.perSecond).toBeGreaterThan(0);
      }
    }
  });

  it('prints a table with a row for each contender, and writes nothing when it was told to leave something out', async () => {
    const { stdout, stderr } = await benchmark(
      ...[
        '--only',
        'fork',
        '--cell',
        'one-way 64 B',
        '--rounds',
        '1',
        '--measure-ms',
        '1',
        '--warm-up-ms',
        '1',
      ],
    );
    expect(stdout).toMatch(/^\| fork json +\| +[\d,]+ \|/m);
    expect(stdout).toMatch(/^\| fork advanced +\| +[\d,]+ \|/m);
    expect(stdout).not.toContain('troupe unix');
    expect(stderr).not.toContain('written to');
  });

  it('says what there is when asked for what there is not', async () => {
    await expect(benchmark('--only', 'pigeons')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("nothing is called 'pigeons'; there are troupe unix, troupe fifo"),
    });
  });
});
