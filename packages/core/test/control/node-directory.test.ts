// A node's place in the directory of its system: locked while it lives, cleaned up by exactly one when it is dead.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKeyedObject, createSysvSemaphore, removeSysvSemaphore } from '@troupe/posix';
import { claimName, readName } from '../../src/control/names.ts';
import { NodeDirectory, reclaimNode } from '../../src/control/node-directory.ts';

let root = '';
let system = '';
const node = (letter: string): string => letter.repeat(32);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'troupe-nodes-'));
  system = join(root, 'system');
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

/** What a node leaves that was killed: everything but the lock on its file. */
function leaveDead(name: string): void {
  mkdirSync(join(system, 'names'), { recursive: true, mode: 0o700 });
  mkdirSync(join(system, node(name)));
  writeFileSync(join(system, node(name), 'control.sock'), '');
  writeFileSync(join(system, `${node(name)}.lock`), '');
  claimName(system, `name of ${name}`, { node: node(name), actor: 1, label: name });
}

describe('a node', () => {
  it('is not cleaned up behind while it lives, and takes everything along when it leaves', () => {
    const first = new NodeDirectory(system, node('a'));
    const second = new NodeDirectory(system, node('b'));
    writeFileSync(join(first.path, 'lane'), '');
    claimName(system, 'one', { node: node('a'), actor: 1, label: 'one' });
    expect(reclaimNode(system, node('a'))).toBe(false);
    expect(existsSync(join(first.path, 'lane'))).toBe(true);
    expect(readName(system, 'one')).toBeDefined();
    first.release();
    first.release();
    expect(readdirSync(system).sort()).toEqual([node('b'), `${node('b')}.lock`, 'names']);
    expect(reclaimNode(system, node('a'))).toBe(true);
    second.release();
    expect(readdirSync(root)).toEqual([]);
  });

  it('cleans up behind the dead when it joins', () => {
    leaveDead('d');
    leaveDead('e');
    writeFileSync(join(system, `${node('f')}.lock.99-1`), '');
    const own = new NodeDirectory(system, node('a'));
    expect(readdirSync(system).sort()).toEqual([node('a'), `${node('a')}.lock`, 'names']);
    expect(readdirSync(join(system, 'names'))).toEqual([]);
    own.release();
  });

  it('leaves alone what is no node', () => {
    mkdirSync(system, { mode: 0o700 });
    writeFileSync(join(system, 'notes.txt'), '');
    mkdirSync(join(system, 'x.lock'));
    const own = new NodeDirectory(system, node('a'));
    own.release();
    expect(readdirSync(system).sort()).toContain('notes.txt');
    expect(readdirSync(system).sort()).toContain('x.lock');
  });

  it('has a directory and a lock that only its user may open', () => {
    const own = new NodeDirectory(system, node('a'));
    expect(statSync(own.path).mode & 0o777).toBe(0o700);
    expect(statSync(join(system, `${node('a')}.lock`)).mode & 0o777).toBe(0o600);
    own.release();
  });
});

describe('cleaning up behind a dead node', () => {
  it('removes its kernel objects, which its directory has entries of', () => {
    leaveDead('d');
    const { made } = createKeyedObject(join(system, node('d')), 'sysv-semaphore', createSysvSemaphore);
    expect(reclaimNode(system, node('d'))).toBe(true);
    expect(removeSysvSemaphore(made)).toBe(false);
  });

  it('frees its names and removes its files, once', () => {
    leaveDead('d');
    leaveDead('e');
    expect(reclaimNode(system, node('d'))).toBe(true);
    expect(readName(system, 'name of d')).toBeUndefined();
    expect(readName(system, 'name of e')).toBeDefined();
    expect(existsSync(join(system, node('d')))).toBe(false);
    expect(reclaimNode(system, node('d'))).toBe(true);
    expect(reclaimNode(system, node('0'))).toBe(true);
  });
});
