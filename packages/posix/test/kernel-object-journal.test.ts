// Entries that stand before their objects and go after them, so that a killed process leaves nothing that nobody finds.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { journalledObjects, removeJournalledObjects } from '../src/index.ts';
import {
  createKeyedObject,
  createNamedObject,
  forgetKernelObject,
  removeKernelObject,
} from '../src/kernel-object-journal.ts';
import { createPosixSegment } from '../src/posix-segment.ts';
import { SystemError } from '../src/system-error.ts';
import { createSysvSegment } from '../src/sysv-segment.ts';
import { checkSysvSemaphore, createSysvSemaphore, removeSysvSemaphore } from '../src/sysv-semaphore.ts';

const BYTES = 4096;

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'troupe-journal-'));
});

afterEach(() => {
  const left = readdirSync(directory);
  rmSync(directory, { recursive: true });
  expect(left).toEqual([]);
});

const file = (name: string): string => join('/dev/shm', name);

describe('an entry', () => {
  it('stands before its object is made, and goes with it', () => {
    const { object, made } = createNamedObject(directory, 'posix-segment', (name) => {
      expect(existsSync(file(name))).toBe(false);
      expect(journalledObjects(directory)).toEqual([{ kind: 'posix-segment', name }]);
      return createPosixSegment(name, BYTES);
    });
    expect(existsSync(file(made.name))).toBe(true);
    expect(journalledObjects(directory)).toEqual([object]);
    removeKernelObject(directory, object);
    expect(existsSync(file(made.name))).toBe(false);
    made.close();
  });

  it('goes when the object could not be made', () => {
    const failure = new Error('no room');
    expect(() =>
      createNamedObject(directory, 'posix-segment', () => {
        throw failure;
      }),
    ).toThrow(failure);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('gets another key when somebody was faster with the first one, whose object stays', () => {
    const keys: number[] = [];
    const { object, made } = createKeyedObject(directory, 'sysv-semaphore', (key) => {
      keys.push(key);
      if (keys.length === 1) throw new SystemError({ code: 'EEXIST', errno: 17, syscall: 'semget' });
      return createSysvSemaphore(key);
    });
    expect(keys).toHaveLength(2);
    expect(object).toEqual({ kind: 'sysv-semaphore', key: keys[1] });
    expect(() => createSysvSemaphore(keys[1])).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    removeKernelObject(directory, object);
    expect(() => checkSysvSemaphore(made)).toThrow();
  });

  it('of what goes by itself is forgotten alone', () => {
    const { object, made } = createKeyedObject(directory, 'sysv-segment', (key) =>
      createSysvSegment(BYTES, key),
    );
    forgetKernelObject(directory, object);
    expect(readdirSync(directory)).toEqual([]);
    made.close();
  });
});

describe('whoever cleans up behind a dead process', () => {
  it('removes every object that has an entry, and the entries', () => {
    const named = createNamedObject(directory, 'posix-segment', (name) => createPosixSegment(name, BYTES));
    const semaphore = createKeyedObject(directory, 'sysv-semaphore', createSysvSemaphore);
    const objects = removeJournalledObjects(directory);
    expect(objects).toHaveLength(2);
    expect(objects).toEqual(expect.arrayContaining([named.object, semaphore.object]));
    expect(existsSync(file(named.made.name))).toBe(false);
    expect(removeSysvSemaphore(semaphore.made)).toBe(false);
    expect(removeJournalledObjects(directory)).toEqual([]);
  });

  it('finds nothing where the object was not made yet, or is gone', () => {
    for (const entry of [
      'object.posix-segment.troupe-0',
      'object.posix-queue.troupe-0',
      'object.sysv-segment.1234567',
      'object.sysv-semaphore.1234567',
      'object.sysv-queue.1234567',
    ]) {
      writeFileSync(join(directory, entry), '');
    }
    expect(removeJournalledObjects(directory)).toHaveLength(5);
  });

  it('leaves alone what is no entry', () => {
    const others = [
      'object.file.x',
      'object.sysv-queue.0',
      'object.sysv-queue.-1',
      'lane.sock',
      'object.posix-queue.a.b',
    ];
    for (const name of others) writeFileSync(join(directory, name), '');
    expect(removeJournalledObjects(directory)).toEqual([]);
    expect(readdirSync(directory).sort()).toEqual([...others].sort());
    for (const name of others) rmSync(join(directory, name));
  });

  it('finds nothing in a directory that is not there', () => {
    expect(removeJournalledObjects(join(directory, 'none'))).toEqual([]);
  });

  it('leaves no semaphore in the kernel', () => {
    const before = readFileSync('/proc/sysvipc/sem', 'utf8');
    createKeyedObject(directory, 'sysv-semaphore', createSysvSemaphore);
    removeJournalledObjects(directory);
    expect(readFileSync('/proc/sysvipc/sem', 'utf8')).toBe(before);
  });
});
