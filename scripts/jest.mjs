// Runs both jest projects: `unit` from source, then `processes`, real child processes of the built code, one test file at a
// time. The results also go to a folder as JSON, and what they add up to can be asked of it.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { root, runInForeground } from './run.mjs';

const PROJECTS = [
  { name: 'unit', options: [] },
  { name: 'processes', options: ['--runInBand'] },
];

/** Where `npm test` leaves its results. */
export const resultsDirectory = join(root, '.cache/test-results');

/**
 * Runs both, the second also when the first fails.
 * @param {{ node?: string, args?: readonly string[], results?: string }} [options] the Node to run on (default: this one),
 * arguments for jest, and the folder for the results, emptied first
 * @returns {Promise<number>} the exit code: 0 when all passed
 */
export async function runJest({ node = process.execPath, args = [], results = resultsDirectory } = {}) {
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  // A test that starts `node` means the Node it runs on.
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}` };
  // A pattern among the arguments may mean files of one project only.
  const given = args.length > 0 ? ['--passWithNoTests', ...args] : [];
  let failed = 0;
  for (const { name, options } of PROJECTS) {
    const code = await runInForeground(
      node,
      [
        join(root, 'node_modules/jest/bin/jest.js'),
        ...['--selectProjects', name, ...options],
        ...['--json', `--outputFile=${join(results, `${name}.json`)}`],
        ...given,
      ],
      { env },
    );
    if (code > 128) return code; // ended by a signal: so does the rest
    failed ||= code;
  }
  return failed;
}

/**
 * Adds up the results of all projects. A file that could not run at all counts as one failed test.
 * @param {string} [results]
 */
export function countTests(results = resultsDirectory) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of existsSync(results) ? readdirSync(results) : []) {
    /** @type {Record<string, number>} */
    const result = JSON.parse(readFileSync(join(results, file), 'utf8'));
    counts.passed += result['numPassedTests'] ?? 0;
    counts.failed += (result['numFailedTests'] ?? 0) + (result['numRuntimeErrorTestSuites'] ?? 0);
    counts.skipped += (result['numPendingTests'] ?? 0) + (result['numTodoTests'] ?? 0);
  }
  return counts;
}
