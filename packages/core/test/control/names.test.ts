// Names as files: claimed by one, freed by its owner or by whoever cleans up behind it.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Address } from '../../src/address.ts';
import { claimName, readName, releaseName, removeNamesOf } from '../../src/control/names.ts';

const names = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((name) => encodeURIComponent(name).length <= 200);

let system = '';
const address = (node: string, actor = 1): Address => ({
  node: node.repeat(32),
  actor,
  label: `label of ${node}`,
});

beforeEach(() => {
  system = mkdtempSync(join(tmpdir(), 'troupe-names-'));
  mkdirSync(join(system, 'names'));
});

afterEach(() => {
  rmSync(system, { recursive: true });
});

describe('a name', () => {
  it('belongs to whoever claimed it first, until that one frees it', () => {
    expect(claimName(system, 'one', address('a'))).toBeUndefined();
    expect(claimName(system, 'one', address('b'))).toEqual(address('a'));
    expect(readName(system, 'one')).toEqual(address('a'));
    releaseName(system, 'one', address('b'));
    releaseName(system, 'one', address('a', 2));
    expect(readName(system, 'one')).toEqual(address('a'));
    releaseName(system, 'one', address('a'));
    expect(readName(system, 'one')).toBeUndefined();
    releaseName(system, 'one', address('a'));
    expect(claimName(system, 'one', address('b'))).toBeUndefined();
    expect(readdirSync(join(system, 'names'))).toEqual(['@one']);
  });

  it('of any text that fits a file is its own and no other', () => {
    fc.assert(
      fc.property(fc.uniqueArray(names, { maxLength: 6 }), (claimed) => {
        claimed.forEach((name, index) =>
          expect(claimName(system, name, address('a', index + 1))).toBeUndefined(),
        );
        claimed.forEach((name, index) => expect(readName(system, name)?.actor).toBe(index + 1));
        claimed.forEach((name, index) => releaseName(system, name, address('a', index + 1)));
        expect(readdirSync(join(system, 'names'))).toEqual([]);
      }),
    );
  });

  it.each(['../up', '/etc/passwd', '.', '..', 'a\0b', '.hidden', '%2e%2e'])(
    '%j stays within its directory',
    (name) => {
      expect(claimName(system, name, address('a'))).toBeUndefined();
      expect(readName(system, name)).toEqual(address('a'));
      expect(readdirSync(system)).toEqual(['names']);
      expect(readdirSync(join(system, 'names'))).toHaveLength(1);
    },
  );

  it.each(['', 'x'.repeat(201), 'ä'.repeat(100), '\ud800'])(
    'that cannot be a file is refused with a sentence',
    (name) => {
      expect(() => claimName(system, name, address('a'))).toThrow(/name .* cannot be used/);
      expect(() => readName(system, name)).toThrow(/name .* cannot be used/);
      expect(readdirSync(join(system, 'names'))).toEqual([]);
    },
  );

  it('whose file holds nonsense is held by nobody that could be reached', () => {
    for (const text of ['', '{', 'null', '{"node":1}', '[]']) {
      writeFileSync(join(system, 'names', '@bad'), text);
      expect(readName(system, 'bad')).toBeUndefined();
    }
  });
});

describe('cleaning up behind a node', () => {
  it('frees its names and drafts, and leaves those of others', () => {
    claimName(system, 'one', address('a'));
    claimName(system, 'two', address('a', 2));
    claimName(system, 'three', address('b'));
    writeFileSync(join(system, 'names', `.${'a'.repeat(32)}-7`), 'half a claim');
    writeFileSync(join(system, 'names', `.${'b'.repeat(32)}-7`), 'half a claim of another');
    removeNamesOf(system, 'a'.repeat(32));
    expect(readdirSync(join(system, 'names')).sort()).toEqual([`.${'b'.repeat(32)}-7`, '@three']);
  });
});
