// Lanes where the room for their memory is used up: a typed error that names the limit and the way out, lanes that work as far as
// there is room, and nothing left behind. In namespaces that are made for the test.
import { expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { runInNamespace } from '../../../core/test/own-namespace.ts';

const program = fileURLToPath(new URL('../fixtures/fill-memory.mjs', import.meta.url));
const SMALL_SHM = 'mount -t tmpfs -o size=1m troupe-test /dev/shm';
const FEW_NAMES = 'mount -t tmpfs -o nr_inodes=4 troupe-test /dev/shm';
const LITTLE_SYSV = 'echo 256 > /proc/sys/kernel/shmall';
const FEW_SYSV = 'echo 2 > /proc/sys/kernel/shmmni';
const SMALL_SYSV = 'echo 65536 > /proc/sys/kernel/shmmax';

it.each([
  ['/dev/shm is full', 'posix', '-Urm', SMALL_SHM, 3, '/dev/shm', '--shm-size'],
  ['/dev/shm takes no more names', 'posix', '-Urm', FEW_NAMES, 3, '/dev/shm', 'ls /dev/shm'],
  ['kernel.shmall is reached', 'sysv', '-Uri', LITTLE_SYSV, 3, 'kernel.shmall', 'sysctl -w kernel.shmall'],
  ['kernel.shmmni is reached', 'sysv', '-Uri', FEW_SYSV, 2, 'kernel.shmmni', 'sysctl -w kernel.shmmni'],
  ['kernel.shmmax is too small', 'sysv', '-Uri', SMALL_SYSV, 0, 'kernel.shmmax', 'sysctl -w kernel.shmmax'],
])('where %s a lane is refused with TROUPE_LIMIT', (_, segment, namespaces, prepare, most, limit, wayOut) => {
  const ran = runInNamespace(namespaces, prepare, [process.execPath, program, segment]);
  if (ran === undefined) return;
  expect(ran).toMatchObject({ status: 0, signal: null, stderr: '' });
  expect(JSON.parse(ran.stdout)).toEqual({
    made: most,
    refusal: {
      code: 'TROUPE_LIMIT',
      message: expect.stringContaining(wayOut),
      details: expect.objectContaining({ limit }),
    },
    arrived: true,
    descriptorsOfRefused: 0,
    names: [],
    entries: [],
  });
});
