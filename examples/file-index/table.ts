// How things look: the table of processes, the table of words, numbers for people. Text in, text out; who prints it is elsewhere.
import Table from 'cli-table3';
import colors from 'picocolors';
import type { WordCount } from './word-index.ts';

/** One line of the table of processes. */
export interface ProcessRow {
  readonly label: string;
  readonly pid: number | undefined;
  readonly state: string;
  readonly files: number;
  readonly bytes: number;
  readonly messages: number;
  readonly depth: number;
  readonly restarts: number;
}

const LINES_ONLY = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ mid: '', 'mid-mid': '', 'left-mid': '', 'right-mid': '', left: ' ', right: '', middle: '  ' },
};

export function processTable(rows: readonly ProcessRow[]): string {
  const table = tableOf(['process', 'pid', 'state', 'files', 'MB', 'messages', 'depth', 'restarts'], [0, 2]);
  for (const row of rows) {
    table.push([
      row.label,
      String(row.pid ?? '-'),
      row.state === 'running' ? colors.green(row.state) : colors.yellow(row.state),
      whole(row.files),
      megabytes(row.bytes),
      whole(row.messages),
      whole(row.depth),
      row.restarts === 0 ? '0' : colors.yellow(String(row.restarts)),
    ]);
  }
  const sum = (value: (row: ProcessRow) => number): number =>
    rows.reduce((total, row) => total + value(row), 0);
  table.push(
    [
      ...['all', '', '', whole(sum((row) => row.files)), megabytes(sum((row) => row.bytes))],
      ...[
        whole(sum((row) => row.messages)),
        whole(sum((row) => row.depth)),
        whole(sum((row) => row.restarts)),
      ],
    ].map((cell) => colors.bold(cell)),
  );
  return table.toString();
}

export function wordTable(title: string, words: readonly WordCount[]): string {
  const table = tableOf([title, 'times', 'in files'], [0]);
  for (const { word, occurrences, files } of words) table.push([word, whole(occurrences), whole(files)]);
  return table.toString();
}

/** `41,203` */
export function whole(value: number): string {
  return value.toLocaleString('en');
}

/** `174.4` */
export function megabytes(bytes: number): string {
  return (bytes / 1e6).toLocaleString('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

function tableOf(head: readonly string[], leftAligned: readonly number[]): Table.Table {
  return new Table({
    head: head.map((title) => colors.dim(title)),
    colAligns: head.map((_, column) => (leftAligned.includes(column) ? 'left' : 'right')),
    chars: LINES_ONLY,
    // Colours are ours: those of the table would not ask NO_COLOR.
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
}
