// Follows every relative link of the pages that are written for people, down to the heading when it names one.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../../../', import.meta.url));

function pagesIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules') return pagesIn(path);
    return entry.isFile() && entry.name.endsWith('.md') ? [path] : [];
  });
}

const pages = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'].map((name) => join(root, name)).filter(existsSync),
  ...pagesIn(join(root, 'docs')),
  ...pagesIn(join(root, 'examples')),
  ...readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name, 'README.md'))
    .filter(existsSync),
];

/** The text without code, where `[a](b)` is no link. */
function prose(page: string): string {
  return readFileSync(page, 'utf8')
    .replace(/^ *```.*?^ *```/gms, '')
    .replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ''));
}

/** The anchors a reader's browser finds: a heading in small letters, spaces as dashes, punctuation gone. */
function anchorsOf(page: string): Set<string> {
  const headings = readFileSync(page, 'utf8')
    .replace(/^ *```.*?^ *```/gms, '')
    .matchAll(/^#+\s+(.*?)\s*$/gm);
  return new Set(
    Array.from(headings, ([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );
}

function brokenLinksOf(page: string): string[] {
  const inline = [...prose(page).matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)];
  const references = [...prose(page).matchAll(/^\[[^\]]+\]:\s+(\S+)/gm)];
  return [...inline, ...references]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(target)) return true;
      return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor);
    });
}

it('finds the pages it is meant to read', () => {
  expect(pages).toContain(join(root, 'README.md'));
});

it.each(pages.map((page) => relative(root, page)))('%s links to what exists', (page) => {
  expect(brokenLinksOf(join(root, page))).toEqual([]);
});
