// The command line of the example. What Troupe itself configures is handed on as it was given; Troupe says what is wrong with it.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';

export interface Options {
  /** Absolute. */
  readonly dir: string;
  readonly processes: number;
  /** Left out: the one that is liked best of those that work. */
  readonly transport?: string;
  /** Whether one process is killed half-way. */
  readonly kill: boolean;
  readonly query: readonly string[];
}

const MOST_PROCESSES = 64;

/** Ends the process after `--help` (0) and after a mistake (2). */
export function readOptions(argv: readonly string[]): Options {
  return new Command('file-index')
    .description(
      'Builds a word index of a directory with actors in several processes, and kills one of them half-way.',
    )
    .option('--dir <directory>', 'what to index', directory, defaultDirectory())
    .option('--processes <count>', 'indexers, each in a process of its own', processes, 4)
    .option(
      '--transport <name>',
      'shm, unix, fifo, pipe, posix-mq or sysv-mq (default: shm, else unix; the configuration overrides it)',
    )
    .option('--no-kill', 'let all processes live')
    .option('--query <word...>', 'words to look up at the end', ['promise', 'mailbox'])
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse(argv)
    .opts<Options>();
}

/** The packages that this repository has installed: tens of thousands of files that are there already. */
function defaultDirectory(): string {
  return fileURLToPath(new URL('../../node_modules/.pnpm', import.meta.url));
}

function directory(value: string): string {
  const path = resolve(value);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return path;
  throw new InvalidArgumentError(`${path} is no directory.`);
}

function processes(value: string): number {
  const count = Number(value);
  if (Number.isInteger(count) && count >= 1 && count <= MOST_PROCESSES) return count;
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${MOST_PROCESSES}.`);
}
