// Results as tables in Markdown: how each goal stands, then a table a cell with a row for each contender, what it gave, and how
// that stands to the references.
import { BASELINES, CONTENDERS } from './contenders.ts';
import { judge, type Verdict } from './goals.ts';
import type { CellResult, Pace } from './interleave.ts';
import type { Machine } from './machine.ts';
import type { Measure, Sample } from './measure.ts';
import { MEASURES } from './measures.ts';
import { ratios, spread, type Spread } from './statistics.ts';
import { figure, table } from './table.ts';

export interface Results {
  readonly takenAt: string;
  readonly machine: Machine;
  readonly pace: Pace;
  readonly cells: readonly CellResult[];
}

export function formatResults(results: Results): string {
  const sections = MEASURES.map((measure) => section(results, measure)).filter((text) => text !== '');
  return [goals(results), ...sections, contenders(results), footer(results)]
    .filter((text) => text !== '')
    .join('\n\n');
}

export function formatMachine({ cpu, cores, memoryGiB, kernel, node, commit, versions }: Machine): string {
  const others = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${kernel}, Node ${node}, commit ${commit}; ${others.join(', ')}`;
}

function goals({ cells }: Results): string {
  const verdicts = judge(cells);
  if (verdicts.length === 0) return '';
  return ['### Goals', goalsTable(verdicts)].join('\n\n');
}

export function goalsTable(verdicts: readonly Verdict[]): string {
  return table(
    ['what', 'of', 'to', 'goal', 'measured', 'lowest .. highest', 'met'],
    verdicts.map(({ goal, median, min, max, isMet }) => [
      goal.what,
      goal.subject,
      goal.reference ?? '',
      `${goal.bound} ${goal.limit}${goal.unit ?? ''}`,
      figure(median),
      `${figure(min)} .. ${figure(max)}`,
      isMet ? 'yes' : 'no',
    ]),
    4,
  );
}

function section({ cells }: Results, measure: Measure): string {
  const own = cells.filter(({ cell }) => cell.measure === measure.name);
  if (own.length === 0) return '';
  const tables = own.flatMap((result) => [
    ...(result.cell.name === measure.name ? [] : [`**${result.cell.size}**`]),
    cellTable(result, measure),
  ]);
  const better = measure.better === 'higher' ? 'More is better.' : 'Less is better.';
  return [`### ${measure.title}`, `${sentence(measure.meaning)}. ${better}`, ...tables].join('\n\n');
}

function cellTable({ samples }: CellResult, { unit, better }: Measure): string {
  const baselines = BASELINES.filter((name) => name in samples);
  const values = (name: string): readonly number[] => (samples[name] ?? []).map(({ value }) => value);
  const hasTails = Object.values(samples).some((own) => own.some(({ p99 }) => p99 !== undefined));
  return table(
    ['', unit, 'lowest .. highest', ...(hasTails ? ['p99'] : []), ...baselines.map((name) => `x ${name}`)],
    Object.entries(samples).map(([name, own]) => {
      const { median, min, max } = spread(values(name));
      const compared = baselines.map((base) =>
        formatRatio(
          better === 'higher' ? ratios(values(name), values(base)) : ratios(values(base), values(name)),
        ),
      );
      return [
        name,
        figure(median),
        `${figure(min)} .. ${figure(max)}`,
        ...(hasTails ? [figure(tail(own))] : []),
        ...compared,
      ];
    }),
  );
}

function tail(samples: readonly Sample[]): number {
  return spread(samples.map(({ p99 }) => p99 ?? Number.NaN)).median;
}

function contenders({ cells }: Results): string {
  const present = CONTENDERS.filter(({ name }) => cells.some(({ samples }) => name in samples));
  return present.map(({ name, description }) => `- ${name}: ${description}`).join('\n');
}

function footer({ machine, pace, takenAt }: Results): string {
  return [
    `Medians of ${pace.rounds} rounds of ${pace.measureMs} ms each, contenders in turn in every round.`,
    'A ratio above 1 means better than the reference: it is the median of the ratios within each round, in brackets the lowest and the highest.',
    `Taken ${takenAt} on ${formatMachine(machine)}; load ${machine.loadAverage.toFixed(1)} before it began.`,
  ].join('\n');
}

function formatRatio({ median, min, max }: Spread): string {
  return `${figure(median)} (${figure(min)}-${figure(max)})`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
