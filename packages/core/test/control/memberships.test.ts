// Memberships as files: whole or not there, ended by who made them or by whoever cleans up behind him.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Address } from '../../src/address.ts';
import {
  listMemberships,
  openGroup,
  readMembership,
  removeMembership,
  removeMembershipsOf,
  writeMembership,
} from '../../src/control/memberships.ts';

let system = '';
const node = (digit: string): string => digit.repeat(32);
const address = (digit: string, actor = 1): Address => ({ node: node(digit), actor, label: `of ${digit}` });

beforeEach(() => {
  system = mkdtempSync(join(tmpdir(), 'troupe-groups-'));
});

afterEach(() => {
  rmSync(system, { recursive: true });
});

describe('a membership', () => {
  it('is read as it was written, replaced by the next, and gone when removed', () => {
    const group = openGroup(system, 'a/b c');
    writeMembership(group, node('a'), address('b'), 'drop-newest');
    const [entry = ''] = listMemberships(group);
    expect(readMembership(group, entry)).toEqual({
      entry,
      maker: node('a'),
      member: address('b'),
      overflow: 'drop-newest',
    });
    writeMembership(group, node('a'), address('b'), 'backpressure');
    expect(listMemberships(group)).toEqual([entry]);
    expect(readMembership(group, entry)?.overflow).toBe('backpressure');
    removeMembership(group, node('a'), address('b'));
    expect(listMemberships(group)).toEqual([]);
    expect(readMembership(group, entry)).toBeUndefined();
  });

  it('ends with the node that made it, in every group, and so do drafts', () => {
    const groups = ['one', 'other'].map((name) => openGroup(system, name));
    for (const group of groups) {
      writeMembership(group, node('a'), address('b'), 'backpressure');
      writeMembership(group, node('b'), address('a'), 'backpressure');
      writeFileSync(join(group, `.${node('a')}-7`), 'half');
    }
    removeMembershipsOf(system, node('a'));
    for (const group of groups) expect(readdirSync(group)).toEqual([`${node('b')}.${node('a')}.1`]);
  });

  it.each(['{', '{}', '{"node":1}', JSON.stringify(address('c'))])(
    'that somebody else wrote as %s is none',
    (text) => {
      const group = openGroup(system, 'foreign');
      const entry = `${node('a')}.${node('b')}.1`;
      writeFileSync(join(group, entry), text);
      expect(readMembership(group, entry)).toBeUndefined();
    },
  );
});
