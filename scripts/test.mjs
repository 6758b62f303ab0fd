// `npm test -- ARGS`: makes the workspace ready, then runs both jest projects with ARGS: `unit` from source, then `processes`,
// real child processes of the built code, one test file at a time. The results also go to .cache/test-results as JSON.
import { mkdirSync, rmSync } from 'node:fs';
import { bootstrap } from './bootstrap.mjs';
import { root, runInForeground } from './run.mjs';

await bootstrap();
const results = `${root}/.cache/test-results`;
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });

const projects = [
  { name: 'unit', options: [] },
  { name: 'processes', options: ['--runInBand'] },
];
const args = process.argv.slice(2);
let failed = false;
for (const { name, options } of projects) {
  const code = await runInForeground(process.execPath, [
    `${root}/node_modules/jest/bin/jest.js`,
    ...['--selectProjects', name, ...options],
    ...['--json', `--outputFile=${results}/${name}.json`],
    // A pattern among ARGS may mean files of one project only.
    ...(args.length > 0 ? ['--passWithNoTests', ...args] : []),
  ]);
  if (code > 128) process.exit(code);
  failed ||= code !== 0;
}
process.exit(failed ? 1 : 0);
