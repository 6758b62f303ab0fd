// The benchmark: what a message costs from process to process, over every transport of Troupe and beside what else there is.
import { join } from 'node:path';
import { CELLS, isInWholeRun } from './cells.ts';
import { CONTENDERS } from './contenders.ts';
import { measureCell, type CellResult, type Pace } from './interleave.ts';
import { thisMachine } from './machine.ts';
import { writePages } from './pages.ts';
import { parseOptions, USAGE, type Options } from './options.ts';
import { formatMachine, formatResults, type Results } from './report.ts';
import { readResults, saveResults } from './results-store.ts';

const ROOT = join(import.meta.dirname, '../..');
// All measurements together; the rest of a run is starting processes.
const WHOLE_RUN_MS = 150_000;
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
else finish(options.from === undefined ? await run(options) : readResults(options.from), options);

async function run(options: Options): Promise<Results> {
  const machine = thisMachine(ROOT);
  console.error(formatMachine(machine));
  const pace = paceFor(options);
  const absent = new Set<string>();
  const onAbsent = (contender: string, reason: string): void => {
    if (!absent.has(contender)) console.error(`  ${contender} does not take part: ${reason}`);
    absent.add(contender);
  };
  const cells: CellResult[] = [];
  for (const plan of options.plan) {
    const contenders = plan.contenders.filter(({ name }) => !absent.has(name));
    if (contenders.length === 0) continue;
    const startedAt = performance.now();
    cells.push(await measureCell({ ...plan, contenders }, pace, options, onAbsent));
    const seconds = (performance.now() - startedAt) / 1000;
    console.error(
      `  ${plan.cell.name}: ${pace.rounds} rounds of ${pace.measureMs} ms a contender (${seconds.toFixed(1)} s)`,
    );
  }
  return { takenAt: new Date().toISOString(), machine, pace, cells };
}

function finish(results: Results, { json, save, from, pages }: Options): void {
  console.log(json ? JSON.stringify(results) : `\n${formatResults(results)}\n`);
  const written = [
    ...(save && from === undefined ? saveResults(ROOT, results) : []),
    ...(pages ? writePages(join(ROOT, '..'), results) : []),
  ];
  if (written.length > 0) console.error(`  written: ${written.join(', ')}`);
}

function paceFor({ rounds, plan, measureMs, warmUpMs }: Options): Pace {
  const slots = plan.reduce((sum, { contenders }) => sum + contenders.length, 0);
  const fitting = Math.round((WHOLE_RUN_MS / slots - warmUpMs) / rounds);
  return { rounds, warmUpMs, measureMs: measureMs ?? Math.min(LONGEST_MEASURE_MS, Math.max(1, fitting)) };
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
