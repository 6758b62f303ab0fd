// `npm run test:nodes -- 22 24`: runs all tests on other versions of Node, the oldest that is supported among them. Each comes
// from the npm registry as a package that holds the binary and is kept in .cache; remove it there to get a newer patch.
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { countTests, runJest } from './jest.mjs';
import { root, runQuietly, secondsSince } from './run.mjs';

/** What is downloaded for a major version; of the oldest it is the very first that is supported. */
const VERSIONS = new Map([
  ['20', '20.19.0'],
  ['22', '22'],
  ['24', '24'],
  ['26', '26'],
]);

const majors = process.argv.length > 2 ? process.argv.slice(2) : [...VERSIONS.keys()];
await bootstrap();

const rows = [];
let failed = false;
for (const major of majors) {
  const node = await nodeBinary(major);
  const version = (await must(runQuietly(node, ['--version']))).trim();
  console.log(`\nNode ${version}`);
  const startedAt = performance.now();
  const results = join(root, '.cache', `test-results-node-${major}`);
  const code = await runJest({ node, results });
  if (code > 128) process.exit(code);
  failed ||= code !== 0;
  rows.push({ node: version, ...countTests(results), time: secondsSince(startedAt) });
}
console.table(rows);
process.exit(failed ? 1 : 0);

/**
 * @param {string} major
 * @returns {Promise<string>} path of the binary, downloaded when it is not there
 */
async function nodeBinary(major) {
  const directory = join(root, '.cache', `node-${major}`);
  const node = join(directory, 'node');
  if (existsSync(node)) return node;
  const incomplete = `${directory}.incomplete`;
  rmSync(incomplete, { recursive: true, force: true });
  mkdirSync(incomplete, { recursive: true });
  const name = `node-linux-${process.arch}@${VERSIONS.get(major) ?? major}`;
  console.log(`downloading ${name}`);
  await must(runQuietly('npm', ['pack', name, '--pack-destination', incomplete]));
  const [tarball = ''] = readdirSync(incomplete);
  const unpack = ['-xzf', tarball, '--strip-components=2', 'package/bin/node'];
  await must(runQuietly('tar', unpack, { cwd: incomplete }));
  rmSync(join(incomplete, tarball));
  chmodSync(join(incomplete, 'node'), 0o755);
  renameSync(incomplete, directory);
  return node;
}

/** @param {Promise<{ code: number, output: string }>} running */
async function must(running) {
  const { code, output } = await running;
  if (code === 0) return output;
  console.error(output);
  process.exit(1);
}
