// The actors at work: starts them, feeds the coordinator, shows how it goes, asks it what was found, and stops everything.
import { setTimeout as pause } from 'node:timers/promises';
import colors from 'picocolors';
import { createSystem, oneForOne, type AccountSnapshot, type ActorSystem, type Logger } from 'troupe';
import { Coordinator, type Progress } from './coordinator.actor.ts';
import type { Display } from './display.ts';
import type { Batch } from './files.ts';
import { Indexer } from './indexer.actor.ts';
import { Saboteur } from './saboteur.actor.ts';
import type { Findings } from './single-process.ts';
import { processTable, whole, type ProcessRow } from './table.ts';
import type { WordCount } from './word-index.ts';

export interface Task {
  /** Indexers, each in a process of its own. */
  readonly processes: number;
  /** Whether one of them is killed half-way. */
  readonly kill: boolean;
  /** Words to look up at the end. */
  readonly query: readonly string[];
}

export interface Outcome extends Findings {
  readonly rows: readonly ProcessRow[];
  readonly repeated: number;
  readonly top: readonly WordCount[];
  readonly answers: readonly WordCount[];
  readonly account: AccountSnapshot;
  /** From the first batch handed out to the last one accepted. */
  readonly elapsedMs: number;
}

const SHOW_EVERY_MS = 100;
const TOP_WORDS = 10;
// Much is sent here and few processes are joined; where memory is short, the log says what is used instead.
const LIKED_BEST = ['shm', 'unix'];

/** Rejects with TROUPE_CONFIGURATION and the like when the system cannot be started as it was asked for. */
export async function joinSystem(transport: string | undefined, display: Display): Promise<ActorSystem> {
  const note = (line: string): void => display.note(colors.yellow(line));
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  return createSystem({ name: 'file-index', logger, transport: transport ?? LIKED_BEST });
}

/** Resolves with what the actors found; with undefined when every indexer ended for good. Rejects once `stop` is aborted. */
export async function indexWithActors(
  system: ActorSystem,
  batches: readonly Batch[],
  task: Task,
  display: Display,
  stop: AbortSignal,
): Promise<Outcome | undefined> {
  const supervise = oneForOne({ restarts: 5, within: '10s', backoff: ['100ms', '2s'] });
  const indexers = await Promise.all(
    Array.from({ length: task.processes }, () => system.spawn(Indexer, { in: 'process', supervise })),
  );
  const startedAt = performance.now();
  const sabotage = task.kill
    ? { by: await system.spawn(Saboteur), afterBatches: Math.ceil(batches.length / 2) }
    : undefined;
  const coordinator = await system.spawn(Coordinator, {
    args: { indexers, ...(sabotage === undefined ? {} : { sabotage }) },
  });
  for (const batch of batches) if (!coordinator.tell('add', batch)) await coordinator.ready();

  for (;;) {
    stop.throwIfAborted();
    const progress = await coordinator.ask('progress');
    const rows = rowsOf(system, progress);
    if (progress.accepted === batches.length) {
      const elapsedMs = performance.now() - startedAt;
      const [words, top, ...answers] = await Promise.all([
        coordinator.ask('totals'),
        coordinator.ask('top', TOP_WORDS),
        ...task.query.map((word) => coordinator.ask('lookUp', word)),
      ]);
      const { files, repeated } = progress;
      return { rows, files, repeated, words, top, answers, account: system.account(), elapsedMs };
    }
    if (progress.ended === indexers.length) return undefined;
    const { indexed } = progress.files;
    display.progress(`${whole(indexed)} files`, progress.accepted / batches.length, processTable(rows));
    await pause(SHOW_EVERY_MS, undefined, { signal: stop });
  }
}

/** What the coordinator counted, beside what the system knows of each process. */
function rowsOf(system: ActorSystem, progress: Progress): readonly ProcessRow[] {
  const actors = new Map(system.actors().map((actor) => [actor.label, actor]));
  return progress.indexers.map(({ label, files, messages }) => {
    const { pid, state = 'ended', depth = 0, restarts = 0 } = actors.get(label) ?? {};
    return { label, pid, state, files: files.indexed, bytes: files.bytes, messages, depth, restarts };
  });
}
