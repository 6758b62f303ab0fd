// FIFOs, and everything that may stand at a path instead of one.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeDescriptor, readDescriptor, writeDescriptor } from '../src/descriptor.ts';
import { createFifo, openFifoForReading, openFifoForWriting } from '../src/fifo.ts';
import { listenUnix } from '../src/unix-socket.ts';
import { currentUid } from '../src/user.ts';

let directory: string;
let path: string;
let openBefore: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'troupe-posix-'));
  path = join(directory, 'lane');
  openBefore = openDescriptors();
});

afterEach(() => {
  rmSync(directory, { recursive: true });
  expect(openDescriptors()).toBe(openBefore);
});

describe('createFifo', () => {
  it('makes a FIFO only its owner may use', () => {
    createFifo(path);
    const stats = lstatSync(path);
    expect(stats.isFIFO()).toBe(true);
    expect(stats.mode & 0o777).toBe(0o600);
  });

  it('throws EEXIST when anything stands there', () => {
    writeFileSync(path, '');
    expect(() => createFifo(path)).toThrow(
      expect.objectContaining({ code: 'EEXIST', syscall: 'mkfifo', path }),
    );
  });

  it('throws ENOENT when the directory is missing', () => {
    expect(() => createFifo(join(directory, 'no', 'lane'))).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
  });

  it('refuses a path that C would cut short', () => {
    expect(() => createFifo(`${path}\0.tmp`)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(() => createFifo('')).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('opening a FIFO', () => {
  it('carries bytes from the writer to the reader, and its end', () => {
    createFifo(path);
    const reader = openFifoForReading(path);
    const writer = openFifoForWriting(path);
    const buffer = Buffer.alloc(8);
    expect(readDescriptor(reader, buffer, 0, 8)).toBe(-1);
    expect(writeDescriptor(writer, Buffer.from('abc'), 0, 3)).toBe(3);
    expect(readDescriptor(reader, buffer, 0, 8)).toBe(3);
    closeDescriptor(writer);
    expect(readDescriptor(reader, buffer, 0, 8)).toBe(0);
    closeDescriptor(reader);
  });

  it('for reading needs no writer, for writing throws ENXIO without a reader', () => {
    createFifo(path);
    expect(() => openFifoForWriting(path)).toThrow(
      expect.objectContaining({ code: 'ENXIO', syscall: 'open', path }),
    );
    closeDescriptor(openFifoForReading(path));
  });

  it('throws ENOENT where there is nothing', () => {
    expect(() => openFifoForReading(path)).toThrow(expect.objectContaining({ code: 'ENOENT', path }));
  });
});

describe.each([
  ['openFifoForReading', openFifoForReading],
  ['openFifoForWriting', openFifoForWriting],
])('%s refuses', (_name, open) => {
  const refusal = (found: string) =>
    expect.objectContaining({
      code: 'EPERM',
      syscall: 'open',
      path,
      message: expect.stringContaining(found),
    });

  it('a symbolic link, even to a FIFO of this user', () => {
    const target = join(directory, 'target');
    createFifo(target);
    symlinkSync(target, path);
    expect(() => open(path)).toThrow(refusal('it is no FIFO but a symbolic link'));
  });

  it('a regular file', () => {
    writeFileSync(path, 'content', { mode: 0o600 });
    expect(() => open(path)).toThrow(refusal('it is no FIFO but a file'));
  });

  it('a socket', () => {
    const listener = listenUnix(path);
    expect(() => open(path)).toThrow(refusal('it is no FIFO but a socket'));
    closeDescriptor(listener);
  });

  it.each([0o666, 0o640, 0o602])('a FIFO of mode %p', (mode) => {
    createFifo(path);
    const reader = openFifoForReading(path);
    chmodSync(path, mode);
    expect(() => open(path)).toThrow(refusal(`group or others may use it (mode 0${mode.toString(8)})`));
    closeDescriptor(reader);
  });

  // Only root can give a file away.
  if (currentUid() === 0) {
    it('a FIFO of another user', () => {
      createFifo(path);
      const reader = openFifoForReading(path);
      chownSync(path, 65_534, 65_534);
      expect(() => open(path)).toThrow(refusal('it belongs to user 65534, this is user 0'));
      closeDescriptor(reader);
    });
  }
});

describe('openFifoForReading', () => {
  it('refuses a directory', () => {
    mkdirSync(path);
    expect(() => openFifoForReading(path)).toThrow(
      expect.objectContaining({
        code: 'EPERM',
        message: expect.stringContaining('it is no FIFO but a directory'),
      }),
    );
  });
});

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}
