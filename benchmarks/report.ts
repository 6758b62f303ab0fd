// Results as tables in Markdown: a row for each contender, what it gave, and how that stands to the references.
import { BASELINES, CONTENDERS } from './contenders.ts';
import type { CellResult, Pace } from './interleave.ts';
import type { Machine } from './machine.ts';
import type { Sample } from './measure.ts';
import { ratios, spread, type Spread } from './statistics.ts';
import { MEANINGS, PAYLOADS, type PayloadSize } from './workload.ts';

export interface Results {
  readonly takenAt: string;
  readonly machine: Machine;
  readonly pace: Pace;
  readonly cells: readonly CellResult[];
}

type Row = readonly string[];

export function formatResults(results: Results): string {
  const sections = PAYLOADS.map((payload) => section(results, payload)).filter((text) => text !== '');
  return [...sections, contenders(results), footer(results)].join('\n\n');
}

export function formatMachine({ cpu, cores, kernel, node, commit, loadAverage }: Machine): string {
  const load = `load ${loadAverage.toFixed(1)} before it began`;
  return `${cpu}, ${cores} cores, ${load}, ${kernel}, Node ${node}, commit ${commit}`;
}

function section({ cells }: Results, payload: PayloadSize): string {
  const tables: string[] = [];
  for (const result of cells) {
    if (result.cell.payload !== payload) continue;
    const isOneWay = result.cell.measure === 'one-way';
    tables.push(`**${isOneWay ? 'One way' : 'Round trip'}**: ${MEANINGS[result.cell.measure]}`);
    tables.push(isOneWay ? oneWayTable(result) : roundTripTable(result));
  }
  return tables.length === 0 ? '' : [`### ${payload}`, `${MEANINGS[payload]}.`, ...tables].join('\n\n');
}

function oneWayTable({ samples }: CellResult): string {
  const rate = (sample: Sample): number => sample.perSecond;
  const baselines = BASELINES.filter((name) => name in samples);
  return table(
    ['', 'messages/s', 'lowest .. highest', ...baselines.map((name) => `x ${name}`)],
    Object.entries(samples).map(([name, own]) => {
      const { median, min, max } = spread(own.map(rate));
      const compared = baselines.map((base) => ratio(own.map(rate), (samples[base] ?? []).map(rate)));
      return [name, count(median), `${count(min)} .. ${count(max)}`, ...compared];
    }),
  );
}

function roundTripTable({ samples }: CellResult): string {
  const p50 = (sample: Sample): number => sample.p50 ?? Number.NaN;
  const p99 = (sample: Sample): number => sample.p99 ?? Number.NaN;
  const baselines = BASELINES.filter((name) => name in samples);
  return table(
    ['', 'p50 us', 'lowest .. highest', 'p99 us', ...baselines.map((name) => `x ${name}`)],
    Object.entries(samples).map(([name, own]) => {
      const { median, min, max } = spread(own.map(p50));
      // Shorter is better: how often the own time goes into the other's.
      const compared = baselines.map((base) => ratio((samples[base] ?? []).map(p50), own.map(p50)));
      return [
        name,
        time(median),
        `${time(min)} .. ${time(max)}`,
        time(spread(own.map(p99)).median),
        ...compared,
      ];
    }),
  );
}

function contenders({ cells }: Results): string {
  const present = CONTENDERS.filter(({ name }) => cells.some(({ samples }) => name in samples));
  return present.map(({ name, description }) => `- ${name}: ${description}`).join('\n');
}

function footer({ machine, pace, takenAt }: Results): string {
  return [
    `Medians of ${pace.rounds} rounds of ${pace.measureMs} ms each, contenders in turn in every round, two processes each.`,
    'A ratio above 1 means better than the reference: it is the median of the ratios within each round, in brackets the lowest and the highest.',
    `Taken ${takenAt} on ${formatMachine(machine)}.`,
  ].join('\n');
}

/** Columns as wide as their widest cell; the first to the left, the others to the right. */
function table(head: Row, rows: readonly Row[]): string {
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: Row): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

function ratio(ours: readonly number[], theirs: readonly number[]): string {
  const { median, min, max }: Spread = ratios(ours, theirs);
  return `${median.toFixed(2)} (${min.toFixed(2)}-${max.toFixed(2)})`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function time(us: number): string {
  return us.toFixed(us < 100 ? 1 : 0);
}
