// The one place that knows how pnpm is started: the exact version that package.json names, from PATH when it is there, else
// through npx. Another version is never used: it would try to replace itself, or refuse the settings of this workspace.
import { accessSync, constants, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { root, runQuietly } from './run.mjs';

/**
 * Runs pnpm to the end with the output kept.
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export function runPnpm(args, options) {
  const [command, ...first] = pnpmCommand();
  return runQuietly(command, [...first, ...args], options);
}

/** @returns {[string, ...string[]]} the command and its first arguments */
function pnpmCommand() {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const version = packageManager.slice('pnpm@'.length);
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const script = scriptOfVersion(join(directory, 'pnpm'), version);
    if (script !== undefined) return [process.execPath, script];
  }
  return ['npx', '--yes', `pnpm@${version}`];
}

/**
 * Reads the version from the package the command belongs to; asking the command itself could make it download another.
 * @param {string} command
 * @param {string} version
 */
function scriptOfVersion(command, version) {
  try {
    accessSync(command, constants.X_OK);
    const script = realpathSync(command);
    const manifest = JSON.parse(readFileSync(join(dirname(dirname(script)), 'package.json'), 'utf8'));
    return manifest.name === 'pnpm' && manifest.version === version ? script : undefined;
  } catch {
    return undefined; // not there, or not a pnpm that was installed as a package
  }
}
