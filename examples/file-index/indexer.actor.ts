// One process that counts words. It keeps nothing between two batches: what it has counted it hands over with the answer, so
// that whoever ends this process takes at most the batches at hand with it.
import { defineActor } from 'troupe';
import { indexBatch, type Batch, type FileCounts } from './files.ts';
import { WordIndex, type WordColumns } from './word-index.ts';

/** A batch, counted. */
export interface Part {
  readonly batch: number;
  /** Process that counted it. */
  readonly pid: number;
  readonly files: FileCounts;
  readonly words: WordColumns;
}

export const Indexer = defineActor(import.meta.url, {
  handlers: {
    async index(_state: undefined, batch: Batch): Promise<Part> {
      const index = new WordIndex();
      const files = await indexBatch(batch, index);
      return { batch: batch.id, pid: process.pid, files, words: index.columns() };
    },
  },
});
