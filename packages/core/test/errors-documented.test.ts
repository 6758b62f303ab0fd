// Holds the list of error codes and the page that explains them to each other.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ERROR_CODES } from '../src/errors.ts';

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
