// Memory goes when nothing can reach it, and not before: a view that somebody kept from a frame stays readable after the lane
// has ended, for each kind of segment and at both ends.
import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

it.each(['memfd', 'posix', 'sysv'])('a kept view of a closed %s lane reaches no freed memory', (segment) => {
  const fixture = join(import.meta.dirname, '../fixtures/unmapping.mjs');
  const { status, signal, stdout } = spawnSync(process.execPath, ['--expose-gc', fixture, segment], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  expect({ status, signal }).toEqual({ status: 0, signal: null });
  expect(JSON.parse(stdout)).toEqual({
    open: 2,
    // The sender's mapping goes, the receiver's stays while its view is kept, and can be read.
    kept: 1,
    text: 'kept',
    dropped: 0,
  });
});
