// The nearest known word to a mistyped one, for error sentences. It only suggests; it never decides what was meant.
import { distance } from 'fastest-levenshtein';

/** ` Did you mean 'fifo'?`, with the space before it, or nothing when no candidate is near enough. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  let nearest: string | undefined;
  // A third of the word may be wrong, and in short words two letters: 'smh' is 'shm'.
  let nearestEdits = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    // Sharing no letter in place is no likeness: 'x' is no mistyped 'unix' although few edits apart.
    if (edits >= nearestEdits || edits >= Math.max(word.length, candidate.length)) continue;
    nearest = candidate;
    nearestEdits = edits;
  }
  return nearest === undefined ? '' : ` Did you mean '${nearest}'?`;
}
