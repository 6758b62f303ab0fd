// Where and of what a measurement was taken: numbers mean nothing without.
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  readonly node: string;
  /** Short hash; ends in `-dirty` when files were changed since; `unknown` outside a clone. */
  readonly commit: string;
  /** Processes that ran or wanted to, in the minute before: what is above 0 was not the benchmark's doing. */
  readonly loadAverage: number;
}

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    kernel: `Linux ${release()}`,
    node: process.version,
    commit: commit(),
    loadAverage: loadavg()[0] ?? Number.NaN,
  };
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--exclude', '*'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}
