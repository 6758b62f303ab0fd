// The benchmark: what a message costs from process to process, over every transport of Troupe and beside what Node has.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Entrant, Unavailable } from './entrant.ts';
import { measureCell, type CellResult, type Pace } from './interleave.ts';
import { thisMachine } from './machine.ts';
import { parseOptions, USAGE, type Options } from './options.ts';
import { formatMachine, formatResults, type Results } from './report.ts';

const RESULTS = join(import.meta.dirname, 'results');
// All measurements together; the rest of a run is starting processes and warming them up.
const WHOLE_RUN_MS = 60_000;
const LONGEST_MEASURE_MS = 400;

let options: Options | 'help';
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${(error as Error).message}\n\n${USAGE}`);
  process.exit(2);
}
if (options === 'help') console.log(USAGE);
else await run(options);

async function run(options: Options): Promise<void> {
  const machine = thisMachine();
  const say = (text: string): void => {
    if (!options.json) console.error(text);
  };
  say(formatMachine(machine));
  const entrants: Entrant[] = [];
  try {
    await startAll(options, entrants, say);
    const pace = paceFor(options, entrants.length);
    const cells: CellResult[] = [];
    for (const cell of options.cells) {
      say(`  ${cell.measure}, ${cell.payload}: ${pace.rounds} rounds, ${pace.measureMs} ms a contender`);
      cells.push(await measureCell(cell, entrants, pace));
    }
    finish({ takenAt: new Date().toISOString(), machine, pace, cells }, options);
  } finally {
    await Promise.all(entrants.map((entrant) => entrant.close()));
  }
}

/** Those that can take part are in `entrants` afterwards, also when this rejects. */
async function startAll(
  { contenders, profile }: Options,
  entrants: Entrant[],
  say: (text: string) => void,
): Promise<void> {
  const starts = await Promise.allSettled(contenders.map((contender) => Entrant.start(contender, profile)));
  for (const start of starts) if (start.status === 'fulfilled') entrants.push(start.value);
  for (const [index, start] of starts.entries()) {
    if (start.status === 'fulfilled') continue;
    if (!(start.reason instanceof Unavailable)) throw start.reason;
    say(`  ${contenders[index]?.name ?? ''} does not take part: ${start.reason.message}`);
  }
}

function paceFor({ rounds, cells, measureMs, warmUpMs }: Options, entrants: number): Pace {
  const fitting = Math.round(WHOLE_RUN_MS / (rounds * cells.length * entrants));
  return { rounds, warmUpMs, measureMs: measureMs ?? Math.min(LONGEST_MEASURE_MS, fitting) };
}

function finish(results: Results, { json, save }: Options): void {
  const text = formatResults(results);
  console.log(json ? JSON.stringify(results) : `\n${text}\n`);
  if (save) write(results, text);
}

function write(results: Results, text: string): void {
  const { takenAt, machine } = results;
  const name = `${takenAt.slice(0, 16).replaceAll(':', '')}-${machine.commit}.json`;
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, name), `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(join(RESULTS, 'latest.md'), `${text}\n\nEvery sample: [${name}](${name}).\n`);
  console.error(`  written to benchmarks/results/${name} and latest.md`);
}
