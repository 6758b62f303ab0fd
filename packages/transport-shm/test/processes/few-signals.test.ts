// Where the kernel keeps no more signals of a user: no bell is made that could not be rung, and no ring is lost on one that is.
import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../fixtures/few-signals.mjs', import.meta.url));

it('a lane with the wake-up signal is refused with TROUPE_LIMIT where no signal may wait', () => {
  expect(run('refused')).toEqual({
    code: 'TROUPE_LIMIT',
    details: expect.objectContaining({ limit: 'RLIMIT_SIGPENDING' }),
    descriptors: 0,
  });
});

it('a ring that is refused is rung again until it is heard', () => {
  expect(run('later')).toEqual({ whileFull: [], afterwards: ['one'] });
});

function run(way: string): unknown {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [program, way], {
    encoding: 'utf8',
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
  return JSON.parse(stdout);
}
