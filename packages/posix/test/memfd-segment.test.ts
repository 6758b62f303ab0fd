// What a memfd segment refuses to map, and what its seals refuse to everybody.
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeSync, fchownSync, ftruncateSync, openSync } from 'node:fs';
import { closeDescriptor, control, describeDescriptor, duplicateDescriptor } from '../src/descriptor.ts';
import { libc } from '../src/libc.ts';
import { createMemfdSegment, openMemfdSegment } from '../src/memfd-segment.ts';
import { makePipe } from '../src/pipe.ts';
import { currentUid } from '../src/user.ts';

const MFD_ALLOW_SEALING = 2;
const F_ADD_SEALS = 1033;
const F_SEAL_SHRINK = 2;

const open = new Set<number>();

afterEach(() => {
  for (const fd of open) closeDescriptor(fd);
  open.clear();
});

describe('createMemfdSegment', () => {
  it('makes a file whose size and seals nobody changes', () => {
    const segment = createMemfdSegment(8192);
    const { descriptor } = segment;
    for (const size of [0, 4096, 16_384]) {
      expect(() => ftruncateSync(descriptor, size)).toThrow(expect.objectContaining({ code: 'EPERM' }));
    }
    expect(() => control(descriptor, F_ADD_SEALS, F_SEAL_SHRINK)).toThrow(
      expect.objectContaining({ code: 'EPERM' }),
    );
    expect(describeDescriptor(descriptor)).toMatchObject({ kind: 'file', size: 8192 });
    segment.close();
    expect(() => describeDescriptor(descriptor)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });

  it('throws ENOMEM for more memory than there is, before it asks for any', () => {
    const before = duplicateDescriptor(2);
    closeDescriptor(before);
    expect(() => createMemfdSegment(2 ** 50)).toThrow(
      expect.objectContaining({ code: 'ENOMEM', message: expect.stringContaining(`${2 ** 50} bytes`) }),
    );
    expect(keep(duplicateDescriptor(2))).toBe(before);
  });
});

describe('openMemfdSegment', () => {
  it('refuses a memfd that could still be cut short', () => {
    const fd = keep(libc.memfd_create('troupe-test', MFD_ALLOW_SEALING));
    ftruncateSync(fd, 4096);
    control(fd, F_ADD_SEALS, F_SEAL_SHRINK);
    expect(() => openMemfdSegment(fd, 4096)).toThrow(refusal('not sealed'));
  });

  it('refuses whatever is no memfd', () => {
    const { readEnd, writeEnd } = makePipe();
    keep(readEnd);
    keep(writeEnd);
    expect(() => openMemfdSegment(readEnd, 4096)).toThrow(refusal('no memfd'));
    const file = openSync(__filename, 'r');
    expect(() => openMemfdSegment(file, 4096)).toThrow(expect.objectContaining({ code: 'EPERM' }));
    closeSync(file);
    expect(() => openMemfdSegment(1_000_000, 4096)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });

  it('refuses what another user made', () => {
    const segment = createMemfdSegment(4096);
    const segmentOfAnother = () => openMemfdSegment(segment.descriptor, 4096);
    // Only root can give a file away, so only root sees it refused for that.
    if (currentUid() === 0) {
      fchownSync(segment.descriptor, 65_534, 65_534);
      expect(segmentOfAnother).toThrow(refusal('belongs to user 65534'));
    } else {
      segmentOfAnother().close();
    }
    segment.close();
  });
});

function refusal(reason: string): unknown {
  return expect.objectContaining({ code: 'EPERM', message: expect.stringContaining(reason) });
}

function keep(fd: number): number {
  open.add(fd);
  return fd;
}
