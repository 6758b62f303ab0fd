// Segments found by a number: that they are removed from the start, and attached to all the same.
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { libc } from '../src/libc.ts';
import { createSysvSegment, openSysvSegment } from '../src/sysv-segment.ts';

const IPC_CREAT = 0o1000;
const IPC_RMID = 0;
const MARKED_FOR_REMOVAL = 0o1000;

describe('createSysvSegment', () => {
  it('makes a private segment that goes with the last who is attached', () => {
    const segment = createSysvSegment(10_000);
    const [key, , permissions, size] = systemList(segment.id) ?? [];
    expect([key, size]).toEqual(['0', '10000']);
    expect(Number.parseInt(permissions ?? '', 8)).toBe(MARKED_FOR_REMOVAL | 0o600);
    expect(openSysvSegment(segment.id, 10_000).bytes).toBe(10_000);
    segment.close();
  });

  it('has every page in memory before anybody touches it', () => {
    const segment = createSysvSegment(1_048_576);
    expect(Number(systemList(segment.id)?.[14])).toBe(1_048_576);
    segment.close();
  });

  it('throws ENOMEM for more memory than there is, before it asks for any', () => {
    const before = readFileSync('/proc/sysvipc/shm', 'utf8').split('\n').length;
    expect(() => createSysvSegment(2 ** 50)).toThrow(
      expect.objectContaining({ code: 'ENOMEM', syscall: 'shmget' }),
    );
    expect(readFileSync('/proc/sysvipc/shm', 'utf8').split('\n')).toHaveLength(before);
  });
});

describe('openSysvSegment', () => {
  it('refuses a segment that others may use', () => {
    const id = libc.shmget(0, 4096, IPC_CREAT | 0o666);
    try {
      expect(() => openSysvSegment(id, 4096)).toThrow(
        expect.objectContaining({ code: 'EPERM', message: expect.stringContaining('mode 0666') }),
      );
    } finally {
      libc.shmctl(id, IPC_RMID, null);
    }
    expect(() => openSysvSegment(id, 4096)).toThrow(expect.objectContaining({ syscall: 'shmctl' }));
  });
});

function systemList(id: number): readonly string[] | undefined {
  const lines = readFileSync('/proc/sysvipc/shm', 'utf8').split('\n');
  return lines.map((line) => line.trim().split(/\s+/)).find((fields) => fields[1] === `${id}`);
}
