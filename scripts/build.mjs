// Builds the packages whose inputs changed since their last build, lowest first. Whether they did is asked of the bytes, not
// of the clock: a checkout, a clone and a clock that was set all leave times that mean nothing.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root, runQuietly } from './run.mjs';
import { writeThirdPartyLicenses } from './third-party-licenses.mjs';

// Holds the digest of what the build was made from. It stands inside dist so that both go together.
const STAMP = '.inputs';

// Named after this process: a build that outlived its own killed bootstrap must not write into this one's folder.
const NEXT = `dist.next-${process.pid}`;
const PREVIOUS = `dist.previous-${process.pid}`;

/**
 * @typedef {object} WorkspacePackage
 * @property {string} name
 * @property {string} directory absolute
 * @property {readonly string[]} dependencies names of the packages of this workspace that it builds upon
 */

/** Every package under packages/, each after those it builds upon. */
export function workspacePackages() {
  /** @type {Map<string, WorkspacePackage>} */
  const found = new Map();
  const names = new Set(manifests().map(({ manifest }) => manifest.name));
  for (const { directory, manifest } of manifests()) {
    const dependencies = Object.keys(manifest.dependencies ?? {}).filter((name) => names.has(name));
    found.set(manifest.name, { name: manifest.name, directory, dependencies });
  }
  /** @type {Set<WorkspacePackage>} */
  const ordered = new Set();
  /** @param {string} name */
  const visit = (name) => {
    const visited = found.get(name);
    if (visited === undefined || ordered.has(visited)) return;
    visited.dependencies.forEach(visit);
    ordered.add(visited);
  };
  [...found.keys()].sort().forEach(visit);
  return [...ordered];
}

/**
 * The packages that have to be built, lowest first; empty when every dist is what its sources say.
 * @param {{ declarations: boolean }} wanted whether the declarations are needed as well as the code
 */
export function outdatedPackages({ declarations }) {
  const digests = inputDigests();
  return workspacePackages().filter(({ name, directory }) => {
    const stamp = readStamp(directory);
    return stamp.digest !== digests.get(name) || (declarations && !stamp.declarations);
  });
}

/**
 * Builds what is outdated. Code is built from its own sources alone, and so all at once in a third of the time;
 * declarations need those of the packages below.
 * @param {{ declarations: boolean }} wanted
 * @returns {Promise<{ name: string, output: string } | undefined>} the first that could not be built
 */
export async function buildOutdated(wanted) {
  // Taken before the build: a file saved while it runs makes the package outdated again.
  const digests = inputDigests();
  const outdated = outdatedPackages(wanted);
  const together = wanted.declarations ? outdated.map((one) => [one]) : [outdated];
  for (const group of together) {
    const results = await Promise.all(
      group.map(async ({ name, directory }) => {
        const { code, output } = await buildAside(directory, wanted);
        if (code !== 0) return { name, output };
        writeThirdPartyLicenses(join(directory, NEXT));
        const stamp = { digest: digests.get(name) ?? '', ...wanted };
        writeFileSync(join(directory, NEXT, STAMP), JSON.stringify(stamp));
        replaceDist(directory);
        return undefined;
      }),
    );
    const failure = results.find((result) => result !== undefined);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** @returns {{ directory: string, manifest: { name: string, dependencies?: Record<string, string> } }[]} */
function manifests() {
  return readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .filter((directory) => existsSync(join(directory, 'package.json')))
    .map((directory) => ({
      directory,
      manifest: JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')),
    }));
}

/** One digest a package, over all that decides what its build looks like, the digests of what it builds upon included. */
function inputDigests() {
  const shared = ['pnpm-lock.yaml', 'tsconfig.base.json', 'tsconfig.json', 'tsup.base.ts'].map((name) =>
    join(root, name),
  );
  /** @type {Map<string, string>} */
  const digests = new Map();
  for (const { name, directory, dependencies } of workspacePackages()) {
    const hash = createHash('sha256');
    const own = ['package.json', 'tsup.config.ts'].map((file) => join(directory, file));
    for (const file of [...shared, ...own, ...filesUnder(join(directory, 'src'))]) {
      hash
        .update(`${relative(root, file)}\0`)
        .update(readFileSync(file))
        .update('\0');
    }
    for (const dependency of dependencies) hash.update(digests.get(dependency) ?? '');
    digests.set(name, hash.digest('hex'));
  }
  return digests;
}

/**
 * @param {string} directory
 * @returns {string[]}
 */
function filesUnder(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * @param {string} directory
 * @returns {{ digest: string, declarations: boolean }}
 */
function readStamp(directory) {
  try {
    return JSON.parse(readFileSync(join(directory, 'dist', STAMP), 'utf8'));
  } catch {
    return { digest: '', declarations: false }; // never built, or by tsup alone
  }
}

/**
 * A build takes seconds and starts by emptying its folder; beside the old one it disturbs nobody who runs from there.
 * @param {string} directory
 * @param {{ declarations: boolean }} wanted
 */
function buildAside(directory, { declarations }) {
  for (const name of readdirSync(directory)) {
    if (name.startsWith('dist.')) rmSync(join(directory, name), { recursive: true }); // a build that was killed
  }
  const tsup = join(root, 'node_modules/tsup/dist/cli-default.js');
  const options = ['--silent', '--out-dir', NEXT, ...(declarations ? [] : ['--no-dts'])];
  return runQuietly(process.execPath, [tsup, ...options], { cwd: directory });
}

/** @param {string} directory */
function replaceDist(directory) {
  const dist = join(directory, 'dist');
  const previous = join(directory, PREVIOUS);
  if (existsSync(dist)) renameSync(dist, previous);
  renameSync(join(directory, NEXT), dist);
  rmSync(previous, { recursive: true, force: true });
}
