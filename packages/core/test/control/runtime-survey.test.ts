// The runtime directory seen from outside: who lives, who is dead, and what is left of them.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createKeyedObject, createNamedObject, createPosixQueue, createSysvQueue } from '@troupe/posix';
import { closeDescriptor, openPosixQueue } from '@troupe/posix';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeDirectory } from '../../src/control/node-directory.ts';
import { cleanRuntimeDirectory, surveyRuntimeDirectory } from '../../src/control/runtime-survey.ts';

const DEAD = 'd'.repeat(32);
let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'troupe-survey-'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

/** What a node leaves that was killed, with a queue of each kind. */
function leaveDead(system: string): { readonly name: string; readonly key: number } {
  const directory = join(root, system, DEAD);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  mkdirSync(join(root, system, 'names'), { mode: 0o700 });
  writeFileSync(join(root, system, `${DEAD}.lock`), '');
  const { made } = createNamedObject(directory, 'posix-queue', (name) => {
    closeDescriptor(createPosixQueue(name, { messages: 1, messageBytes: 1024 }));
    return name;
  });
  const keyed = createKeyedObject(directory, 'sysv-queue', (key) => {
    createSysvQueue(key);
    return key;
  });
  return { name: made, key: keyed.made };
}

it('a directory that is not there has nothing', () => {
  expect(surveyRuntimeDirectory(join(root, 'none'))).toEqual({ path: join(root, 'none'), systems: [] });
  expect(cleanRuntimeDirectory(join(root, 'none'))).toBe(0);
});

it('the living are counted, the dead are named with what they left in the kernel', () => {
  const own = new NodeDirectory(join(root, 'mine'), 'a'.repeat(32));
  const { name, key } = leaveDead('theirs');
  mkdirSync(join(root, 'nothing'));
  writeFileSync(join(root, 'no-system'), '');
  const { systems } = surveyRuntimeDirectory(root);
  expect([...systems].sort((one, other) => one.name.localeCompare(other.name))).toEqual([
    { name: 'mine', living: 1, dead: [] },
    {
      name: 'theirs',
      living: 0,
      dead: [
        {
          node: DEAD,
          objects: expect.arrayContaining([`posix-queue ${name}`, `sysv-queue with the key ${key}`]),
        },
      ],
    },
  ]);
  // Looking has changed nothing.
  closeDescriptor(openPosixQueue(name));

  expect(cleanRuntimeDirectory(root)).toBe(1);
  expect(() => openPosixQueue(name)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  expect(existsSync(join(root, 'theirs'))).toBe(false);
  expect(readdirSync(root).sort()).toEqual(['mine', 'no-system', 'nothing']);
  own.release();
});
