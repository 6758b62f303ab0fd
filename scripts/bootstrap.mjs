// Makes a fresh clone ready: checks the machine, installs the dependencies and builds the packages, each only when needed.
// Nothing but Node and npm has to be there. Run as a program it does that and ends; a second time it has nothing to say.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildOutdated, outdatedPackages } from './build.mjs';
import { exclusively } from './exclusive.mjs';
import { runPnpm } from './pnpm.mjs';
import { root, secondsSince } from './run.mjs';

/** Thrown for what a person has to put right; its message is meant to stand alone. */
class BootstrapError extends Error {}

/** @typedef {'dependencies' | 'code' | 'declarations'} Need */

/**
 * Installs and builds what is missing or outdated; ends the process with a sentence when it cannot.
 * @param {Need} need how much is: the dependencies of sources, also the built packages to run, or also their declarations
 */
export async function bootstrap(need = 'code') {
  try {
    checkMachine();
    if (isInstalled() && isBuilt(need)) return;
    await exclusively(
      () => installAndBuild(need),
      () => console.error('  another bootstrap is at work; waiting for it'),
    );
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

function checkMachine() {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [major = 0, minor = 0] = engines.node.replace('>=', '').split('.').map(Number);
  const [ownMajor = 0, ownMinor = 0] = process.versions.node.split('.').map(Number);
  if (ownMajor < major || (ownMajor === major && ownMinor < minor)) {
    throw new BootstrapError(
      `Troupe needs Node ${major}.${minor} or newer; this is ${process.version}. Install a newer Node and try again.`,
    );
  }
  if (process.platform !== 'linux') {
    throw new BootstrapError(
      `Troupe runs on Linux only, for it uses Linux system calls; this is ${process.platform}. Try a container or a virtual machine.`,
    );
  }
}

/** pnpm keeps a copy of the lockfile it last installed from, written when the installation is complete. */
function isInstalled() {
  const installed = join(root, 'node_modules/.pnpm/lock.yaml');
  return existsSync(installed) && readFileSync(installed).equals(readFileSync(join(root, 'pnpm-lock.yaml')));
}

/** @param {Need} need */
function isBuilt(need) {
  return need === 'dependencies' || outdatedPackages({ declarations: need === 'declarations' }).length === 0;
}

/** @param {Need} need */
async function installAndBuild(need) {
  if (!isInstalled()) {
    await step('installing dependencies', 'installed dependencies', async () => {
      const { code, output } = await runPnpm(['install', '--frozen-lockfile']);
      if (code !== 0) {
        throw new BootstrapError(
          `${output}\nThe dependencies could not be installed; what pnpm said stands above. Is the npm registry within reach?`,
        );
      }
    });
  }
  if (!isBuilt(need)) {
    await step('building packages', 'built packages', async () => {
      const failure = await buildOutdated({ declarations: need === 'declarations' });
      if (failure !== undefined) {
        throw new BootstrapError(
          `${failure.output}\n${failure.name} could not be built; what tsup said stands above.`,
        );
      }
    });
  }
}

/**
 * One line when it is done; on a terminal also one, soon overwritten, while it is under way.
 * @param {string} present
 * @param {string} past
 * @param {() => Promise<void>} work
 */
async function step(present, past, work) {
  const startedAt = performance.now();
  if (process.stderr.isTTY) process.stderr.write(`  ${present} ...\r`);
  await work();
  console.error(`  ${past} (${secondsSince(startedAt)})`.padEnd(present.length + 6));
}

const program = process.argv[1];
if (program !== undefined && realpathSync(program) === fileURLToPath(import.meta.url)) {
  await bootstrap('declarations');
}
