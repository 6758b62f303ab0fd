// What the C library does with large Buffers that are gone, by the pages that the kernel provides for those that follow.
import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const PAGES_OF_A_MEBIBYTE = 256;

describe('freed memory', () => {
  it('is there for the next Buffer when it is kept, page by page', () => {
    expect(pagesPerBuffer({})).toBeLessThan(PAGES_OF_A_MEBIBYTE / 8);
  });

  it('goes back to the kernel when the environment says so', () => {
    const set = { MALLOC_TRIM_THRESHOLD_: '131072' };
    expect(pagesPerBuffer(set)).toBeGreaterThan(PAGES_OF_A_MEBIBYTE / 2);
  });
});

function pagesPerBuffer(environment: Readonly<Record<string, string>>): number {
  const fixture = join(import.meta.dirname, 'fixtures', 'freed-memory.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [fixture], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return (JSON.parse(stdout) as { readonly pages: number }).pages;
}
