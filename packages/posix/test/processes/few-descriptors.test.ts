// A process that has all the descriptors or threads it may have: it is told so in a typed error, and nothing is left of what was refused.
import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const MOST_DESCRIPTORS = 64;
const STRANGER = 64_321;

describe('where no descriptor is left', () => {
  it('memory is refused for that, not for want of memory', () => {
    const refusal = { name: 'SystemError', code: 'EMFILE', syscall: 'memfd_create' };
    expect(run('segment')).toEqual({ refusal });
  });

  it('a watch that needs the waiter thread is refused, and leaves nothing', () => {
    expect(run('watch-refused')).toEqual({ refusals: ['EMFILE', 'made'], descriptors: 0 });
  });
});

describe('a waiter thread that ends', () => {
  it('is told of in a warning and started again, and no ring is lost meanwhile', () => {
    expect(run('thread-ends')).toEqual({ name: 'TroupeWarning', heard: true });
  });
});

describe('where no thread may be made', () => {
  it('a watch that needs one is refused, and leaves nothing', () => {
    const refusal = { name: 'SystemError', code: 'EAGAIN', syscall: 'pthread_create' };
    expect(run('no-threads')).toEqual({ refusal, descriptors: 0 });
  });
});

function run(way: string): unknown {
  const fixture = join(import.meta.dirname, 'fixtures', 'few-descriptors.mjs');
  const script = `ulimit -n ${MOST_DESCRIPTORS}; exec "$0" "$@"`;
  // Threads are counted for nobody who may lift every limit.
  const words = process.getuid?.() === 0 ? ['setpriv', `--reuid=${STRANGER}`, '--clear-groups'] : [];
  const command = [...words, process.execPath, fixture, way];
  const { status, signal, stdout, stderr } = spawnSync('sh', ['-c', script, ...command], {
    encoding: 'utf8',
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
  expect({ status, signal, stderr }).toMatchObject({ status: 0, signal: null });
  if (way !== 'thread-ends') expect(stderr).toBe('');
  return JSON.parse(stdout);
}
