// The waiter thread of the built package: rings between processes, and that it is in nobody's way.
import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const TYPES = ['futex', 'posix-sem', 'sysv-sem'] as const;

describe.each(TYPES)('a watched %s', (type) => {
  it.each(['module', 'commonjs'])('sees each of 1000 rings of another process (%s build)', (build) => {
    expect(run('answered', type, build)).toEqual({ code: 0, output: { code: 0, seen: 1000, enough: true } });
  });

  it('holds up no process.exit()', () => {
    expect(run('exit', type).code).toBe(3);
  });

  it('keeps no process alive', () => {
    expect(run('end', type).code).toBe(0);
  });

  it('leaves neither thread nor descriptor when the last watch is closed', () => {
    const { before, after } = run('leaves-nothing', type).output as { before: unknown; after: unknown };
    expect(after).toEqual(before);
  });
});

describe('a watch that keeps no process alive', () => {
  it('does no harm when it is rung while the process ends', () => {
    expect(run('rung-at-exit').code).toBe(0);
  });
});

describe('the waiter thread', () => {
  it.each(['0', '10', '20', '30', '40'])(
    'lets the process exit %s ms after it was started',
    (milliseconds) => {
      expect(run('early-exit', 'futex', 'module', milliseconds).code).toBe(3);
    },
  );

  it('waits for many things of all kinds, and for fewer when some are given up', () => {
    expect(run('all-together')).toEqual({ code: 0, output: { closedStayed: true } });
  });

  it('tells once that a semaphore is gone, and waits on for the others', () => {
    expect(run('removed')).toEqual({ code: 0, output: { toldOnce: true } });
  });

  it.each(['futex', 'posix-sem'])('looks at no %s whose memory was unmapped', (type) => {
    expect(run('unmapped', type)).toEqual({ code: 0, output: { mappings: 2 } });
  });
});

function run(...parameters: readonly string[]): { readonly code: number | null; readonly output: unknown } {
  const fixture = join(import.meta.dirname, 'fixtures', 'rings.mjs');
  const { status, signal, stdout } = spawnSync(process.execPath, [fixture, ...parameters], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
  expect(signal).toBeNull();
  return { code: status, output: stdout === '' ? undefined : JSON.parse(stdout) };
}
