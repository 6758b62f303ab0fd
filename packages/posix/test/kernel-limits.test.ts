// Limits as /proc shows them, beside what other programs say of them.
import { expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readKernelSetting, readResourceLimit } from '../src/kernel-limits.ts';

it('a limit of the process is what the shell says of it', () => {
  const say = (flags: string): number =>
    Number(execFileSync('sh', ['-c', `ulimit ${flags}`], { encoding: 'utf8' }));
  expect(readResourceLimit('Max open files')).toEqual({ soft: say('-S -n'), hard: say('-H -n') });
});

it('a limit that nobody knows is none', () => {
  expect(readResourceLimit('Max unheard of')).toEqual({ soft: Infinity, hard: Infinity });
});

it('a setting of the kernel is its first number', () => {
  const [most] = readFileSync('/proc/sys/kernel/sem', 'utf8').trim().split(/\s+/);
  expect(readKernelSetting('kernel/sem', 1)).toBe(Number(most));
});

it('a setting that is not shown is what the caller says', () => {
  expect(readKernelSetting('no/such/setting', 7)).toBe(7);
});
