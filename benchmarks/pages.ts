// What the pages of the project say of the results: a table and a chart in README.md, the goals in docs/performance.md. Each page
// has a place for it between two comments; the rest of it is people's.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawChart, type Panel } from './chart.ts';
import { judge } from './goals.ts';
import type { CellResult } from './interleave.ts';
import { formatMachine, goalsTable, type Results } from './report.ts';
import { ratios, spread } from './statistics.ts';
import { figure, table } from './table.ts';

const BEGIN = '<!-- benchmark: begin; written by `npm run bench -- --pages` -->';
const END = '<!-- benchmark: end -->';
const CHART = 'benchmarks/results/chart.svg';

const NAMES = [
  ...['shm', 'unix', 'pipe', 'fifo', 'posix-mq', 'sysv-mq'].map((name) => `troupe ${name}`),
  ...['fork json', 'fork advanced', 'worker thread', 'unix socket', 'zeromq'],
];
const PANELS: readonly Panel[] = [
  { cell: 'one-way 64 B', title: 'One way, 64 B: messages a second (longer is better)', unit: '/s' },
  { cell: 'ask-busy 64 B', title: 'Ask while busy, 64 B: median round trip (shorter is better)', unit: 'us' },
];
const BASELINE = 'fork advanced';
const MIB_PER_MESSAGE = 1;
const WIDTH = 130;

/** Writes them into the clone whose root is `root`; what was written. */
export function writePages(root: string, results: Results): readonly string[] {
  writeFileSync(join(root, CHART), drawChart(results.cells, PANELS, NAMES));
  replace(join(root, 'README.md'), summary(results));
  replace(join(root, 'docs/performance.md'), goalsTable(judge(results.cells)));
  return [CHART, 'README.md', 'docs/performance.md'];
}

function replace(path: string, body: string): void {
  const text = readFileSync(path, 'utf8');
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${path} has no place between "${BEGIN}" and "${END}"`);
  writeFileSync(path, `${text.slice(0, begin + BEGIN.length)}\n\n${body}\n\n${text.slice(end)}`);
}

function summary({ cells, machine, takenAt }: Results): string {
  const rows = NAMES.filter((name) => cells.some(({ samples }) => name in samples)).map((name) => [
    name.startsWith('troupe') ? `**${name}**` : name,
    median(cells, 'one-way 64 B', name),
    ratio(cells, 'one-way 64 B', name),
    median(cells, 'ask-busy 64 B', name),
    median(cells, 'ask-from-sleep 64 B', name),
    median(cells, 'four-senders 64 B', name),
    median(cells, 'one-way 1 MiB', name, MIB_PER_MESSAGE),
  ]);
  const head = [
    '',
    'one way, /s',
    `x ${BASELINE}`,
    'ask busy, us',
    'ask from sleep, us',
    '4 to 1, /s',
    '1 MiB, MiB/s',
  ];
  return [
    table(head, rows),
    `![Messages a second one way, and round trips while busy, as bars](${CHART})`,
    wrapped(
      `Medians of one run on ${takenAt.slice(0, 10)}: ${formatMachine(machine)}. Messages of 64 B unless said.`,
    ),
  ].join('\n\n');
}

/** As lines that are no wider than those of the page. */
function wrapped(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && longer.length <= WIDTH) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.join('\n');
}

function values(cells: readonly CellResult[], cell: string, name: string): readonly number[] | undefined {
  const result = cells.find((candidate) => candidate.cell.name === cell);
  return result?.samples[name]?.map(({ value }) => value);
}

function median(cells: readonly CellResult[], cell: string, name: string, factor = 1): string {
  const own = values(cells, cell, name);
  return own === undefined ? '' : figure(spread(own).median * factor);
}

function ratio(cells: readonly CellResult[], cell: string, name: string): string {
  const own = values(cells, cell, name);
  const base = values(cells, cell, BASELINE);
  return own === undefined || base === undefined ? '' : figure(ratios(own, base).median);
}
