// The same work in plain code: one process, no actors, nothing that can be lost. What the actors found is held against it.
import { add, indexBatch, NO_FILES, type Batch, type FileCounts } from './files.ts';
import { WordIndex, type IndexTotals } from './word-index.ts';

export interface Findings {
  readonly files: FileCounts;
  readonly words: IndexTotals;
}

/** Calls `progress` with the number of batches that are done. Rejects once `stop` is aborted. */
export async function indexInOneProcess(
  batches: readonly Batch[],
  progress: (done: number) => void,
  stop: AbortSignal,
): Promise<Findings> {
  const index = new WordIndex();
  let files = NO_FILES;
  for (const [position, batch] of batches.entries()) {
    files = add(files, await indexBatch(batch, index));
    progress(position + 1);
    stop.throwIfAborted();
  }
  return { files, words: index.totals() };
}
