// Looks through every tracked file for words that have no business in the project: paths of one machine, and the host a
// package was fetched from.
import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

/** @type {readonly { what: string, pattern: RegExp, files?: RegExp }[]} */
const unwanted = [
  {
    what: 'a path of one machine',
    // Assembled, so that this file does not find itself.
    pattern: new RegExp(`(?<![\\w.@*-])/(${['work', 'root', 'home/[^/ ]+', 'Users'].join('|')})/`),
  },
  { what: 'the host of a registry', pattern: /https?:\/\/|tarball:/, files: /^pnpm-lock\.yaml$/ },
  { what: 'a registry of its own', pattern: /^(?:.*:)?registry\s*=/, files: /(^|\/)\.npmrc$/ },
];

let found = 0;
const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
});
for (const file of tracked.split('\0').filter((name) => name !== '')) {
  const path = join(root, file);
  if (!lstatSync(path, { throwIfNoEntry: false })?.isFile()) continue;
  const text = readFileSync(path, 'utf8');
  if (text.includes('\0')) continue; // not a text
  const patterns = unwanted.filter(({ files }) => files?.test(file) ?? true);
  text.split('\n').forEach((line, index) => {
    for (const { what, pattern } of patterns) {
      if (!pattern.test(line)) continue;
      found += 1;
      console.error(`${file}:${index + 1} has ${what}: ${line.trim().slice(0, 120)}`);
    }
  });
}
if (found > 0) process.exit(1);
