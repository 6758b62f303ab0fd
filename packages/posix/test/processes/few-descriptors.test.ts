// A process that has all the descriptors it may have: it is told so in a typed error, and nothing is left of what was refused.
import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const MOST_DESCRIPTORS = 64;

describe('where no descriptor is left', () => {
  it('memory is refused for that, not for want of memory', () => {
    const refusal = { name: 'SystemError', code: 'EMFILE', syscall: 'memfd_create' };
    expect(run('segment')).toEqual({ refusal });
  });
});

function run(way: string): unknown {
  const fixture = join(import.meta.dirname, 'fixtures', 'few-descriptors.mjs');
  const script = `ulimit -n ${MOST_DESCRIPTORS}; exec "$0" "$@"`;
  const { status, signal, stdout, stderr } = spawnSync('sh', ['-c', script, process.execPath, fixture, way], {
    encoding: 'utf8',
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
  return JSON.parse(stdout);
}
