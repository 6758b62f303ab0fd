// The command line: what to measure, how long, and what to do with the results.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CELLS, isInWholeRun } from './cells.ts';
import { allContenders } from './contenders.ts';
import type { CellPlan } from './interleave.ts';
import { measureNamed } from './measures.ts';

export const USAGE = `npm run bench -- [options]

  --only NAMES       contenders, or parts of their names, separated by commas: --only unix,fork
  --cell NAMES       cells, or parts of their names: --cell one-way, --cell '64 KiB'
  --list             the names of cells and contenders, and what a whole run measures
  --rounds N         how often each contender is measured in each cell; default 5
  --measure-ms N     how long one measurement takes; default so that the whole takes less than five minutes
  --warm-up-ms N     processor time that each contender gets in each cell before the first round; default 600
  --with FILE        a module whose \`contenders\` take part as well, in cells asked for with --cell
  --profile DIR      a CPU profile of every process, in a directory for each contender and cell
  --json             the results as JSON on standard output, nothing else
  --save             write results of a run that leaves something out; a whole one is always written
  --from FILE        measure nothing: results as they were written earlier
  --pages            put tables and chart into README.md and docs/performance.md: a whole run's, or those of --from`;

export interface Options {
  readonly plan: readonly CellPlan[];
  readonly rounds: number;
  readonly measureMs: number | undefined;
  readonly warmUpMs: number;
  readonly module: string | undefined;
  readonly profile: string | undefined;
  readonly list: boolean;
  readonly json: boolean;
  readonly save: boolean;
  /** A file with results. */
  readonly from: string | undefined;
  readonly pages: boolean;
}

/** Rejects with a TypeError or RangeError whose message is for the person at the keyboard. */
export async function parseOptions(args: readonly string[]): Promise<Options | 'help'> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      cell: { type: 'string' },
      list: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      'measure-ms': { type: 'string' },
      'warm-up-ms': { type: 'string' },
      with: { type: 'string' },
      profile: { type: 'string' },
      json: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      from: { type: 'string' },
      pages: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return 'help';
  const module = values.with === undefined ? undefined : resolve(values.with);
  const limiting = ['only', 'cell', 'rounds', 'measure-ms', 'warm-up-ms', 'with', 'profile'] as const;
  const isWhole = limiting.every((option) => values[option] === undefined);
  if (values.pages && !isWhole && values.from === undefined)
    throw new RangeError('--pages: the pages show a whole run; leave out what makes this one less');
  return {
    plan: await planFor(values.cell, values.only, module),
    rounds: wholeNumber('--rounds', values.rounds) ?? 5,
    measureMs: wholeNumber('--measure-ms', values['measure-ms']),
    warmUpMs: wholeNumber('--warm-up-ms', values['warm-up-ms']) ?? 600,
    module,
    profile: values.profile,
    list: values.list,
    json: values.json,
    save: values.save || isWhole,
    from: values.from === undefined ? undefined : resolve(values.from),
    pages: values.pages,
  };
}

async function planFor(
  cells: string | undefined,
  only: string | undefined,
  module: string | undefined,
): Promise<readonly CellPlan[]> {
  const contenders = choose(await allContenders(module), only, '--only');
  const plan = choose(CELLS, cells, '--cell').map((cell) => {
    const measure = measureNamed(cell.measure);
    const present = contenders.filter((contender) =>
      cells === undefined ? isInWholeRun(cell, contender.name) : measure.fits(contender),
    );
    return { cell, measure, contenders: present };
  });
  return plan.filter(({ contenders }) => contenders.length > 0);
}

function choose<Value extends { readonly name: string }>(
  all: readonly Value[],
  wanted: string | undefined,
  option: string,
): readonly Value[] {
  if (wanted === undefined) return all;
  const parts = wanted.split(',').map((part) => part.trim());
  const chosen = parts.flatMap((part) => {
    const whole = all.filter(({ name }) => name === part);
    const meant = whole.length > 0 ? whole : all.filter(({ name }) => part !== '' && name.includes(part));
    if (meant.length > 0) return meant;
    const known = all.map(({ name }) => name).join(', ');
    throw new RangeError(`${option}: nothing is called '${part}'; there are ${known}`);
  });
  return all.filter((value) => chosen.includes(value));
}

function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new RangeError(`${option} is '${text}'; expected a whole number, 1 or more`);
}
