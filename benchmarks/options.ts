// The command line: what to measure, how long, and what to do with the results.
import { parseArgs } from 'node:util';
import type { Contender } from './contender.ts';
import { CONTENDERS } from './contenders.ts';
import { CELLS, type Cell } from './workload.ts';

export const USAGE = `npm run bench -- [options]

  --only NAMES       contenders, or parts of their names, separated by commas: --only unix,fork
  --cell NAMES       cells, or parts of their names: --cell one-way, --cell '64 B'
  --rounds N         how often each contender is measured in each cell; default 5
  --measure-ms N     how long one measurement takes; default so that all of them take about a minute
  --warm-up-ms N     how long each contender works in each cell before the first round; default 400
  --profile DIR      a CPU profile of every process, in a directory for each contender
  --json             the results as JSON on standard output, nothing else
  --save             write results of a run that leaves something out; a whole one is always written`;

export interface Options {
  readonly contenders: readonly Contender[];
  readonly cells: readonly Cell[];
  readonly rounds: number;
  readonly measureMs: number | undefined;
  readonly warmUpMs: number;
  readonly profile: string | undefined;
  readonly json: boolean;
  readonly save: boolean;
}

/** Throws a TypeError or RangeError whose message is for the person at the keyboard. */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      cell: { type: 'string' },
      rounds: { type: 'string' },
      'measure-ms': { type: 'string' },
      'warm-up-ms': { type: 'string' },
      profile: { type: 'string' },
      json: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return 'help';
  const contenders = choose(CONTENDERS, values.only, ({ name }) => name, '--only');
  const cells = choose(CELLS, values.cell, ({ measure, payload }) => `${measure} ${payload}`, '--cell');
  const chosen = [
    values.only,
    values.cell,
    values.rounds,
    values['measure-ms'],
    values['warm-up-ms'],
    values.profile,
  ];
  const isWhole = chosen.every((value) => value === undefined);
  return {
    contenders,
    cells,
    rounds: wholeNumber('--rounds', values.rounds) ?? 5,
    measureMs: wholeNumber('--measure-ms', values['measure-ms']),
    warmUpMs: wholeNumber('--warm-up-ms', values['warm-up-ms']) ?? 400,
    profile: values.profile,
    json: values.json,
    save: values.save || isWhole,
  };
}

function choose<Value>(
  all: readonly Value[],
  wanted: string | undefined,
  nameOf: (value: Value) => string,
  option: string,
): readonly Value[] {
  if (wanted === undefined) return all;
  const parts = wanted.split(',').map((part) => part.trim());
  const known = all.map(nameOf).join(', ');
  for (const part of parts) {
    if (part === '' || !all.some((value) => nameOf(value).includes(part)))
      throw new RangeError(`${option}: nothing is called '${part}'; there are ${known}`);
  }
  return all.filter((value) => parts.some((part) => nameOf(value).includes(part)));
}

function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new RangeError(`${option} is '${text}'; expected a whole number, 1 or more`);
}
