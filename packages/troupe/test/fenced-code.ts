// The fenced code of the pages that are written for people, found where it stands. What is done with it is the tests' matter.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

export interface FencedBlock {
  /** Path of the page, from the root of the workspace. */
  readonly page: string;
  /** Line of the page on which the code begins, from 1. */
  readonly line: number;
  readonly language: string;
  /** Named by a first line that is a comment with nothing but a file name. */
  readonly file: string | undefined;
  readonly code: string;
}

/** The README, ARCHITECTURE.md, CONTRIBUTING.md, the READMEs of the packages named, and everything in docs/. */
export function pages(): readonly string[] {
  return [
    ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'],
    ...['packages/core/README.md', 'packages/troupe/README.md'],
    ...pagesIn('docs'),
  ].filter((page) => existsSync(join(root, page)));
}

export function fencedBlocks(page: string): readonly FencedBlock[] {
  const text = readFileSync(join(root, page), 'utf8');
  return Array.from(
    text.matchAll(/^```(\w+)\n(.*?)^```$/gms),
    ({ index, 1: language = '', 2: code = '' }) => ({
      page,
      line: text.slice(0, index).split('\n').length + 1,
      language,
      file: /^\/\/ (\S+\.ts)\n/.exec(code)?.[1],
      code,
    }),
  );
}

function pagesIn(directory: string): readonly string[] {
  return readdirSync(join(root, directory), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}
