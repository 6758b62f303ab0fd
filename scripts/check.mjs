// `npm run check`: everything that can be said about the workspace without running it, cheapest first, one line a step; stops
// at the first that fails and shows what it said. `npm run check -- --only lint,types` runs some of them.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bootstrap } from './bootstrap.mjs';
import { root, runQuietly, secondsSince } from './run.mjs';

/** @param {string} name of a command that a development dependency brings */
const tool = (name) => join(root, 'node_modules/.bin', name);

/** @param {string} name of a file beside this one */
const script = (name) => join(root, 'scripts', name);

const sources = ['packages', 'examples', 'benchmarks'].filter((name) => existsSync(join(root, name)));

/** @type {Readonly<Record<string, { what: string, commands: readonly (readonly [string, ...string[]])[] }>>} */
const steps = {
  format: { what: 'prettier would change nothing', commands: [[tool('prettier'), '--check', '.']] },
  text: {
    what: 'no file speaks of one machine',
    commands: [[process.execPath, script('check-text.mjs')]],
  },
  versions: {
    what: 'one version of each tool and library',
    commands: [[tool('sherif'), '--fail-on-warnings', '--ignore-rule', 'non-existant-packages']],
  },
  imports: {
    what: 'imports only go down',
    commands: [[tool('depcruise'), ...sources, '--config', '.dependency-cruiser.cjs']],
  },
  unused: { what: 'no file, export or dependency without a use', commands: [[tool('knip'), '--no-config-hints']] },
  types: {
    what: 'types hold, in sources, tests, type tests and scripts',
    commands: [
      [tool('tsc'), '-p', 'tsconfig.json'],
      [tool('tsc'), '-p', 'scripts/tsconfig.json'],
    ],
  },
  lint: { what: 'the linter has nothing to say', commands: [[tool('eslint'), '.']] },
  api: {
    what: 'the API reports are what the build says',
    commands: [[process.execPath, script('api-reports.mjs'), '--check']],
  },
  packages: {
    what: 'the packed packages are sound and can be used',
    commands: [[process.execPath, script('check-packages.mjs')]],
  },
};

const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
const chosen = only?.split(',') ?? Object.keys(steps);

await bootstrap({ declarations: true });
for (const name of chosen) {
  const step = steps[name];
  if (step === undefined) {
    console.error(`There is no step "${name}"; the steps are ${Object.keys(steps).join(', ')}.`);
    process.exit(2);
  }
  const startedAt = performance.now();
  for (const [command, ...args] of step.commands) {
    const { code, output } = await runQuietly(command, args);
    if (code === 0) continue;
    console.error(`${output}\n  ✖ ${name}: ${step.what} (${secondsSince(startedAt)})`);
    process.exit(1);
  }
  console.log(`  ✔ ${name}: ${step.what} (${secondsSince(startedAt)})`);
}
