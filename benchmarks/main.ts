// The benchmark: what a message costs from process to process, over every transport of Troupe and beside what else there is.
import { join } from 'node:path';
import { CELLS, isInWholeRun } from './cells.ts';
import { CONTENDERS } from './contenders.ts';
import { measureCell, type CellResult, type Pace } from './interleave.ts';
import { thisMachine } from './machine.ts';
import { parseOptions, USAGE, type Options } from './options.ts';
import { formatMachine, formatResults, type Results } from './report.ts';
import { saveResults } from './results-store.ts';

const ROOT = join(import.meta.dirname, '../..');
// All measurements together; the rest of a run is starting processes.
const WHOLE_RUN_MS = 180_000;
const LONGEST_MEASURE_MS = 400;

let options: Options | 'help';
try {
  options = await parseOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${(error as Error).message}\n\n${USAGE}`);
  process.exit(2);
}
if (options === 'help') console.log(USAGE);
else if (options.list) list();
else await run(options);

async function run(options: Options): Promise<void> {
  const machine = thisMachine(ROOT);
  const say = (text: string): void => {
    if (!options.json) console.error(text);
  };
  say(formatMachine(machine));
  const pace = paceFor(options);
  const absent = new Set<string>();
  const onAbsent = (contender: string, reason: string): void => {
    if (!absent.has(contender)) say(`  ${contender} does not take part: ${reason}`);
    absent.add(contender);
  };
  const cells: CellResult[] = [];
  for (const plan of options.plan) {
    const contenders = plan.contenders.filter(({ name }) => !absent.has(name));
    if (contenders.length === 0) continue;
    const startedAt = performance.now();
    cells.push(await measureCell({ ...plan, contenders }, pace, options, onAbsent));
    const seconds = (performance.now() - startedAt) / 1000;
    say(
      `  ${plan.cell.name}: ${pace.rounds} rounds of ${pace.measureMs} ms a contender (${seconds.toFixed(1)} s)`,
    );
  }
  const results: Results = { takenAt: new Date().toISOString(), machine, pace, cells };
  console.log(options.json ? JSON.stringify(results) : `\n${formatResults(results)}\n`);
  if (options.save) say(`  written to ${saveResults(ROOT, results)}`);
}

function paceFor({ rounds, plan, measureMs, warmUpMs }: Options): Pace {
  const slots = plan.reduce((sum, { contenders }) => sum + contenders.length * (rounds + 1), 0);
  const duration = measureMs ?? Math.min(LONGEST_MEASURE_MS, Math.round(WHOLE_RUN_MS / slots));
  return { rounds, measureMs: duration, warmUpMs: warmUpMs ?? duration };
}

function list(): void {
  console.log(
    `Contenders: ${CONTENDERS.map(({ name }) => name).join(', ')}\n\nCells, and who is in them in a whole run:`,
  );
  for (const cell of CELLS) {
    const present = CONTENDERS.filter(({ name }) => isInWholeRun(cell, name)).map(({ name }) => name);
    console.log(`  ${cell.name.padEnd(22)} ${present.join(', ') || '(only when asked for)'}`);
  }
}
