// Collects the licenses of what a build took in from other packages, as those licenses ask of whoever passes it on.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * Writes THIRD-PARTY-LICENSES.txt into a folder of built code; none when everything in it is the workspace's own.
 * @param {string} built the folder; its source maps tell what went in
 */
export function writeThirdPartyLicenses(built) {
  /** @type {Map<string, string>} */
  const directories = new Map();
  for (const file of readdirSync(built, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.map')) continue;
    const map = join(built, file);
    for (const source of JSON.parse(readFileSync(map, 'utf8')).sources) {
      const [, directory, name] =
        /^(.*\/node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(resolve(dirname(map), source)) ?? [];
      if (directory !== undefined && name !== undefined) directories.set(name, directory);
    }
  }
  if (directories.size === 0) return;
  const texts = [...directories].sort().map(([name, directory]) => `${name}\n\n${licenseOf(directory)}`);
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  writeFileSync(
    join(built, 'THIRD-PARTY-LICENSES.txt'),
    ['This build contains code of the packages below.', ...texts].join(rule) + '\n',
  );
}

/** @param {string} directory of a package */
function licenseOf(directory) {
  const file = readdirSync(directory).find((name) => /^licen[cs]e/i.test(name));
  if (file !== undefined) return readFileSync(join(directory, file), 'utf8').trim();
  const manifest = join(directory, 'package.json');
  if (!existsSync(manifest)) throw new Error(`${directory} went into a build and is no package.`);
  return `${JSON.parse(readFileSync(manifest, 'utf8')).license} license`;
}
