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

/** @typedef {readonly [string, ...string[]]} Command */

/** @type {Command} of no effect once everything is built */
const build = [process.execPath, script('bootstrap.mjs')];

/** @type {Readonly<Record<string, { what: string, commands: readonly Command[] }>>} */
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
  unused: {
    what: 'no file, export or dependency without a use',
    commands: [[tool('knip'), '--no-config-hints']],
  },
  types: {
    what: 'types hold, in sources, tests, type tests and scripts',
    commands: [
      [tool('tsc'), '-p', 'tsconfig.json'],
      [tool('tsc'), '-p', 'scripts/tsconfig.json'],
    ],
  },
  lint: { what: 'the linter has nothing to say', commands: [[tool('eslint'), '.']] },
  build: {
    what: 'every package builds, with its declarations',
    commands: [build],
  },
  api: {
    what: 'the API reports are what the build says',
    commands: [build, [process.execPath, script('api-reports.mjs'), '--check']],
  },
  packages: {
    what: 'the packed packages are sound and can be used',
    commands: [build, [process.execPath, script('check-packages.mjs')]],
  },
};

const chosen = chosenSteps();
await bootstrap('dependencies');
for (const name of chosen) {
  const step = steps[name];
  if (step === undefined) refuse(`There is no step "${name}".`);
  const startedAt = performance.now();
  for (const [command, ...args] of step.commands) {
    const { code, output } = await runQuietly(command, args);
    if (code === 0) continue;
    console.error(`${output}\n  ✖ ${name}: ${step.what} (${secondsSince(startedAt)})`);
    process.exit(1);
  }
  console.log(`  ✔ ${name}: ${step.what} (${secondsSince(startedAt)})`);
}

function chosenSteps() {
  try {
    const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
    return only?.split(',') ?? Object.keys(steps);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

/**
 * @param {string} sentence
 * @returns {never}
 */
function refuse(sentence) {
  console.error(
    `${sentence} The steps are ${Object.keys(steps).join(', ')}; some of them: --only lint,types`,
  );
  process.exit(2);
}
