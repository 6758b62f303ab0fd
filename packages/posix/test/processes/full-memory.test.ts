// Shared memory where the room for it is used up, in namespaces that are made for the test.
import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { runInNamespace } from '../../../core/test/own-namespace.ts';

const fixture = join(import.meta.dirname, 'fixtures', 'full-memory.mjs');

describe('a segment for which there is no room', () => {
  it.each([
    ['posix', 'fallocate', '-Urm', 'mount -t tmpfs -o size=1m troupe-test /dev/shm'],
    ['sysv', 'shmget', '-Uri', 'echo 256 > /proc/sys/kernel/shmall'],
  ])('is refused with ENOSPC, and nothing is left of it (%s)', (kind, syscall, namespaces, prepare) => {
    const ran = runInNamespace(namespaces, prepare, [process.execPath, fixture, kind]);
    if (ran === undefined) return;
    expect(ran).toMatchObject({ status: 0, signal: null, stderr: '' });
    expect(JSON.parse(ran.stdout)).toEqual({
      refusal: { name: 'SystemError', code: 'ENOSPC', syscall },
      leftBehind: [],
      descriptors: 0,
    });
  });
});
