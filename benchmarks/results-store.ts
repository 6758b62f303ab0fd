// Where results are kept: every sample as JSON, and the tables of the latest.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatResults, type Results } from './report.ts';

/** Writes them under `root`, the folder of the benchmarks; what was written, for people. */
export function saveResults(root: string, results: Results): readonly string[] {
  const { takenAt, machine } = results;
  const name = `${takenAt.slice(0, 16).replaceAll(':', '')}-${machine.commit}.json`;
  const folder = join(root, 'results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(
    join(folder, 'latest.md'),
    `${formatResults(results)}\n\nEvery sample: [${name}](${name}).\n`,
  );
  return [name, 'latest.md'].map((file) => `benchmarks/results/${file}`);
}

export function readResults(path: string): Results {
  return JSON.parse(readFileSync(path, 'utf8')) as Results;
}
