// What the example says at the end: what was found, by whom, and whether a single process finds the same.
import colors from 'picocolors';
import type { Listing } from './files.ts';
import type { Outcome } from './indexing.ts';
import type { Findings } from './single-process.ts';
import { megabytes, processTable, whole, wordTable } from './table.ts';

export function describeListing(
  listing: Listing,
  directory: string,
  processes: number,
  transport: string,
): string {
  return `${colors.bold(`${whole(listing.paths.length)} files`)} in ${directory}, ${processes} processes over ${transport}`;
}

export function describeOutcome(outcome: Outcome, { sourceMaps, unreadableDirectories }: Listing): string {
  const { files, words, account, repeated } = outcome;
  const unreadable = files.unreadable + unreadableDirectories;
  return [
    `\n${processTable(outcome.rows)}`,
    `\n${wordTable('top words', outcome.top)}`,
    ...(outcome.answers.length > 0 ? [`\n${wordTable('asked for', outcome.answers)}`] : []),
    `\n ${colors.dim('files')}     ${whole(files.indexed)} indexed; left out: ${whole(files.binary)} binary, ${whole(sourceMaps)} source maps, ${whole(unreadable)} unreadable`,
    ` ${colors.dim('words')}     ${whole(words.occurrences)}, ${whole(words.different)} of them different, in ${megabytes(files.bytes)} MB`,
    ` ${colors.dim('batches')}   ${whole(repeated)} lost and handed out again, none counted twice`,
    ` ${colors.dim('messages')}  ${whole(account.sent)} sent = ${whole(account.delivered)} delivered + ${whole(account.dead)} dead + ${whole(account.lost)} lost + ${whole(account.waiting)} waiting\n`,
  ].join('\n');
}

/** `elapsedMs` is what the single process took. */
export function describeComparison(outcome: Outcome, expected: Findings, elapsedMs: number): string {
  const restarts = outcome.rows.reduce((sum, row) => sum + row.restarts, 0);
  const killed = restarts === 0 ? '' : ', one of them killed on the way';
  const times = `${outcome.rows.length} processes took ${seconds(outcome.elapsedMs)}${killed}; a single one took ${seconds(elapsedMs)}`;
  const verdict = findSame(outcome, expected)
    ? colors.green(`totals equal those of a single process: ${describe(expected)}`)
    : colors.red(
        `totals differ from those of a single process:\n   actors          ${describe(outcome)}\n   single process  ${describe(expected)}`,
      );
  return ` ${times}\n ${verdict}`;
}

/** Whether both counted the same files, and every word the same number of times. */
export function findSame(left: Findings, right: Findings): boolean {
  return (
    left.words.fingerprint === right.words.fingerprint &&
    left.files.indexed === right.files.indexed &&
    left.files.bytes === right.files.bytes
  );
}

function describe({ files, words }: Findings): string {
  return `${whole(files.indexed)} files, ${whole(files.bytes)} bytes, ${whole(words.occurrences)} words, ${whole(words.different)} different`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
