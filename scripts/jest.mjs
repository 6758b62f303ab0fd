// Runs both jest projects: `unit` from source, then `processes`, real child processes of the built code, one test file at a
// time; or two, where each can have kernel objects of its own: they mostly wait. The results also go to a folder as JSON, and
// what they add up to can be asked of it.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { canBePrivate, privately } from './private-objects.mjs';
import { root, runInForeground, runQuietly } from './run.mjs';

const JEST = join(root, 'node_modules/jest/bin/jest.js');

// Counts what belongs to a user or the machine as a whole: nothing else may run beside it.
const ALONE = /\.alone\.test\.ts$/;

const QUEUES = /posix-mq|transport-mq/;

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
  // A test that starts `node` means the Node it runs on. Two at once must not both move about a terminal.
  const env = {
    ...process.env,
    PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}`,
    TERM: 'dumb',
  };
  /** @type {(name: string, words: readonly string[]) => [string, ...string[]]} */
  const jest = (name, words) => [
    node,
    JEST,
    '--json',
    `--outputFile=${join(results, `${name}.json`)}`,
    ...words,
  ];
  /** @param {readonly string[]} words */
  const run = ([command = '', ...words]) => runInForeground(command, words, { env });

  // A pattern among the arguments may mean files of one project only.
  const given = args.length > 0 ? ['--passWithNoTests', ...args] : [];
  const unit = await run(jest('unit', ['--selectProjects', 'unit', ...given]));
  if (unit > 128) return unit; // ended by a signal: so does the rest
  const oneByOne = ['--selectProjects', 'processes', '--runInBand'];
  if (args.length > 0 || !(await canBePrivate()))
    return (await run(jest('processes', [...oneByOne, ...given]))) || unit;

  const files = await listTests(node, oneByOne);
  const [first = [], second = []] = halves(files.filter((file) => !ALONE.test(file)));
  const codes = await Promise.all(
    [first, second].map((half, index) =>
      run(privately(...jest(`processes-${index + 1}`, [...oneByOne, '--runTestsByPath', ...half]))),
    ),
  );
  const alone = files.filter((file) => ALONE.test(file));
  codes.push(await run(jest('processes-alone', [...oneByOne, '--runTestsByPath', ...alone])));
  return codes.find((code) => code !== 0) ?? unit;
}

/**
 * @param {string} node
 * @param {readonly string[]} words
 * @returns {Promise<string[]>} absolute paths
 */
async function listTests(node, words) {
  const { code, output } = await runQuietly(node, [JEST, '--listTests', '--json', ...words]);
  if (code !== 0) throw new Error(output);
  return JSON.parse(output.slice(output.indexOf('['), output.lastIndexOf(']') + 1));
}

/**
 * Those that make POSIX queues are in one half: their bytes are counted for the user, whoever sees them.
 * @param {readonly string[]} files
 */
function halves(files) {
  /** @param {string} file */
  const makesQueues = (file) => QUEUES.test(file) || QUEUES.test(readFileSync(file, 'utf8'));
  const ordered = [...files].sort();
  const first = ordered.filter(makesQueues);
  /** @type {string[]} */
  const second = [];
  for (const file of ordered)
    if (!first.includes(file)) (second.length <= first.length ? second : first).push(file);
  return [first, second];
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
