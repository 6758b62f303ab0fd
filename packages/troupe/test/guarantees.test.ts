// Looks for every test that docs/guarantees.md names as a proof: a promise must not outlive its test.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { root } from './fenced-code.ts';

const page = readFileSync(join(root, 'docs/guarantees.md'), 'utf8');
const proofs = Array.from(
  page.matchAll(/^- \[[^\]]+\]\((\S+)\) › (.+)$/gm),
  ([, path = '', name = '']) => [path, name] as const,
);

it('there are proofs', () => {
  expect(proofs.length).toBeGreaterThan(10);
});

it.each(proofs)('%s proves: %s', (path, name) => {
  const source = readFileSync(join(root, 'docs', path), 'utf8');
  expect(source).toContain(name);
});
