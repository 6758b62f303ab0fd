// Where and of what a measurement was taken: numbers mean nothing without.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  /** Short hash; ends in `-dirty` when files were changed since; `unknown` outside a clone. */
  readonly commit: string;
  /** Processes that ran or wanted to, in the minute before: what is above 0 was not the benchmark's doing. */
  readonly loadAverage: number;
  /** Of what Troupe is compared with. */
  readonly versions: Readonly<Record<string, string>>;
}

/** `root` is the folder of the benchmarks, in a clone. */
export function thisMachine(root: string): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `Linux ${release()}`,
    node: process.version,
    commit: commit(root),
    loadAverage: loadavg()[0] ?? Number.NaN,
    versions: versions(root),
  };
}

function commit(root: string): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--exclude', '*'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}

function versions(root: string): Record<string, string> {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const all = Object.entries({ ...dependencies, ...devDependencies });
  // They are pinned; Troupe itself is told by the commit.
  return Object.fromEntries(all.filter(([, version]) => !version.startsWith('workspace:')));
}
