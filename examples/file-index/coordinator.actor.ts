// Holds the whole index. It hands batches to the indexers, a few at a time, adds up what they answer, and answers questions at
// any moment, for it never waits inside a handler: what an indexer answers comes back as a message to itself.
//
// A batch that went down with its process is handed out again, so an indexer may count it twice. It is added once: each
// batch is open until its first answer is accepted, and an answer for a batch that is not open is dropped.
import { ADDRESS, defineActor, type RefOf, type UntypedRef } from 'troupe';
import { add, NO_FILES, type Batch, type FileCounts } from './files.ts';
import type { Indexer, Part } from './indexer.actor.ts';
import type { Saboteur } from './saboteur.actor.ts';
import { WordIndex, type IndexTotals, type WordCount } from './word-index.ts';

export interface CoordinatorOptions {
  readonly indexers: readonly RefOf<typeof Indexer>[];
  /** Told to strike once so many batches are accepted. */
  readonly sabotage?: {
    readonly by: RefOf<typeof Saboteur>;
    readonly afterBatches: number;
  };
}

export interface IndexerProgress {
  readonly label: string;
  readonly files: FileCounts;
  /** Batches that were sent to it. */
  readonly messages: number;
}

export interface Progress {
  readonly batches: number;
  readonly accepted: number;
  /** Batches that had to be handed out again. */
  readonly repeated: number;
  readonly files: FileCounts;
  readonly indexers: readonly IndexerProgress[];
  /** Indexers that will not come back. */
  readonly ended: number;
}

interface IndexerRecord {
  readonly ref: RefOf<typeof Indexer>;
  readonly label: string;
  files: FileCounts;
  messages: number;
  /** Batches that it has not answered. */
  underWay: number;
  hasEnded: boolean;
}

interface State {
  readonly indexers: readonly IndexerRecord[];
  /** Until it has happened. */
  sabotage: CoordinatorOptions['sabotage'];
  readonly index: WordIndex;
  /** Batches that no answer was accepted for, by id. */
  readonly open: Map<number, Batch>;
  /** Those of them that no indexer has. */
  readonly queue: Batch[];
  batches: number;
  repeated: number;
  files: FileCounts;
}

// One to work on and one to go on with, so that no indexer waits for the way there and back.
const BATCHES_UNDER_WAY = 2;
// Only a process that hangs needs this long; one that dies is noticed at once.
const BATCH_TIMEOUT = '60s';

export const Coordinator = defineActor(import.meta.url, {
  init(context, { indexers, sabotage }: CoordinatorOptions): State {
    for (const indexer of indexers) context.watch(indexer);
    return {
      indexers: indexers.map((ref) => ({
        ref,
        label: ref[ADDRESS].label,
        files: NO_FILES,
        messages: 0,
        underWay: 0,
        hasEnded: false,
      })),
      sabotage,
      index: new WordIndex(),
      open: new Map(),
      queue: [],
      batches: 0,
      repeated: 0,
      files: NO_FILES,
    };
  },
  handlers: {
    add(state, batch: Batch, context) {
      state.batches += 1;
      state.open.set(batch.id, batch);
      state.queue.push(batch);
      handOut(state, context.self);
    },
    counted(state, { by, part }: { by: number; part: Part }, context) {
      const indexer = recordOf(state, by);
      indexer.underWay -= 1;
      if (state.open.delete(part.batch)) {
        indexer.files = add(indexer.files, part.files);
        state.files = add(state.files, part.files);
        state.index.merge(part.words);
      }
      handOut(state, context.self);
      // At somebody who has work, or nothing would be seen of it.
      if (state.sabotage === undefined || indexer.underWay === 0) return;
      if (state.batches - state.open.size < state.sabotage.afterBatches) return;
      state.sabotage.by.tell('strike', { label: indexer.label, pid: part.pid });
      state.sabotage = undefined;
    },
    lost(state, { by, batch, why }: { by: number; batch: number; why: string }, context) {
      recordOf(state, by).underWay -= 1;
      const lost = state.open.get(batch);
      if (lost === undefined) return;
      context.log.warn(`batch ${batch} is handed out again: ${why}`);
      state.repeated += 1;
      state.queue.unshift(lost);
      handOut(state, context.self);
    },
    progress(state): Progress {
      return {
        batches: state.batches,
        accepted: state.batches - state.open.size,
        repeated: state.repeated,
        files: state.files,
        indexers: state.indexers.map(({ label, files, messages }) => ({ label, files, messages })),
        ended: state.indexers.filter(({ hasEnded }) => hasEnded).length,
      };
    },
    lookUp: (state, word: string): WordCount => state.index.lookUp(word),
    top: (state, count: number): readonly WordCount[] => state.index.top(count),
    totals: (state): IndexTotals => state.index.totals(),
  },
  onDown(state, { ref }, context) {
    const ended = state.indexers.find((indexer) => String(indexer.ref) === String(ref));
    if (ended !== undefined) ended.hasEnded = true;
    handOut(state, context.self);
  },
});

/** Gives batches to whoever has the fewest, until all have enough or none is left. */
function handOut(state: State, self: UntypedRef): void {
  for (;;) {
    const free = state.indexers.filter(({ hasEnded, underWay }) => !hasEnded && underWay < BATCHES_UNDER_WAY);
    const [indexer] = free.sort((left, right) => left.underWay - right.underWay);
    const batch = indexer === undefined ? undefined : state.queue.shift();
    if (indexer === undefined || batch === undefined) return;
    const by = state.indexers.indexOf(indexer);
    indexer.underWay += 1;
    indexer.messages += 1;
    indexer.ref.ask('index', batch, { timeout: BATCH_TIMEOUT }).then(
      (part) => self.tell('counted', { by, part }),
      (error: unknown) =>
        self.tell('lost', {
          by,
          batch: batch.id,
          why: error instanceof Error ? error.message : String(error),
        }),
    );
  }
}

function recordOf(state: State, position: number): IndexerRecord {
  const record = state.indexers[position];
  if (record === undefined) throw new RangeError(`there is no indexer ${position}`);
  return record;
}
