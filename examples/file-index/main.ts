// Indexes the words of a directory with actors in several processes, kills one of them half-way, and proves by a second count
// without actors that nothing was lost and nothing counted twice. Exit code 0: it was so; 1: it was not; 2: cannot start.
import { relative } from 'node:path';
import { isTroupeError, type ErrorCode } from 'troupe';
import { createDisplay } from './display.ts';
import { cutIntoBatches, listFiles } from './files.ts';
import { indexWithActors, joinSystem } from './indexing.ts';
import { readOptions, type Options } from './options.ts';
import { describeComparison, describeListing, describeOutcome, findSame } from './report.ts';
import { indexInOneProcess } from './single-process.ts';

const CANNOT_START: readonly ErrorCode[] = [
  'TROUPE_CONFIGURATION',
  'TROUPE_LIMIT',
  'TROUPE_RUNTIME_DIRECTORY',
  'TROUPE_TRANSPORT_REACH',
  'TROUPE_TRANSPORT_UNAVAILABLE',
];
const INTERRUPTED = 130;

const options = readOptions(process.argv);
const display = createDisplay(process.stdout);
const stop = interruption();
try {
  process.exitCode = await run(options);
} catch (error) {
  display.clear();
  process.exitCode = explain(error);
}

async function run({ dir, processes, kill, query, transport }: Options): Promise<number> {
  await using system = await joinSystem(transport, display);
  const listing = await listFiles(dir);
  const batches = cutIntoBatches(listing.paths);
  display.note(describeListing(listing, shortest(dir), processes, system.transport));
  const outcome = await indexWithActors(system, batches, { processes, kill, query }, display, stop);
  await system.stop();
  display.clear();
  if (outcome === undefined) {
    console.error('every indexer has ended for good; nobody is left to count');
    return 1;
  }
  console.log(describeOutcome(outcome, listing));

  const startedAt = performance.now();
  const expected = await indexInOneProcess(
    batches,
    (done) => display.progress('counted again in a single process', done / batches.length),
    stop,
  );
  display.clear();
  console.log(describeComparison(outcome, expected, performance.now() - startedAt));
  return findSame(outcome, expected) ? 0 : 1;
}

/** Says what went wrong; the exit code for it. */
function explain(error: unknown): number {
  if (stop.aborted) {
    console.error('interrupted');
    return INTERRUPTED;
  }
  if (!isTroupeError(error)) throw error;
  console.error(error.message);
  return CANNOT_START.includes(error.code) ? 2 : 1;
}

/** A path as a person here would write it. */
function shortest(path: string): string {
  const fromHere = relative('', path);
  return fromHere === '' || fromHere.startsWith('..') ? path : fromHere;
}

/** Aborted when somebody wants this program to end, so that it can end what it started. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  // On, not once: log-update ends the process on a signal that nobody else listens to any more.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => controller.abort());
  return controller.signal;
}
