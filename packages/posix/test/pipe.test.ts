// Anonymous pipes: their flags and what they hold.
import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { closeDescriptor, writeDescriptor } from '../src/descriptor.ts';
import { makePipe, pipeCapacity } from '../src/pipe.ts';

describe('makePipe', () => {
  it('makes ends that no child inherits unless it is named', () => {
    const { readEnd, writeEnd } = makePipe();
    const list = (stdio: readonly (number | 'ignore' | 'pipe')[]): string =>
      spawnSync('ls', ['-l', '/proc/self/fd'], { stdio: [...stdio], encoding: 'utf8' }).stdout;
    expect(list(['ignore', 'pipe', 'ignore', readEnd])).toMatch(/ 3 -> pipe:/);
    expect(list(['ignore', 'pipe', 'ignore'])).not.toMatch(new RegExp(` (${readEnd}|${writeEnd}) -> pipe:`));
    closeDescriptor(readEnd);
    closeDescriptor(writeEnd);
  });
});

describe('pipeCapacity', () => {
  it('is what a writer gets rid of before it would block', () => {
    const { readEnd, writeEnd } = makePipe();
    const capacity = pipeCapacity(writeEnd);
    expect(pipeCapacity(readEnd)).toBe(capacity);
    const chunk = Buffer.alloc(4096);
    let written = 0;
    for (let bytes = 0; bytes !== -1; bytes = writeDescriptor(writeEnd, chunk, 0, chunk.length))
      written += bytes;
    expect(written).toBe(capacity);
    closeDescriptor(readEnd);
    closeDescriptor(writeEnd);
  });

  it('throws EBADF for what is no pipe', () => {
    expect(() => pipeCapacity(1_000_000)).toThrow(
      expect.objectContaining({ code: 'EBADF', syscall: 'fcntl' }),
    );
  });
});
