// Descriptors that arrive, that are one too many, and that have nowhere to go.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeDescriptor, readDescriptor, writeDescriptor } from '../src/descriptor.ts';
import { DESCRIPTORS_PER_MESSAGE, receiveDescriptors, sendDescriptors } from '../src/descriptor-passing.ts';
import { libc } from '../src/libc.ts';
import { createMemfdSegment, openMemfdSegment } from '../src/memfd-segment.ts';
import { makePipe } from '../src/pipe.ts';
import { acceptUnix, connectUnix, listenUnix } from '../src/unix-socket.ts';

const F_GETFD = 1;
const FD_CLOEXEC = 1;

const open = new Set<number>();
let directory: string;
let left: number;
let right: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'troupe-posix-'));
  const listener = keep(listenUnix(join(directory, 'node.sock')));
  left = keep(connectUnix(join(directory, 'node.sock')));
  right = keep(acceptUnix(listener));
});

afterEach(() => {
  for (const fd of open) closeDescriptor(fd);
  open.clear();
  rmSync(directory, { recursive: true });
});

describe('descriptors over a socket', () => {
  it('arrive with the bytes they were sent with, as openings of the same thing, closed on exec', () => {
    const { readEnd, writeEnd } = makePipe();
    keep(readEnd);
    keep(writeEnd);
    expect(sendDescriptors(left, [readEnd, writeEnd], Buffer.from('ends'))).toBe(4);
    const buffer = Buffer.alloc(16);
    const { bytes, descriptors } = receiveDescriptors(right, buffer, 2);
    expect(buffer.toString('utf8', 0, bytes)).toBe('ends');
    expect(descriptors).toHaveLength(2);
    const [reader, writer] = descriptors.map(keep);
    writeDescriptor(writer!, Buffer.from('x'), 0, 1);
    expect(readDescriptor(readEnd, buffer, 0, 1)).toBe(1);
    writeDescriptor(writeEnd, Buffer.from('y'), 0, 1);
    expect(readDescriptor(reader!, buffer, 0, 1)).toBe(1);
    expect(libc.fcntl(reader!, F_GETFD, 'int', 0) & FD_CLOEXEC).toBe(FD_CLOEXEC);
  });

  it('carry a segment whose maker has closed its own descriptor', () => {
    const made = createMemfdSegment(4096);
    new Uint8Array(made.buffer)[100] = 42;
    sendDescriptors(left, [made.descriptor], Buffer.from('m'));
    made.withdraw();
    const { descriptors } = receiveDescriptors(right, Buffer.alloc(1), 1);
    const attached = openMemfdSegment(keep(descriptors[0]!), 4096);
    expect(new Uint8Array(attached.buffer)[100]).toBe(42);
    made.close();
    attached.close();
  });

  it('are not there when only bytes were sent, and bytes are not lost when nothing else is asked for', () => {
    expect(sendDescriptors(left, [], Buffer.from('bytes'))).toBe(5);
    expect(receiveDescriptors(right, Buffer.alloc(16), 4)).toEqual({ bytes: 5, descriptors: [] });
    writeDescriptor(left, Buffer.from('abc'), 0, 3);
    expect(receiveDescriptors(right, Buffer.alloc(2), 0)).toEqual({ bytes: 2, descriptors: [] });
    expect(receiveDescriptors(right, Buffer.alloc(2), 0)).toEqual({ bytes: 1, descriptors: [] });
  });

  it('say -1 while there is nothing, and 0 at the end', () => {
    expect(receiveDescriptors(right, Buffer.alloc(1), 1)).toEqual({ bytes: -1, descriptors: [] });
    closeDescriptor(left);
    open.delete(left);
    expect(receiveDescriptors(right, Buffer.alloc(1), 1)).toEqual({ bytes: 0, descriptors: [] });
    expect(() => sendDescriptors(right, [], Buffer.from('x'))).toThrow(
      expect.objectContaining({ code: 'EPIPE', syscall: 'sendmsg' }),
    );
  });

  it.each([
    [0, 1],
    [1, 2],
    [1, 5],
    [2, 3],
  ])('are all closed when %d were asked for and %d came', (asked, sent) => {
    const { readEnd } = keepPipe();
    sendDescriptors(left, new Array<number>(sent).fill(readEnd), Buffer.from('x'));
    const before = readdirSync('/proc/self/fd').length;
    expect(() => receiveDescriptors(right, Buffer.alloc(1), asked)).toThrow(
      expect.objectContaining({ code: 'EMSGSIZE', syscall: 'recvmsg' }),
    );
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });

  it('travel up to as many as the kernel takes at once', () => {
    const { readEnd } = keepPipe();
    const most = new Array<number>(DESCRIPTORS_PER_MESSAGE).fill(readEnd);
    expect(sendDescriptors(left, most, Buffer.from('x'))).toBe(1);
    const { descriptors } = receiveDescriptors(right, Buffer.alloc(1), DESCRIPTORS_PER_MESSAGE);
    expect(new Set(descriptors.map(keep)).size).toBe(DESCRIPTORS_PER_MESSAGE);
    expect(() => sendDescriptors(left, [...most, readEnd], Buffer.from('x'))).toThrow(RangeError);
    expect(() => receiveDescriptors(right, Buffer.alloc(1), -1)).toThrow(RangeError);
  });

  it('are refused without bytes, and when one of them is closed', () => {
    expect(() => sendDescriptors(left, [], Buffer.alloc(0))).toThrow(RangeError);
    expect(() => sendDescriptors(left, [1_000_000], Buffer.from('x'))).toThrow(
      expect.objectContaining({ code: 'EBADF', syscall: 'sendmsg' }),
    );
    expect(receiveDescriptors(right, Buffer.alloc(1), 1).bytes).toBe(-1);
  });

  it('are not sent when the socket is full', () => {
    const chunk = Buffer.alloc(65_536);
    while (writeDescriptor(left, chunk, 0, chunk.length) !== -1);
    const { readEnd } = keepPipe();
    expect(sendDescriptors(left, [readEnd], chunk)).toBe(-1);
  });
});

function keepPipe(): { readonly readEnd: number } {
  const { readEnd, writeEnd } = makePipe();
  keep(writeEnd);
  return { readEnd: keep(readEnd) };
}

function keep(fd: number): number {
  open.add(fd);
  return fd;
}
