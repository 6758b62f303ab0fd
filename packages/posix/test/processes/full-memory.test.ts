// Shared memory where the room for it is used up, in namespaces that are made for the test.
import { describe, expect, it } from '@jest/globals';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { join } from 'node:path';

const REFUSED = 77;

describe('a segment for which there is no room', () => {
  it.each([
    ['posix', 'fallocate', '-Urm', 'mount -t tmpfs -o size=1m troupe-test /dev/shm'],
    ['sysv', 'shmget', '-Uri', 'echo 256 > /proc/sys/kernel/shmall'],
  ])('is refused with ENOSPC, and nothing is left of it (%s)', (kind, syscall, namespaces, prepare) => {
    const { status, signal, stdout, stderr } = inNamespace(namespaces, prepare, kind);
    expect(signal).toBeNull();
    if (status === REFUSED) {
      console.warn(`not tried: this system allows no namespaces of one's own (${stderr.trim()})`);
      return;
    }
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      refusal: { name: 'SystemError', code: 'ENOSPC', syscall },
      leftBehind: [],
      descriptors: 0,
    });
  });
});

function inNamespace(namespaces: string, prepare: string, kind: string): SpawnSyncReturns<string> {
  const fixture = join(import.meta.dirname, 'fixtures', 'full-memory.mjs');
  const script = `{ ${prepare}; } || exit ${REFUSED}; exec "$0" "$@"`;
  const tried = spawnSync('unshare', [namespaces, 'true'], { encoding: 'utf8' });
  if (tried.status !== 0) return { ...tried, status: REFUSED };
  return spawnSync('unshare', [namespaces, 'sh', '-c', script, process.execPath, fixture, kind], {
    encoding: 'utf8',
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
}
