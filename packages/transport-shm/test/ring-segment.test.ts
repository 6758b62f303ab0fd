// The memory of a ring in each of its kinds: what a sender attaches by, what it refuses, and that nothing of it has a name
// longer than it must.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { duplicateDescriptor, journalledObjects } from '@troupe/posix';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SEGMENTS, attachRingSegment, createRingSegment } from '../src/ring-segment.ts';
import type { RingSegment, SegmentAddress } from '../src/ring-segment.ts';
import { makeDirectory, openDescriptors, removeDirectory } from '../../core/test/lanes/open-lane.ts';

const BYTES = 64 * 1024;

let directory = '';
let before: readonly string[] = [];

beforeEach(() => {
  directory = makeDirectory();
  before = openDescriptors();
});

afterEach(() => {
  const left = removeDirectory(directory);
  expect([left, openDescriptors()]).toEqual([[], before]);
});

/** As the peer has it: descriptors of its own. */
function handedOver({ address }: RingSegment): SegmentAddress {
  return { ...address, descriptors: address.descriptors.map(duplicateDescriptor) };
}

describe.each(SEGMENTS)('a %s segment', (kind) => {
  it('is the same memory for both, before and after it is withdrawn', () => {
    const segment = createRingSegment(kind, BYTES, directory);
    const attached = new Uint8Array(attachRingSegment(handedOver(segment), BYTES));
    const own = new Uint8Array(segment.memory);
    own[7] = 1;
    segment.withdraw();
    segment.withdraw();
    own[8] = 2;
    expect([attached[7], attached[8], attached.length]).toEqual([1, 2, BYTES]);
  });

  it('is all there from the start', () => {
    const segment = createRingSegment(kind, BYTES, directory);
    const own = new Uint8Array(segment.memory);
    expect(own.every((byte) => byte === 0)).toBe(true);
    segment.withdraw();
  });

  it('is refused when it has another size than was agreed on', () => {
    const segment = createRingSegment(kind, BYTES, directory);
    for (const bytes of [BYTES - 4096, 2 * BYTES]) {
      expect(() => attachRingSegment(segment.address, bytes)).toThrow(
        expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining(String(BYTES)) }),
      );
    }
    segment.withdraw();
  });
});

describe('a posix segment', () => {
  it('has a name and an entry until it is withdrawn, and none later', () => {
    const segment = createRingSegment('posix', BYTES, directory);
    const { id } = segment.address;
    expect(id).toMatch(/^\/troupe-[0-9a-f]{32}$/);
    expect(existsSync(join('/dev/shm', id))).toBe(true);
    expect(journalledObjects(directory)).toEqual([{ kind: 'posix-segment', name: id }]);
    segment.withdraw();
    expect(existsSync(join('/dev/shm', id))).toBe(false);
    expect(() => attachRingSegment(segment.address, BYTES)).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
  });

  it('is refused when others may use it', () => {
    const segment = createRingSegment('posix', BYTES, directory);
    chmodSync(join('/dev/shm', segment.address.id), 0o666);
    expect(() => attachRingSegment(segment.address, BYTES)).toThrow(
      expect.objectContaining({ code: 'EPERM', message: expect.stringContaining('0666') }),
    );
    segment.withdraw();
  });
});

describe('a sysv segment', () => {
  it('has no key and no entry, and goes with the last who is attached', () => {
    const segment = createRingSegment('sysv', BYTES, directory);
    const fields = readFileSync('/proc/sysvipc/shm', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .find(([, id]) => id === segment.address.id);
    // SHM_DEST beside the mode: the kernel removes it with the last detach, however that comes.
    expect(fields?.slice(0, 3)).toEqual(['0', segment.address.id, '1600']);
    expect(journalledObjects(directory)).toEqual([]);
  });
});

it('an id of another process cannot lead out of /dev/shm', () => {
  for (const id of ['/../etc/passwd', 'etc/passwd', '/.', '']) {
    expect(() => attachRingSegment({ segment: 'posix', id, descriptors: [] }, BYTES)).toThrow(
      expect.objectContaining({ code: 'EINVAL' }),
    );
  }
});
