// How often each word occurs, and in how many files. Parts that were counted apart add up to the whole, in any order; it knows
// nothing of files or actors.
import { createHash } from 'node:crypto';
import { tokenise } from './tokenise.ts';

/** What is known of one word. */
export interface WordCount {
  readonly word: string;
  readonly occurrences: number;
  readonly files: number;
}

/** An index as it travels: three columns of the same length, which pack smaller and faster than an object a word. */
export interface WordColumns {
  readonly words: readonly string[];
  readonly occurrences: readonly number[];
  readonly files: readonly number[];
}

export interface IndexTotals {
  /** Words, each counted as often as it occurs. */
  readonly occurrences: number;
  readonly different: number;
  /** The same for two indexes only if every word has the same counts in both. */
  readonly fingerprint: string;
}

interface Entry {
  occurrences: number;
  files: number;
  /** Number of the text that it was last seen in. */
  lastText: number;
}

export class WordIndex {
  readonly #entries = new Map<string, Entry>();
  #texts = 0;

  /** Counts the words of one file. */
  addText(text: string): void {
    const number = (this.#texts += 1);
    for (const word of tokenise(text)) {
      const entry = this.#entries.get(word);
      if (entry === undefined) {
        this.#entries.set(word, { occurrences: 1, files: 1, lastText: number });
        continue;
      }
      entry.occurrences += 1;
      if (entry.lastText !== number) entry.files += 1;
      entry.lastText = number;
    }
  }

  /** Adds what was counted elsewhere, of other files. */
  merge({ words, occurrences, files }: WordColumns): void {
    words.forEach((word, row) => {
      const entry = this.#entries.get(word) ?? { occurrences: 0, files: 0, lastText: 0 };
      entry.occurrences += occurrences[row] ?? 0;
      entry.files += files[row] ?? 0;
      this.#entries.set(word, entry);
    });
  }

  columns(): WordColumns {
    const entries = [...this.#entries.values()];
    return {
      words: [...this.#entries.keys()],
      occurrences: entries.map((entry) => entry.occurrences),
      files: entries.map((entry) => entry.files),
    };
  }

  lookUp(word: string): WordCount {
    const { occurrences, files } = this.#entries.get(word.toLowerCase()) ?? { occurrences: 0, files: 0 };
    return { word, occurrences, files };
  }

  /** The `count` words that occur most often; among equals, in the order of the alphabet. */
  top(count: number): readonly WordCount[] {
    let best: readonly WordCount[] = [];
    for (const [word, { occurrences, files }] of this.#entries) {
      const last = best.length < count ? undefined : best.at(-1);
      if (last !== undefined && occurrences < last.occurrences) continue;
      best = [...best, { word, occurrences, files }].sort(byFrequency).slice(0, count);
    }
    return best;
  }

  totals(): IndexTotals {
    const hash = createHash('sha256');
    let total = 0;
    for (const word of [...this.#entries.keys()].sort()) {
      const { occurrences, files } = this.lookUp(word);
      total += occurrences;
      hash.update(`${word} ${occurrences} ${files}\n`);
    }
    return { occurrences: total, different: this.#entries.size, fingerprint: hash.digest('hex') };
  }
}

function byFrequency(left: WordCount, right: WordCount): number {
  return right.occurrences - left.occurrences || (left.word < right.word ? -1 : 1);
}
