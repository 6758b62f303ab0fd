// Reading, writing, waiting and asking, on real pipes, sockets and files.
import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, openSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  closeDescriptor,
  describeDescriptor,
  duplicateDescriptor,
  readDescriptor,
  setCloseOnExec,
  setNonBlocking,
  waitDescriptor,
  writeDescriptor,
} from '../src/descriptor.ts';
import { makePipe, type PipeEnds } from '../src/pipe.ts';
import { currentUid } from '../src/user.ts';

const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

const open = new Set<number>();
const directories: string[] = [];

afterEach(() => {
  for (const fd of open) closeDescriptor(fd);
  open.clear();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

describe('readDescriptor and writeDescriptor', () => {
  it('move bytes between the given places of two buffers', () => {
    const { readEnd, writeEnd } = pipe();
    expect(writeDescriptor(writeEnd, Buffer.from('..hello..'), 2, 5)).toBe(5);
    const target = Buffer.from('0123456789');
    expect(readDescriptor(readEnd, target, 3, 7)).toBe(5);
    expect(target.toString()).toBe('012hello89');
  });

  it('say -1 when reading would block, and 0 at the end', () => {
    const { readEnd, writeEnd } = pipe();
    const buffer = Buffer.alloc(16);
    expect(readDescriptor(readEnd, buffer, 0, 16)).toBe(-1);
    writeDescriptor(writeEnd, buffer, 0, 4);
    close(writeEnd);
    expect(readDescriptor(readEnd, buffer, 0, 16)).toBe(4);
    expect(readDescriptor(readEnd, buffer, 0, 16)).toBe(0);
  });

  it('say -1 when a full pipe would block, after writing what fitted', () => {
    const { writeEnd } = pipe();
    const chunk = Buffer.alloc(100_000);
    const written = writeDescriptor(writeEnd, chunk, 0, chunk.length);
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(chunk.length);
    expect(writeDescriptor(writeEnd, chunk, 0, chunk.length)).toBe(-1);
  });

  it('throw EPIPE when nobody reads any more', () => {
    const { readEnd, writeEnd } = pipe();
    close(readEnd);
    expect(() => writeDescriptor(writeEnd, Buffer.alloc(1), 0, 1)).toThrow(
      expect.objectContaining({
        code: 'EPIPE',
        syscall: 'write',
        message: `write of descriptor ${writeEnd} failed: broken pipe (EPIPE)`,
      }),
    );
  });

  it('throw EBADF for the wrong end and for a closed descriptor', () => {
    const { readEnd, writeEnd } = pipe();
    expect(() => writeDescriptor(readEnd, Buffer.alloc(1), 0, 1)).toThrow(
      expect.objectContaining({ code: 'EBADF' }),
    );
    expect(() => readDescriptor(writeEnd, Buffer.alloc(1), 0, 1)).toThrow(
      expect.objectContaining({ code: 'EBADF' }),
    );
    expect(() => closeDescriptor(1_000_000)).toThrow(
      expect.objectContaining({ code: 'EBADF', syscall: 'close' }),
    );
  });

  it.each([
    [0, 9],
    [8, 1],
    [-1, 2],
    [2, -1],
    [Number.NaN, 1],
    [0, Number.NaN],
  ])('refuse offset %p and length %p in a buffer of 8 bytes before C sees them', (offset, length) => {
    const { readEnd, writeEnd } = pipe();
    expect(() => writeDescriptor(writeEnd, Buffer.alloc(8), offset, length)).toThrow(RangeError);
    expect(() => readDescriptor(readEnd, Buffer.alloc(8), offset, length)).toThrow(RangeError);
    expect(readDescriptor(readEnd, Buffer.alloc(8), 0, 8)).toBe(-1);
  });

  it('read into a view that starts inside its memory', () => {
    const { readEnd, writeEnd } = pipe();
    const memory = new Uint8Array(32);
    writeDescriptor(writeEnd, Buffer.from('abc'), 0, 3);
    expect(readDescriptor(readEnd, memory.subarray(8, 24), 4, 12)).toBe(3);
    expect([...memory.subarray(11, 16)]).toEqual([0, 97, 98, 99, 0]);
  });
});

describe('waitDescriptor', () => {
  it('tells a pipe that has bytes from one that has none', () => {
    const { readEnd, writeEnd } = pipe();
    expect(waitDescriptor(readEnd, 'readable', 0)).toBe(false);
    writeDescriptor(writeEnd, Buffer.alloc(1), 0, 1);
    expect(waitDescriptor(readEnd, 'readable', 60_000)).toBe(true);
  });

  it('tells a pipe that has room from a full one', () => {
    const { writeEnd } = pipe();
    expect(waitDescriptor(writeEnd, 'writable', 60_000)).toBe(true);
    const chunk = Buffer.alloc(65_536);
    while (writeDescriptor(writeEnd, chunk, 0, chunk.length) !== -1);
    expect(waitDescriptor(writeEnd, 'writable', 0)).toBe(false);
  });

  it('waits no shorter than it was told', () => {
    const { readEnd } = pipe();
    const start = performance.now();
    expect(waitDescriptor(readEnd, 'readable', 30.5)).toBe(false);
    expect(performance.now() - start).toBeGreaterThanOrEqual(30.5);
  });

  it('sleeps meanwhile', () => {
    const { readEnd } = pipe();
    const before = process.cpuUsage();
    waitDescriptor(readEnd, 'readable', 400);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(300);
  });

  it('takes the end of the other side for an answer', () => {
    const one = pipe();
    close(one.writeEnd);
    expect(waitDescriptor(one.readEnd, 'readable', Infinity)).toBe(true);
    const two = pipe();
    close(two.readEnd);
    expect(waitDescriptor(two.writeEnd, 'writable', Infinity)).toBe(true);
  });

  it('throws EBADF for a closed descriptor', () => {
    expect(() => waitDescriptor(1_000_000, 'readable', 0)).toThrow(
      expect.objectContaining({ code: 'EBADF', syscall: 'poll' }),
    );
  });
});

describe('the flags of a descriptor', () => {
  it('a duplicate is closed on exec, stands above the standard three and outlives the first', () => {
    const { readEnd, writeEnd } = pipe();
    const copy = duplicateDescriptor(writeEnd);
    open.add(copy);
    expect(copy).toBeGreaterThan(2);
    expect(flagsOf(copy) & O_CLOEXEC).toBe(O_CLOEXEC);
    close(writeEnd);
    expect(writeDescriptor(copy, Buffer.from('x'), 0, 1)).toBe(1);
    expect(readDescriptor(readEnd, Buffer.alloc(1), 0, 1)).toBe(1);
  });

  it('setCloseOnExec and setNonBlocking set theirs and keep the others', () => {
    // The kernel opens this path as a fresh, blocking end of the pipe; node:fs sets close-on-exec.
    const { readEnd } = pipe();
    const fd = openSync(`/proc/self/fd/${readEnd}`, 'r');
    open.add(fd);
    const before = flagsOf(fd);
    expect(before & O_NONBLOCK).toBe(0);
    setNonBlocking(fd);
    setCloseOnExec(fd);
    expect(flagsOf(fd)).toBe(before | O_NONBLOCK | O_CLOEXEC);
  });

  it('throw EBADF for a closed descriptor', () => {
    for (const change of [setCloseOnExec, setNonBlocking, duplicateDescriptor]) {
      expect(() => change(1_000_000)).toThrow(expect.objectContaining({ code: 'EBADF', syscall: 'fcntl' }));
    }
  });
});

describe('describeDescriptor', () => {
  it('tells what stands behind a descriptor', () => {
    const directory = mkdtempSync(join(tmpdir(), 'troupe-posix-'));
    directories.push(directory);
    const file = join(directory, 'file');
    writeFileSync(file, '12345', { mode: 0o640 });
    const [fileFd, directoryFd, deviceFd] = [
      openSync(file, 'r'),
      openSync(directory, 'r'),
      openSync('/dev/null', 'r'),
    ];
    for (const fd of [fileFd, directoryFd, deviceFd]) open.add(fd);

    expect(describeDescriptor(fileFd)).toMatchObject({
      kind: 'file',
      uid: currentUid(),
      mode: 0o640,
      size: 5,
      links: 1,
    });
    unlinkSync(file);
    expect(describeDescriptor(fileFd)).toMatchObject({ size: 5, links: 0 });
    expect(describeDescriptor(directoryFd)).toMatchObject({ kind: 'directory', mode: 0o700 });
    expect(describeDescriptor(deviceFd)).toMatchObject({ kind: 'other' });
    expect(describeDescriptor(pipe().readEnd)).toMatchObject({ kind: 'fifo', uid: currentUid(), size: 0 });
  });

  it('gives both ends of a pipe one inode and another pipe another', () => {
    const { readEnd, writeEnd } = pipe();
    expect(describeDescriptor(readEnd).inode).toBe(describeDescriptor(writeEnd).inode);
    expect(describeDescriptor(pipe().readEnd).inode).not.toBe(describeDescriptor(readEnd).inode);
  });

  it('throws EBADF for a closed descriptor', () => {
    expect(() => describeDescriptor(1_000_000)).toThrow(
      expect.objectContaining({ code: 'EBADF', syscall: 'fstat' }),
    );
  });
});

function pipe(): PipeEnds {
  const ends = makePipe();
  open.add(ends.readEnd).add(ends.writeEnd);
  return ends;
}

function close(fd: number): void {
  open.delete(fd);
  closeDescriptor(fd);
}

function flagsOf(fd: number): number {
  const flags = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
  return Number.parseInt(flags ?? '', 8);
}
