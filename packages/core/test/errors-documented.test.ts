// Holds the lists of codes and the pages that explain them to each other.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ERROR_CODES } from '../src/errors.ts';
import { DECISION_CODES } from '../src/supervision/decision.ts';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
const headings = [...page.matchAll(/^#+\s+`?(TROUPE_[A-Z_]+)`?\s*$/gm)].map(([, code]) => code);

describe('docs/errors.md', () => {
  it('has a heading for every error code and for nothing else', () => {
    expect([...headings].sort()).toEqual([...ERROR_CODES].sort());
  });

  it.each(ERROR_CODES)('says more of %s than its name', (code) => {
    const [, rest = ''] = page.split(new RegExp(`^#+\\s+\`?${code}\`?\\s*$`, 'm'));
    const [section = ''] = rest.split(/^#/m);
    expect(section.trim().split(/\s+/).length).toBeGreaterThan(10);
  });
});

describe('docs/supervision.md', () => {
  it('has a row for every code of a decision and for nothing else', () => {
    const supervision = readFileSync(new URL('../../../docs/supervision.md', import.meta.url), 'utf8');
    const [, table = ''] = supervision.split(/^\| `code` .*$/m);
    const rows = [...(table.split('\n\n')[0] ?? '').matchAll(/^\| `([a-z-]+)`/gm)].map(([, code]) => code);
    expect([...rows].sort()).toEqual([...DECISION_CODES].sort());
  });
});
